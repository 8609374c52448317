import type { Command } from 'commander';
import { istanbulMidnight, parseDate } from '../../../core/dates';
import { KopruError } from '../../../core/errors';
import {
  acknowledgeFinding,
  assignFinding,
  type FindingCount,
  type FindingsAsked,
  type FindingView,
  findingCounts,
  findingHistory,
  findings,
  muteFinding,
} from '../../../operations/findings';
import { reconcile } from '../../../operations/reconcile';
import { tellConsents, withConsents } from '../consentLines';
import type { CommandContext, Terminal } from '../deps';
import { day, table, when } from '../terminal';
import { wholeNumber, withApp } from './runs';

interface ListOptions {
  rule?: string;
  severity?: string;
  status?: string;
  since?: string;
  all?: boolean;
  count?: boolean;
  limit: string;
  after?: string;
}

export function findingCommands(program: Command, context: CommandContext): void {
  program
    .command('reconcile')
    .option('--whole', 'compare every record anew, not only what changed since the last time')
    .description('compare the newest snapshots under the agreement’s rules now')
    .action(async (options: { whole?: boolean }) => {
      const terminal = context.terminal();
      await withApp(context, async (app) => {
        const done = await reconcile(app.broker, options);
        terminal.data(done);
        terminal.line(
          `${done.rules.length} rules asked: ${done.opened} opened, ${done.reopened} reopened, ${done.changed} changed, ${done.closed} closed; ${done.open} open now (${done.whole ? 'everything' : 'what changed'} compared in ${(done.millis / 1000).toFixed(1)} s, derived in ${(done.deriveMillis / 1000).toFixed(1)} s).`,
        );
      });
    });

  const list = program
    .command('findings')
    .option('--rule <id>', 'of one rule')
    .option('--severity <names>', 'high, medium or low; several with commas')
    .option('--status <names>', 'open or closed, or both with a comma; open ones if left out')
    .option('--since <time>', 'opened, changed, closed or reopened since: a day in Istanbul, or an instant')
    .option('--all', 'closed and muted ones too')
    .option('--count', 'how many each rule has, instead of a list')
    .option('--limit <n>', 'how many', '50')
    .option('--after <n>', 'after this number')
    .description('list findings; without any option, how many each rule has')
    .action(async (options: ListOptions) => {
      const terminal = context.terminal();
      const asked = askedBy(options);
      const { rule, severity, status, since, all, after, count } = options;
      const listed = !count && [rule, severity, status, since, all, after].some((given) => given !== undefined);
      await withApp(context, async (app) => {
        const { broker } = app;
        if (!listed) {
          showCounts(terminal, await withConsents(app, await findingCounts(broker, asked)));
          return tellConsents(terminal, app);
        }
        const page = {
          limit: wholeNumber(options.limit, '--limit'),
          after: after === undefined ? undefined : wholeNumber(after, '--after'),
        };
        showFindings(terminal, await withConsents(app, await findings(broker, { ...asked, ...page })));
        await tellConsents(terminal, app);
      });
    });

  const act = (
    name: string,
    description: string,
    work: (broker: Parameters<typeof findings>[0], id: number, word: string) => Promise<void>,
    word?: string,
  ) =>
    list
      .command(name)
      .argument('<finding>', 'its number')
      .argument(word ?? '[note]', 'for its history')
      .description(description)
      .action(async (id: string, given: string | undefined) => {
        const terminal = context.terminal();
        const number = wholeNumber(id, 'the finding');
        await withApp(context, ({ broker }) => work(broker, number, given ?? ''));
        terminal.line(`Finding ${number}: done.`);
        terminal.data({ finding: number, done: name });
      });
  act('acknowledge', 'say that it was seen, with a note', (broker, id, note) => acknowledgeFinding(broker, id, note || undefined, 'cli'));
  act('assign', 'give it to a unit', (broker, id, unit) => assignFinding(broker, id, unit, 'cli'), '<unit>');
  act('mute', 'keep it off the list until a day', (broker, id, day) => muteFinding(broker, id, dayOf(day), 'cli'), '<day>');
  list
    .command('history')
    .argument('<finding>', 'its number')
    .description('what happened to it')
    .action(async (id: string) => {
      const terminal = context.terminal();
      await withApp(context, async ({ broker }) => {
        const events = await findingHistory(broker, wholeNumber(id, 'the finding'));
        terminal.data(events);
        terminal.line(
          table(
            ['when', 'what', 'by', 'note'],
            events.map((e) => [when(e.at), e.what, e.by, e.note ?? '']),
          ),
        );
      });
    });
}

function askedBy({ rule, severity, status, since, all }: ListOptions): FindingsAsked {
  return {
    rule,
    severities: named('--severity', severity, ['high', 'medium', 'low'] as const),
    statuses: named('--status', status, ['open', 'closed'] as const),
    changedSince: since === undefined ? undefined : instantOf(since),
    all,
  };
}

/** Names with commas, each one of those that there are. */
function named<T extends string>(option: string, text: string | undefined, known: readonly T[]): T[] | undefined {
  return text?.split(',').map((part) => {
    const found = known.find((name) => name === part.trim());
    if (!found) throw new KopruError('usage', `${option} takes ${known.join(', ')}; several with commas.`);
    return found;
  });
}

function showCounts(terminal: Terminal, counts: FindingCount[]): void {
  terminal.data(counts);
  terminal.line(
    table(
      ['rule', 'what', 'severity', 'open', 'closed'],
      counts.map((c) => [c.rule, c.label, c.severity, c.open, c.closed]),
    ),
  );
}

function showFindings(terminal: Terminal, found: FindingView[]): void {
  terminal.data(found);
  const detail = (of: Record<string, unknown>) =>
    Object.entries(of).map(([name, value]) => `${name}: ${typeof value === 'object' ? JSON.stringify(value) : value}`);
  const units = found.some((f) => f.assignedTo !== null);
  terminal.line(
    table(
      ['finding', 'rule', 'status', 'first seen', 'last seen', 'detail', ...(units ? ['unit'] : [])],
      found.map((f) => [
        ...[String(f.id), f.rule, f.status, day(f.firstSeen), day(f.lastSeen), detail(f.detail).join(', ')],
        ...(units ? [f.assignedTo] : []),
      ]),
    ),
  );
}

/** A day as its beginning in Istanbul, or an instant. */
function instantOf(text: string): Date {
  const date = parseDate(text, 'yyyy-MM-dd');
  if (date) return istanbulMidnight(date);
  const instant = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)$/.test(text) ? new Date(text) : undefined;
  if (!instant || Number.isNaN(instant.getTime()))
    throw new KopruError('usage', '--since must be written as 2026-12-31 or 2026-12-31T09:00:00Z.');
  return instant;
}

function dayOf(text: string): Date {
  const day = parseDate(text, 'yyyy-MM-dd');
  if (!day) throw new KopruError('usage', 'The day must be written as 2026-12-31.');
  return istanbulMidnight(day);
}
