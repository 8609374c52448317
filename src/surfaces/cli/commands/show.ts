import type { Command } from 'commander';
import { KopruError } from '../../../core/errors';
import { type ApiAccess, askApi, textOf } from '../client';
import { consentLines } from '../consentLines';
import type { CommandContext } from '../deps';
import { table } from '../terminal';
import { type AccessOptions, accessOf, asParty, idFromInput, query } from './read';

interface Listed {
  id: string;
  label: string;
  readable: boolean;
  derivedFrom?: string[];
  fields: { name: string; label: string; type: string }[];
}

type Row = Record<string, string | number | null>;

/** One reconciled record for people: the fields by their labels, findings by what they are. */
export function showCommand(program: Command, context: CommandContext): void {
  asParty(program.command('show').argument('[dataset]', 'a dataset; the first derived one that is open if left out'))
    .description('show one record by its labels, with its findings; the national id is read from standard input')
    .action(async (asked: string | undefined, options: AccessOptions & { snapshot?: string; fields?: string }) => {
      const terminal = context.terminal();
      const access = accessOf(context, options);
      const id = idFromInput();
      const dataset = await datasetFor(access, asked);
      const address = `/v1/datasets/${encodeURIComponent(dataset.id)}/record${query({ snapshot: options.snapshot, fields: options.fields })}`;
      const answer = await json(access, address, { id });
      terminal.data(answer);
      const kinds = await ruleLabels(access);
      const rows = Object.entries(answer.record as Record<string, unknown>).map(([name, value]) => [
        dataset.fields.find((field) => field.name === name)?.label ?? name,
        shown(value, kinds),
      ]);
      terminal.line(table([dataset.label, `v${answer.provenance.snapshot.version}`], rows));
      const { source, agreement, grant, notice } = answer.provenance;
      terminal.line(`${source.name}, ${source.time}; ${agreement.id}, ${grant.id} (${grant.article}); ${notice.text} (${notice.article}).`);
      for (const line of consentLines(answer.provenance.publicationConsent)) terminal.line(line);
    });
}

async function datasetFor(access: ApiAccess, asked: string | undefined): Promise<Listed> {
  const { datasets } = (await json(access, '/v1/datasets')) as { datasets: Listed[] };
  const found = datasets.find((one) => (asked === undefined ? one.readable && one.derivedFrom : one.id === asked));
  if (found) return found;
  throw new KopruError('not-found', asked === undefined ? 'No derived dataset is open to this party.' : 'There is no such dataset.', {
    hint: `Datasets: ${datasets.map((one) => one.id).join(', ')}.`,
  });
}

async function ruleLabels(access: ApiAccess): Promise<ReadonlyMap<string, string>> {
  const { rules } = (await json(access, '/v1/findings/summary')) as { rules: { rule: string; label: string }[] };
  return new Map(rules.map(({ rule, label }) => [rule, label]));
}

async function json(access: ApiAccess, path: string, body?: object) {
  return JSON.parse(await textOf(await askApi(access, path, body)));
}

function shown(value: unknown, kinds: ReadonlyMap<string, string>): string {
  if (value === null) return '–';
  if (typeof value === 'boolean') return value ? 'Evet' : 'Hayır';
  if (Array.isArray(value)) return value.map((row: Row) => listed(row, kinds)).join('\n');
  if (typeof value === 'object') return String((value as { raw?: string }).raw ?? '');
  return String(value);
}

/** A finding by its kind and number, or a number by its groups. */
function listed(row: Row, kinds: ReadonlyMap<string, string>): string {
  if (typeof row.rule === 'string') return `${kinds.get(row.rule) ?? row.rule} (${row.finding})`;
  const values = Object.values(row).map((value) => String(value ?? '–'));
  return `${values.slice(0, -1).join(' / ')}: ${values.at(-1)}`;
}
