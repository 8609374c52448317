import type { PoolClient } from 'pg';
import { fieldPlan } from '../agreements/fields';
import type { Agreement, Dataset } from '../agreements/language';
import { contributions, type Rule, type RulePlace } from '../agreements/rules';
import type { IsoDate } from '../core/dates';

/** A dataset's newest published snapshot, as the rules look at it. */
export interface Input {
  dataset: string;
  /** The dataset's short number. */
  number: number;
  version: number;
  /** The day in Europe/Istanbul as of which its data are. */
  day: IsoDate;
}

/** The inputs as narrow tables of their own, so that a rule reads only what it needs. */
export interface Inputs {
  of(dataset: string): Input & { table: string };
  /** The column of a field: of an id its keyed index, of a name its digest, of a birth date the year, of an open field the text. */
  column(place: RulePlace): string;
}

/** Makes the tables; they last as long as the transaction. */
export async function openInputs(
  client: PoolClient,
  agreement: Agreement,
  rules: readonly Rule[],
  inputs: readonly Input[],
): Promise<Inputs> {
  const needed = rules.flatMap((rule) => contributions(rule, (dataset) => keyOf(agreement, dataset)));
  for (const input of inputs) {
    const definition = agreement.datasets[input.dataset] as Dataset;
    const fields = [...new Set(needed.filter((p) => p.dataset === input.dataset).map((p) => p.field))].filter((f) => f !== definition.key);
    const columns = fields.map((field) => `${sourceOf(definition, field)} as ${columnName(definition, field)}`);
    await client.query(
      `create temp table ${tableOf(input.number)} on commit drop as
       select r.id, r.key_index as key${columns.map((c) => `, ${c}`).join('')}
       from record_version r where r.dataset_id = ${input.number} and r.opened <= ${input.version} and (r.closed is null or r.closed > ${input.version})`,
    );
    await client.query(`analyze ${tableOf(input.number)}`);
  }
  const of = (dataset: string) => {
    const input = inputs.find((one) => one.dataset === dataset) as Input;
    return { ...input, table: tableOf(input.number) };
  };
  return { of, column: ({ dataset, field }) => columnName(agreement.datasets[dataset] as Dataset, field) };
}

/** The place of a dataset's key. */
export function keyOf(agreement: Agreement, dataset: string): RulePlace {
  return { dataset, field: agreement.datasets[dataset]?.key ?? '' };
}

function tableOf(number: number): string {
  return `input_${number}`;
}

function columnName(definition: Dataset, field: string): string {
  return field === definition.key ? 'key' : `f${Object.keys(definition.fields).indexOf(field)}`;
}

/** Where a field's comparable form is stored in `record_version`. */
function sourceOf(definition: Dataset, name: string): string {
  const plan = fieldPlan(definition);
  const at = plan.names.indexOf(name);
  const digests = [...plan.indexAt.filter((i) => i !== plan.keyAt), ...plan.nameAt].sort((a, b) => a - b);
  if (digests.includes(at)) return `r.digests[${digests.indexOf(at) + 1}]`;
  const year = plan.years.find((y) => y.at === at);
  if (year) return `(r.open ->> '${year.as}')::int`;
  return `r.open ->> '${name}'`;
}
