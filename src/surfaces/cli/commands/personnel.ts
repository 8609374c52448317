import { readFileSync, statSync } from 'node:fs';
import type { Command } from 'commander';
import { KopruError } from '../../../core/errors';
import { type ImportDone, importPersonnel, mostFormBytes } from '../../../operations/people/import';
import {
  acceptUndertaking,
  listPersonnel,
  type PersonnelView,
  removePersonnel,
  roleLabels,
  trainPersonnel,
} from '../../../operations/people/personnel';
import type { CommandContext, Terminal } from '../deps';
import { table } from '../terminal';
import { wholeNumber, withApp } from './runs';

const acting = { by: 'cli' };

export function personnelCommands(program: Command, context: CommandContext): void {
  const personnel = program.command('personnel').description('the parties’ authorised personnel (Ek-3): who may do what, and since when');

  personnel
    .command('import')
    .argument('<file>', 'the filled-in form, .csv or .xlsx')
    .requiredOption('--party <id>', 'whose personnel it lists')
    .requiredOption('--document <text>', 'reference of the paper that it came with')
    .option('--complete', 'it lists all of them: whoever is not in it is removed, with the tokens')
    .option('--dry-run', 'only tell what would change')
    .description('take in a list of authorised personnel, whole or not at all')
    .action(async (file: string, options: { party: string; document: string; complete?: boolean; dryRun?: boolean }) => {
      const terminal = context.terminal();
      const bytes = formIn(file);
      await withApp(context, async ({ broker }) => showImport(terminal, await importPersonnel(broker, { ...options, bytes }, acting)));
    });

  personnel
    .command('list')
    .option('--party <id>', 'of one party')
    .option('--names', 'with names, titles and e-mail addresses; that they were shown is logged')
    .description('list authorised personnel, removed ones too')
    .action(async (options: { party?: string; names?: boolean }) => {
      const terminal = context.terminal();
      await withApp(context, async ({ broker }) => showPersonnel(terminal, await listPersonnel(broker, options, acting), options.names));
    });

  personnel
    .command('remove')
    .argument('<person>', 'the number')
    .requiredOption('--document <text>', 'reference of the paper that says so')
    .description('end what a person may do, and the tokens, at once')
    .action(async (id: string, { document }: { document: string }) => {
      const person = wholeNumber(id, 'the person');
      const tokens = await withApp(context, ({ broker }) => removePersonnel(broker, person, document, acting));
      told(context.terminal(), { person, removed: true, tokensEnded: tokens }, `Person ${person} is removed; ${tokens} live tokens ended.`);
    });

  personnel
    .command('train')
    .argument('<person>', 'the number')
    .requiredOption('--on <date>', 'the day of the training, yyyy-MM-dd')
    .option('--document <text>', 'reference of the paper')
    .description('record that a person was trained (V.D.1)')
    .action(async (id: string, options: { on: string; document?: string }) => {
      const person = wholeNumber(id, 'the person');
      const news = await withApp(context, ({ broker }) => trainPersonnel(broker, person, options, acting));
      told(context.terminal(), { person, news }, news ? `The training of person ${person} is recorded.` : 'That was recorded before.');
    });

  personnel
    .command('accept')
    .argument('<person>', 'the number')
    .requiredOption('--undertaking <version>', 'which version of the party’s undertaking')
    .requiredOption('--on <date>', 'the day of the signature, yyyy-MM-dd')
    .option('--document <text>', 'reference of the paper')
    .description('record that a person accepted the institutional undertaking (Ek-2 9)')
    .action(async (id: string, options: { undertaking: string; on: string; document?: string }) => {
      const person = wholeNumber(id, 'the person');
      const asked = { ...options, undertaking: wholeNumber(options.undertaking, '--undertaking') };
      const news = await withApp(context, ({ broker }) => acceptUndertaking(broker, person, asked, acting));
      told(context.terminal(), { person, news }, news ? `The acceptance of person ${person} is recorded.` : 'That was recorded before.');
    });
}

/** A file that is too large is not even read. */
function formIn(file: string): Uint8Array {
  try {
    if (statSync(file).size <= mostFormBytes) return readFileSync(file);
  } catch {
    throw new KopruError('usage', 'The file of the list cannot be read.');
  }
  throw new KopruError('too-large', `The form has more than ${mostFormBytes / 1024 / 1024} MiB.`, {
    hint: 'Give the form itself, without pictures.',
  });
}

function told(terminal: Terminal, data: object, line: string): void {
  terminal.data(data);
  terminal.line(line);
}

function showImport(terminal: Terminal, done: ImportDone): void {
  const { listed, added, changed, same, removed, unlisted, tokensEnded, dryRun } = done;
  const rest = unlisted > 0 ? ` ${unlisted} who are not in the list stay (--complete removes them).` : '';
  const counts = `${listed} listed: ${added} added, ${changed} changed, ${same} as before; ${removed} removed, with ${tokensEnded} live tokens.`;
  told(terminal, done, `${dryRun ? 'It would be so: ' : ''}${counts}${rest}`);
}

function showPersonnel(terminal: Terminal, people: PersonnelView[], names = false): void {
  terminal.data(people);
  const validity = ({ validFrom, validUntil }: PersonnelView) => `${validFrom} – ${validUntil ?? ''}`.trim();
  terminal.line(
    table(
      ['person', 'party', 'unit', 'province', 'roles', 'valid', 'standing', ...(names ? ['name', 'title', 'e-mail'] : [])],
      people.map((p) => [
        ...[String(p.id), p.party, p.unit, p.province ?? 'merkez', p.roles.map((role) => roleLabels[role]).join(', ')],
        ...[validity(p), p.standing],
        ...(names ? [p.name, p.title, p.email] : []),
      ]),
    ),
  );
}
