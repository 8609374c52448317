import type { Command } from 'commander';
import type { App } from '../../../app/app';
import { KopruError } from '../../../core/errors';
import { type EntryData, type Register, revokeEntry } from '../../../operations/registers/entries';
import { findGiven, type GivenView, identityChecks, listGiven, recordGiven } from '../../../operations/registers/given';
import { listReleases, recordRelease } from '../../../operations/registers/releases';
import type { CommandContext } from '../deps';
import { table, when } from '../terminal';
import { idFromInput } from './read';
import { wholeNumber, withApp } from './runs';

export function registerCommands(program: Command, context: CommandContext): void {
  const register = program.command('register').description('what is recorded of data that leaves; nothing is released by it');
  givenCommands(register.command('given').description('a person’s data that was given to that person (V.Ç.4)'), context);
  releaseCommands(register.command('release').description('releases that the data’s owner approved in writing (Ek-2 4.1.2)'), context);
}

interface GivenOptions {
  party: string;
  on: string;
  officer: string;
  data: string[];
  identity: string;
  document: string;
}

function givenCommands(given: Command, context: CommandContext): void {
  dataOption(given.command('add'))
    .requiredOption('--party <id>', 'which party gave it')
    .requiredOption('--on <date>', 'on which day, yyyy-MM-dd')
    .requiredOption('--officer <person>', 'who gave it, by number')
    .requiredOption('--identity <way>', `how it was checked who the person is: ${identityChecks.join(', ')}`)
    .requiredOption('--document <text>', 'reference of the paper')
    .description('record one; the national id of the person is read from standard input, and kept as a keyed index only')
    .action(async (options: GivenOptions) => {
      const officer = wholeNumber(options.officer, '--officer');
      const asked = { ...options, officer, data: dataOf(options.data), nationalId: idFromInput() };
      await recorded(context, ({ broker }) => recordGiven(broker, asked, 'cli'));
    });

  given
    .command('list')
    .option('--party <id>', 'of one party')
    .description('list the entries, newest first')
    .action(async ({ party }: { party?: string }) => {
      showGiven(context, await withApp(context, ({ broker }) => listGiven(broker, party)));
    });

  given
    .command('find')
    .description('list what one person was given, whose national id is read from standard input; that is logged')
    .action(async () => {
      const id = idFromInput();
      showGiven(context, await withApp(context, ({ broker }) => findGiven(broker, id, 'cli')));
    });

  revokeCommand(given, 'given', context);
}

interface ReleaseOptions {
  party: string;
  receiver: string;
  data: string[];
  scope: string;
  approver: string;
  document: string;
  on: string;
  until?: string;
}

function releaseCommands(release: Command, context: CommandContext): void {
  dataOption(release.command('add'))
    .requiredOption('--party <id>', 'which party may release it')
    .requiredOption('--receiver <text>', 'the institution that gets it')
    .requiredOption('--scope <text>', 'what of it, and for what')
    .requiredOption('--approver <person>', 'who approved it for the owner of the data, by number')
    .requiredOption('--on <date>', 'the day of the approval, yyyy-MM-dd')
    .requiredOption('--document <text>', 'reference of the approval')
    .option('--until <date>', 'its last day, where it names one')
    .description('record one')
    .action(async ({ on, until, data, ...options }: ReleaseOptions) => {
      const approver = wholeNumber(options.approver, '--approver');
      const asked = { ...options, approver, data: dataOf(data), approvedOn: on, validUntil: until };
      await recorded(context, ({ broker }) => recordRelease(broker, asked, 'cli'));
    });

  release
    .command('list')
    .option('--party <id>', 'of one releasing party')
    .description('list the entries, newest first')
    .action(async ({ party }: { party?: string }) => {
      const terminal = context.terminal();
      const found = await withApp(context, ({ broker }) => listReleases(broker, { party }));
      terminal.data(found);
      terminal.line(
        table(
          ['entry', 'owner', 'party', 'receiver', 'data', 'scope', 'approver', 'approved', 'until', 'document', 'standing'],
          found.map((one) => [
            ...[String(one.id), one.owner, one.party, one.receiver, shownData(one.data), one.scope, String(one.approver)],
            ...[one.approvedOn, one.validUntil ?? '', one.document, one.standing],
          ]),
        ),
      );
    });

  revokeCommand(release, 'release', context);
}

function revokeCommand(parent: Command, register: Register, context: CommandContext): void {
  parent
    .command('revoke')
    .argument('<entry>', 'its number')
    .requiredOption('--document <text>', 'reference of the paper that says so')
    .description('take an entry back; both stay')
    .action(async (text: string, { document }: { document: string }) => {
      const entry = wholeNumber(text, 'the entry');
      await withApp(context, ({ broker }) => revokeEntry(broker, { register, entry }, document, 'cli'));
      const terminal = context.terminal();
      terminal.data({ entry, revoked: true });
      terminal.line(`The entry ${entry} is taken back.`);
    });
}

const dataOption = (command: Command) =>
  command.requiredOption('--data <dataset=fields...>', 'which fields of which datasets: DATASET=FIELD,FIELD');

/** What --data takes. @throws KopruError `usage` */
export function dataOf(texts: readonly string[]): EntryData {
  const data: Record<string, string[]> = {};
  for (const text of texts) {
    const [, dataset, fields] = /^([^=]+)=(.+)$/.exec(text) ?? [];
    if (!dataset || !fields) throw new KopruError('usage', 'What --data takes must be written as dataset=field,field.');
    data[dataset] = [...(data[dataset] ?? []), ...fields.split(',')];
  }
  return data;
}

async function recorded(context: CommandContext, record: (app: App) => Promise<number>): Promise<void> {
  const terminal = context.terminal();
  const entry = await withApp(context, record);
  terminal.data({ entry });
  terminal.line(`It is recorded as entry ${entry}. Nothing is released by it.`);
}

function showGiven({ terminal: getTerminal }: CommandContext, found: readonly GivenView[]): void {
  const terminal = getTerminal();
  terminal.data(found);
  terminal.line(
    table(
      ['entry', 'party', 'on', 'officer', 'data', 'identity', 'document', 'taken back'],
      found.map((one) => [
        ...[String(one.id), one.party, one.on, String(one.officer), shownData(one.data), one.identity, one.document],
        one.revokedAt ? when(one.revokedAt) : '',
      ]),
    ),
  );
}

const shownData = (data: EntryData) =>
  Object.entries(data)
    .map(([dataset, fields]) => `${dataset}: ${fields.join(', ')}`)
    .join('\n');
