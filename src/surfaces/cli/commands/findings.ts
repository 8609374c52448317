import type { Command } from 'commander';
import { istanbulMidnight, parseDate } from '../../../core/dates';
import { KopruError } from '../../../core/errors';
import { acknowledgeFinding, assignFinding, findingCounts, findingHistory, findings, muteFinding } from '../../../operations/findings';
import { reconcile } from '../../../operations/reconcile';
import type { CommandContext } from '../deps';
import { table, when } from '../terminal';
import { wholeNumber, withApp } from './runs';

export function findingCommands(program: Command, context: CommandContext): void {
  program
    .command('reconcile')
    .description('compare the newest snapshots under the agreement’s rules now')
    .action(async () => {
      const terminal = context.terminal();
      await withApp(context, async (app) => {
        const done = await reconcile(app.broker);
        terminal.data(done);
        terminal.line(
          `${done.rules.length} rules asked: ${done.opened} opened, ${done.reopened} reopened, ${done.changed} changed, ${done.closed} closed; ${done.open} open now.`,
        );
      });
    });

  const list = program
    .command('findings')
    .option('--rule <id>', 'of one rule')
    .option('--all', 'closed and muted ones too')
    .option('--limit <n>', 'how many', '50')
    .option('--after <n>', 'after this number')
    .description('list findings; without --rule, how many each rule has')
    .action(async (options: { rule?: string; all?: boolean; limit: string; after?: string }) => {
      const terminal = context.terminal();
      await withApp(context, async ({ broker }) => {
        if (options.rule === undefined && !options.all && options.after === undefined) {
          const counts = await findingCounts(broker);
          terminal.data(counts);
          terminal.line(
            table(
              ['rule', 'what', 'severity', 'open', 'closed'],
              counts.map((c) => [c.rule, c.label, c.severity, c.open, c.closed]),
            ),
          );
          return;
        }
        const found = await findings(broker, {
          rule: options.rule,
          all: options.all,
          limit: wholeNumber(options.limit, '--limit'),
          after: options.after === undefined ? undefined : wholeNumber(options.after, '--after'),
        });
        terminal.data(found);
        terminal.line(
          table(
            ['finding', 'rule', 'status', 'first seen', 'last seen', 'detail', 'unit'],
            found.map((f) => [
              String(f.id),
              f.rule,
              f.status,
              when(f.firstSeen),
              when(f.lastSeen),
              Object.entries(f.detail)
                .map(([name, value]) => `${name}: ${typeof value === 'object' ? JSON.stringify(value) : value}`)
                .join(', '),
              f.assignedTo ?? '',
            ]),
          ),
        );
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

function dayOf(text: string): Date {
  const day = parseDate(text, 'yyyy-MM-dd');
  if (!day) throw new KopruError('usage', 'The day must be written as 2026-12-31.');
  return istanbulMidnight(day);
}
