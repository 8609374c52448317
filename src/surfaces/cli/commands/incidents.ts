import type { Command } from 'commander';
import { bundleAudit } from '../../../operations/audit';
import { openedKinds } from '../../../operations/incidents/kinds';
import { noticeNames } from '../../../operations/incidents/notices';
import {
  type EventAsked,
  type IncidentView,
  incidentSlice,
  listIncidents,
  noticeOf,
  openIncident,
  recordIncidentEvent,
  showIncident,
} from '../../../operations/incidents/register';
import { instantOf } from '../../../operations/incidents/texts';
import { watchReading } from '../../../operations/incidents/watch';
import { secretIn } from '../client';
import type { CommandContext } from '../deps';
import { into } from '../newFile';
import { table, when } from '../terminal';
import { localAsker } from './audit';
import { oneOf, showIncidentView } from './incidentViews';
import { tokenFileOf, withCredential } from './read';
import { dataOf } from './registers';
import { wholeNumber, withApp } from './runs';

interface KnownOptions {
  people?: string;
  measures?: string;
  contact?: string;
  from?: string;
  to?: string;
  document?: string;
}
interface OpenOptions extends KnownOptions {
  kind: string;
  party?: string;
  aware?: string;
  what: string;
  data: string[];
  receiver?: string;
  ground?: string;
}
interface EventOptions extends KnownOptions {
  at?: string;
  text?: string;
  data?: string[];
}

/** Whom a notice goes to, as an event. */
const notified = { owner: 'owner-notified', authority: 'authority-notified', prior: 'prior-notice', scope: 'scope-notified' } as const;

export function incidentCommands(program: Command, context: CommandContext): void {
  const incident = program.command('incident').description('breaches, compelled disclosures, and reading to be looked at');

  knownOptions(incident.command('open'))
    .requiredOption('--kind <kind>', openedKinds.join(' or '))
    .requiredOption('--what <text>', 'what happened; nothing of a person')
    .requiredOption('--data <dataset=fields...>', 'which fields of which datasets of one owner: DATASET=FIELD,FIELD')
    .option('--party <id>', 'where it happened; the host if left out')
    .option('--aware <time>', 'when it became known, such as 2026-12-31T14:30 in Istanbul; now if left out')
    .option('--receiver <text>', 'compelled: who asks')
    .option('--ground <text>', 'compelled: by which law or decision')
    .option('--document <text>', 'reference of a paper')
    .description('open one')
    .action(async ({ party, aware, data, ...options }: OpenOptions) => {
      const terminal = context.terminal();
      const asked = { ...options, ...knownOf(options), data: dataOf(data), awareAt: aware === undefined ? undefined : instantOf(aware) };
      const id = await withApp(context, ({ broker }) =>
        openIncident(broker, { ...asked, party: party ?? broker.agreement.host.party }, 'cli'),
      );
      terminal.data({ incident: id });
      terminal.line(`The incident ${id} is open. kopru incident show ${id} tells what is due.`);
    });

  incident
    .command('list')
    .option('--open', 'those alone that have not ended')
    .option('--party <id>', 'those that concern one party')
    .option('--limit <n>', 'how many', '20')
    .description('list incidents, newest first')
    .action(async ({ open, party, limit }: { open?: boolean; party?: string; limit: string }) => {
      const terminal = context.terminal();
      const asked = { open, party, limit: wholeNumber(limit, '--limit') };
      const found = await withApp(context, ({ broker }) => listIncidents(broker, asked));
      terminal.data(found);
      terminal.line(table(['incident', 'kind', 'party', 'owner', 'known since', 'status', 'due'], found.map(row)));
    });

  incident
    .command('show')
    .argument('<incident>', 'its number')
    .description('show one, with its clocks and events')
    .action(async (text: string) => {
      showIncidentView(context.terminal(), await withApp(context, ({ broker }) => showIncident(broker, wholeNumber(text, 'the incident'))));
    });

  eventCommand(incident.command('note'), context, () => 'noted')
    .requiredOption('--text <text>', 'what; nothing of a person')
    .option('--document <text>', 'reference of a paper')
    .description('add what became known: text, measures, how many people, a part of the log');

  eventCommand(incident.command('notify'), context, ({ to }) => notified[oneOf(to, noticeNames, '--to')], false)
    .requiredOption('--to <whom>', `which notice was sent: ${noticeNames.join(', ')}`)
    .requiredOption('--document <text>', 'reference of the notice')
    .description('record that a notice was sent');

  eventCommand(incident.command('disclose'), context, () => 'disclosed')
    .requiredOption('--data <dataset=fields...>', 'what was disclosed: DATASET=FIELD,FIELD')
    .requiredOption('--document <text>', 'reference of the paper')
    .description('record what was disclosed by compulsion; only after the prior notice (Ek-2 4.2)');

  eventCommand(incident.command('close'), context, () => 'closed')
    .requiredOption('--document <text>', 'reference of the paper')
    .option('--text <text>', 'what came of it')
    .description('close one, once all that it asks for is done');

  eventCommand(incident.command('dismiss'), context, () => 'dismissed')
    .requiredOption('--document <text>', 'reference of the paper')
    .requiredOption('--text <text>', 'why it is none')
    .description('close one that turned out to be none');

  incident
    .command('notice')
    .argument('<incident>', 'its number')
    .requiredOption('--to <whom>', `which notice: ${noticeNames.join(', ')}`)
    .option('--out <file>', 'a new file; the screen if left out')
    .description('write the Turkish text of a notice')
    .action(async (text: string, { to, out }: { to: string; out?: string }) => {
      const terminal = context.terminal();
      const [id, which] = [wholeNumber(text, 'the incident'), oneOf(to, noticeNames, '--to')];
      const notice = await into(out, async (write) => {
        const made = await withApp(context, ({ broker }) => noticeOf(broker, id, which));
        await write(made);
        return made;
      });
      terminal.data({ incident: id, notice: which, ...(out === undefined ? { text: notice } : { file: out }) });
      terminal.line(out === undefined ? notice : `The notice is in ${out}.`);
    });

  withCredential(incident.command('bundle').argument('<incident>', 'its number'))
    .requiredOption('--out <folder>', 'a new or empty one')
    .description('write its part of the log as evidence, as the host’s auditor')
    .action(async (text: string, options: { as: string; tokenFile?: string; out: string }) => {
      const terminal = context.terminal();
      const { out } = options;
      const id = wholeNumber(text, 'the incident');
      const token = secretIn(tokenFileOf(context, options));
      const made = await withApp(context, async (app) => {
        const asker = await localAsker(app, token);
        await app.door.admit(asker, 'audit', { as: 'incident bundle', reservedTo: 'host', detail: { incident: id } });
        return bundleAudit(app.broker, out, await incidentSlice(app.broker, id), `person:${asker.who.person.id}`);
      });
      terminal.data({ folder: out, ...made });
      terminal.line(`${out}: entries ${made.from} to ${made.to}, ${made.checkpoints} checkpoints. Verify it there: node verify.mjs`);
    });

  incident
    .command('watch')
    .description('look through the log since the last look for reading beyond habit; the schedule does it every half minute')
    .action(async () => {
      const terminal = context.terminal();
      const found = await withApp(context, async ({ broker }) => {
        const opened: number[] = [];
        for (;;) {
          const look = await watchReading(broker, 'cli');
          opened.push(...look.opened);
          if (!look.more) return { to: look.to, opened };
        }
      });
      terminal.data(found);
      terminal.line(`Counted up to entry ${found.to}; ${found.opened.length === 0 ? 'nothing' : `opened: ${found.opened.join(', ')}`}.`);
    });
}

/** A command that records an event of the incident that it names. */
function eventCommand(
  command: Command,
  context: CommandContext,
  kind: (options: EventOptions & { to: string }) => EventAsked['kind'],
  withSlice = true,
): Command {
  return (withSlice ? knownOptions(command) : command)
    .argument('<incident>', 'its number')
    .option('--at <time>', 'when it happened, such as 2026-12-31T14:30 in Istanbul; now if left out')
    .action(async (text: string, options: EventOptions & { to: string }) => {
      const terminal = context.terminal();
      const id = wholeNumber(text, 'the incident');
      const { at, data, text: said } = options;
      const event = kind(options);
      // Of a notice `--to` is whom it went to, and no number of an entry.
      const known = knownOf(withSlice ? options : { document: options.document as string });
      const asked = {
        ...known,
        kind: event,
        text: said,
        data: data && dataOf(data),
        happenedAt: at === undefined ? undefined : instantOf(at),
      };
      await withApp(context, ({ broker }) => recordIncidentEvent(broker, id, asked, { by: 'cli' }));
      terminal.data({ incident: id, event });
      terminal.line(`It is recorded of the incident ${id}: ${event}.`);
    });
}

const knownOptions = (command: Command) =>
  command
    .option('--people <n>', 'how many people it is about, as far as known')
    .option('--measures <text>', 'what was done about it, and will be')
    .option('--contact <text>', 'whom to ask: a unit, no person')
    .option('--from <entry>', 'the first entry of the audit log that belongs to it')
    .option('--to <entry>', 'the last one');

function knownOf({ people, measures, contact, document, ...of }: KnownOptions) {
  const [from, to] = [of.from ?? of.to, of.to ?? of.from];
  return {
    ...{ measures, contact, document },
    people: people === undefined ? undefined : wholeNumber(people, '--people'),
    slice: from === undefined || to === undefined ? undefined : { from: wholeNumber(from, '--from'), to: wholeNumber(to, '--to') },
  };
}

function row({ id, kind, party, owner, awareAt, status, clocks }: IncidentView) {
  const due = clocks.filter(({ metAt }) => metAt === null).map((one) => `${one.clock}: ${when(one.dueAt)} (${one.state})`);
  return [String(id), kind, party, owner, when(awareAt), status, due.join('\n')];
}
