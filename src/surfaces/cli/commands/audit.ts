import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Command } from 'commander';
import type { App } from '../../../app/app';
import { istanbulMidnight, parseDate } from '../../../core/dates';
import { KopruError } from '../../../core/errors';
import type { Asker } from '../../../disclosure/door';
import { type AuditView, brokenLog, bundleAudit, checkpointAudit, verifyAudit } from '../../../operations/audit';
import { provenTimes, type TimestampedTo, timestampNewest } from '../../../operations/auditTimestamps';
import { bearerOf } from '../../../operations/people/bearer';
import { askApi, secretIn, textOf } from '../client';
import type { CommandContext } from '../deps';
import { count, table, when } from '../terminal';
import { type AccessOptions, accessOf, asPerson, idFromInput, query, tokenFileOf, withCredential } from './read';
import { wholeNumber, withApp } from './runs';

const dayMillis = 24 * 3_600_000;
/** So many the API gives at once. */
const mostOnPage = 1000;

export function auditCommands(program: Command, context: CommandContext): void {
  const audit = program.command('audit').description('the audit log: read, verify, anchor and hand it out');

  asPerson(audit.command('list'))
    .option('--since <date>', 'from this day on, in Istanbul')
    .option('--until <date>', 'with this day')
    .option('--action <name>', 'of one action, such as record or sync')
    .option('--person <id>', 'of one person, by number')
    .option('--decision <allow|refuse>', 'allowed ones alone, or refused ones')
    .option('--before <entry>', 'older ones than the entry of this number')
    .option('--limit <n>', 'how many', '20')
    .description('list entries as an auditor, newest first, through the API; that is logged, too')
    .action(async (options: AccessOptions & ListOptions) => {
      const { action, person, decision } = options;
      const access = accessOf(context, options);
      const asked = { ...rangeOf(options), action, person, decision };
      show(context, await pages(options, async (page) => askApi(access, `/v1/audit${query({ ...asked, ...page })}`)));
    });

  asPerson(audit.command('search'))
    .requiredOption('--since <date>', 'from this day on, in Istanbul')
    .option('--until <date>', 'with this day; 400 days after the first at most')
    .option('--before <entry>', 'older ones than the entry of this number')
    .option('--limit <n>', 'how many', '20')
    .description('list entries about one person as an auditor; the national id is read from standard input, and the search is logged')
    .action(async (options: AccessOptions & Ranged & { since: string }) => {
      const access = accessOf(context, options);
      const asked = { id: idFromInput(), ...rangeOf(options) };
      const ask = ({ before, limit }: Page) =>
        askApi(access, '/v1/audit/subject', {
          ...asked,
          limit: Number(limit),
          ...(before === undefined ? {} : { before: Number(before) }),
        });
      show(context, await pages(options, ask));
    });

  audit
    .command('verify')
    .option('--checkpoint <files...>', 'exported checkpoints that were kept elsewhere')
    .description('hold the whole log against its hashes and checkpoints; names the first bad entry')
    .action(async (options: { checkpoint?: string[] }) => {
      const terminal = context.terminal();
      await withApp(context, async ({ broker }) => {
        const verdict = await verifyAudit(broker, { files: options.checkpoint });
        const broken = brokenLog(verdict);
        const timestamped = broken ? undefined : await provenTimes(broker, options.checkpoint);
        const { entries, firstBad, anchoredTo, unanchored } = verdict;
        terminal.data({ entries, firstBad: firstBad ?? null, anchoredTo, unanchored, timestamped: timestamped ?? null });
        if (broken) throw broken;
        terminal.line(`${count(entries)} entries are whole and in order.`);
        terminal.line(
          anchoredTo === 0
            ? 'No checkpoint anchors them yet: kopru audit checkpoint makes one.'
            : `Checkpoints anchor them up to entry ${anchoredTo}; ${count(unanchored)} after it are not yet anchored.`,
        );
        if (timestamped) terminal.line(saidOf(timestamped));
      });
    });

  audit
    .command('checkpoint')
    .option('--new-key', 'make a new signing key if its file is missing')
    .description('sign how far the log goes, and export that; the schedule does it every hour')
    .action(async (options: { newKey?: boolean }) => {
      const terminal = context.terminal();
      await withApp(context, async ({ broker }) => {
        const made = await checkpointAudit(broker, options);
        terminal.data(made ?? null);
        terminal.line(made ? `Entry ${made.seq} is anchored with the key ${made.keyId}.` : 'Nothing was logged since the last checkpoint.');
        const timestamped = await timestampNewest(broker);
        if (timestamped) terminal.line(saidOf(timestamped));
      });
    });

  withCredential(audit.command('bundle'))
    .requiredOption('--out <folder>', 'a new or empty one')
    .option('--from <date>', 'a day in Istanbul, or the number of an entry; the beginning if left out')
    .option('--to <date>', 'likewise, and with that day or entry; the end if left out')
    .description('write evidence with a script that verifies it offline, as the host’s auditor')
    .action(async (options: { as: string; tokenFile?: string; out: string; from?: string; to?: string }) => {
      const terminal = context.terminal();
      const { out } = options;
      const from = endOf(options.from, '--from', 0);
      const to = endOf(options.to, '--to', dayMillis);
      const token = secretIn(tokenFileOf(context, options));
      const made = await withApp(context, async (app) => {
        const asker = await localAsker(app, token);
        await app.door.admit(asker, 'audit', { as: 'audit bundle', reservedTo: 'host' });
        return bundleAudit(app.broker, out, { from, to }, `person:${asker.who.person.id}`);
      });
      terminal.data({ folder: out, ...made });
      terminal.line(
        `${out}: entries ${made.from} to ${made.to}, ${made.checkpoints} checkpoints, ${made.timestamps} timestamps. Verify it there: node verify.mjs`,
      );
    });
}

const saidOf = ({ seq, at, by }: TimestampedTo) => `A timestamp of ${when(at)} by ${by} proves them up to entry ${seq}.`;

interface Ranged {
  since?: string;
  until?: string;
  before?: string;
  limit: string;
}

interface ListOptions extends Ranged {
  action?: string;
  person?: string;
  decision?: string;
}

type Page = { before: string | undefined; limit: string };
interface Found {
  entries: AuditView[];
  next?: number;
}

/** Entries until there are as many as asked for, or no older ones: a page of the API may be short. */
async function pages(options: Ranged, ask: (page: Page) => Promise<IncomingMessage>): Promise<Found> {
  const limit = wholeNumber(options.limit, '--limit');
  if (options.before !== undefined) wholeNumber(options.before, '--before');
  const entries: AuditView[] = [];
  for (let before = options.before; ; ) {
    const page: Found = JSON.parse(await textOf(await ask({ before, limit: String(Math.min(limit - entries.length, mostOnPage)) })));
    entries.push(...page.entries);
    if (page.next === undefined || entries.length >= limit) return { ...page, entries };
    before = String(page.next);
  }
}

function rangeOf({ since, until }: Ranged) {
  return {
    since: since === undefined ? undefined : dayOf(since, '--since').toISOString(),
    until: until === undefined ? undefined : new Date(dayOf(until, '--until').getTime() + dayMillis).toISOString(),
  };
}

function show({ terminal: getTerminal }: CommandContext, { entries, next }: Found): void {
  const terminal = getTerminal();
  terminal.data(entries);
  terminal.line(table(['entry', 'time', 'who', 'action', 'dataset', 'purpose', 'decision'], entries.map(row)));
  if (next !== undefined) terminal.line(`Older ones: --before ${next}`);
}

/** Whoever has this token, at this machine; a command has no connection on which a certificate could be asked for. */
export async function localAsker({ broker, door }: App, token: string): Promise<Asker> {
  const here = { requestId: randomUUID(), address: '127.0.0.1' };
  const who = await bearerOf(broker, token);
  return who ? { who, certificate: 'own', ...here } : door.refuseUnknown(here);
}

function row({ seq, at, party, by, action, dataset, purpose, decision, code }: AuditView) {
  return [String(seq), when(new Date(at)), party ?? by, action, dataset, purpose, code ? `${decision} (${code})` : decision];
}

function dayOf(given: string, option: string): Date {
  const date = parseDate(given, 'yyyy-MM-dd');
  if (date) return istanbulMidnight(date);
  throw new KopruError('usage', `${option} must be a day such as 2026-11-22.`);
}

function endOf(given: string | undefined, option: string, later: number): number | Date | undefined {
  if (given === undefined || /^\d{1,15}$/.test(given)) return given === undefined ? undefined : Number(given);
  return new Date(dayOf(given, option).getTime() + later);
}
