import type { PoolClient } from 'pg';
import { fieldContributions, rowContributions } from '../agreements/derived';
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
  /** As of when its data are; UTC, and the day of it in Europe/Istanbul. */
  sourceTime: Date;
  day: IsoDate;
}

/**
 * The inputs as narrow tables of their own (schema `compare`), so that a rule reads only what it needs. Unlogged: what a crash
 * of the server empties is made anew.
 */
export interface Inputs {
  of(dataset: string): Input & {
    table: string;
    /** Rows that came, went or were replaced since the comparison before; only where what changed is compared. */
    touched: string;
    /** The rows of the subjects that are asked about; all where everything is compared. */
    near: string;
  };
  /** The column of a field: of an id its keyed index, of a name its digest, of a birth date the year, of an open field the value. */
  column(place: RulePlace): string;
  /** A value as SQL to compare with that column. */
  literal(place: RulePlace, value: string): string;
}

interface Column {
  field: string;
  type: 'bytea' | 'integer' | 'date' | 'boolean' | 'text';
  /** Where its comparable form is stored in `record_version`. */
  source: string;
}

export function createInputs(agreement: Agreement, inputs: readonly Input[], whole: boolean): Inputs {
  const of = (dataset: string) => {
    const input = inputs.find((one) => one.dataset === dataset) as Input;
    const table = tableOf(input);
    return { ...input, table, touched: touchedOf(input), near: whole ? table : nearOf(input) };
  };
  const definition = ({ dataset }: RulePlace) => agreement.datasets[dataset] as Dataset;
  return {
    of,
    column: (place) => columnName(definition(place), place.field),
    literal: (place, value) => {
      const { type } = storedColumn(definition(place), place.field);
      return type === 'text' ? text(value) : `${text(value)}::${type}`;
    },
  };
}

/** Makes a temporary table whose size the planner knows, and of these columns what they hold. Returns how many rows it has. */
export async function makeTable(client: PoolClient, table: string, sql: string, columns: string): Promise<number> {
  const { rowCount } = await client.query(`create temp table ${table} on commit drop as ${sql}`);
  await client.query(`analyze ${table} (${columns})`);
  return rowCount ?? 0;
}

/** The place of a dataset's key. */
export function keyOf(agreement: Agreement, dataset: string): RulePlace {
  return { dataset, field: agreement.datasets[dataset]?.key ?? '' };
}

export function text(value: string): string {
  return `'${value.replaceAll("'", "''")}'`;
}

export function bytes(value: Buffer): string {
  return `'\\x${value.toString('hex')}'`;
}

/** Every field that the rules and the derived datasets look at. */
export function placesOf(agreement: Agreement, rules: readonly Rule[], derived: readonly string[]): RulePlace[] {
  return [
    ...rules.flatMap((rule) => contributions(rule, (of) => keyOf(agreement, of))),
    ...derived.flatMap((id) => {
      const dataset = agreement.datasets[id] as Dataset;
      return [
        ...rowContributions(agreement, dataset),
        ...Object.values(dataset.fields).flatMap((field) => fieldContributions(dataset, field)),
      ];
    }),
  ];
}

/** What the narrow tables hold: another shape makes them anew. */
export function shapeOf(agreement: Agreement, places: readonly RulePlace[], input: Input): string {
  return selected(agreement, input, columnsOf(agreement, places, input.dataset));
}

/** Fills a dataset's table with all that is visible in its snapshot. */
export async function fillWhole(client: PoolClient, agreement: Agreement, places: readonly RulePlace[], input: Input): Promise<void> {
  const columns = columnsOf(agreement, places, input.dataset);
  const table = tableOf(input);
  const { version } = input;
  await client.query(`drop table if exists ${table}`);
  await client.query(
    `create unlogged table ${table} as ${selected(agreement, input, columns)}
     and r.opened <= ${version} and (r.closed is null or r.closed > ${version})`,
  );
  await client.query(`analyze ${table}`);
}

/** Makes the rows of a filled table findable by key and by these columns, for the comparisons to come. */
export async function indexFilled(client: PoolClient, input: Input, foundBy: readonly string[]): Promise<void> {
  for (const column of ['key', ...foundBy]) await client.query(`create index on ${tableOf(input)} (${column})`);
}

/** Brings a dataset's table from an earlier snapshot to this one, and leaves the rows of both that differ in `touched`, the newer
 * ones in `near` too. */
export async function fillChanges(
  client: PoolClient,
  agreement: Agreement,
  places: readonly RulePlace[],
  input: Input,
  from: number,
): Promise<void> {
  const columns = columnsOf(agreement, places, input.dataset);
  const [table, touched, near, to] = [tableOf(input), touchedOf(input), nearOf(input), input.version];
  for (const made of [touched, near]) await client.query(`create temp table ${made} on commit drop as select * from ${table} with no data`);
  if (from === to) return;
  const left = await makeTable(
    client,
    `left_${input.number}`,
    `select r.id, r.key_index as key from record_version r
     where r.dataset_id = ${input.number} and r.closed > ${from} and r.closed <= ${to}`,
    'id, key',
  );
  if (left > 0)
    await client.query(
      `with gone as (
         delete from ${table} t using left_${input.number} l where t.key = l.key and t.id = l.id returning t.*
       ) insert into ${touched} select * from gone`,
    );
  await client.query(
    `insert into ${near} ${selected(agreement, input, columns)}
     and ${await openedSince(client, input, from)} and (r.closed is null or r.closed > ${to})`,
  );
  await client.query(`insert into ${table} select * from ${near}`);
  await client.query(`insert into ${touched} select * from ${near}`);
  await client.query(`analyze ${touched} (id, key)`);
}

/**
 * SQL of the rows that were opened after a version, up to the input's. A dataset's versions are written one after another, under one
 * lock, so later ones have larger numbers, by which they are found at once; updates scatter them over the whole table. Where the
 * snapshots' own counts do not bear it out, every row is looked at.
 */
async function openedSince(client: PoolClient, { dataset, number, version: to }: Input, from: number): Promise<string> {
  const opened = `r.opened > ${from} and r.opened <= ${to}`;
  const newest = (where: string) =>
    `coalesce((select id from record_version where dataset_id = ${number}${where} order by id desc limit 1), 0)`;
  const { rows } = await client.query(`select ${newest(` and opened <= ${from}`)} as before, ${newest('')} as newest`);
  const numbered = `${opened} and r.id > ${rows[0].before} and r.id <= ${rows[0].newest}`;
  const found = await client.query(
    `select (select count(*) from record_version r where r.dataset_id = ${number} and ${numbered}) =
       (select coalesce(sum(added + changed), 0) from snapshot where dataset = $1 and version > $2 and version <= $3 and status = 'published') as all`,
    [dataset, from, to],
  );
  return found.rows[0].all ? numbered : opened;
}

function columnsOf(agreement: Agreement, places: readonly RulePlace[], dataset: string): Column[] {
  const definition = agreement.datasets[dataset] as Dataset;
  const needed = places.filter((p) => p.dataset === dataset);
  const fields = [...new Set(needed.map((p) => p.field))].filter((f) => f !== definition.key);
  const columns = fields.map((field) => storedColumn(definition, field));
  // Those of a fixed width first: they are found without walking over the others.
  const widths = ['boolean', 'integer', 'date', 'bytea', 'text'];
  return columns.sort((a, b) => widths.indexOf(a.type) - widths.indexOf(b.type));
}

function selected(agreement: Agreement, { dataset, number }: Input, columns: readonly Column[]): string {
  const definition = agreement.datasets[dataset] as Dataset;
  const list = columns.map(({ field, source }) => `, ${source} as ${columnName(definition, field)}`);
  return `select r.id${list.join('')}, r.key_index as key from record_version r where r.dataset_id = ${number}`;
}

const tableOf = ({ number }: Input) => `compare.input_${number}`;
const nearOf = ({ number }: Input) => `near_${number}`;
const touchedOf = ({ number }: Input) => `touched_${number}`;

function columnName(definition: Dataset, field: string): string {
  return field === definition.key ? 'key' : `f${Object.keys(definition.fields).indexOf(field)}`;
}

function storedColumn(definition: Dataset, field: string): Column {
  const plan = fieldPlan(definition);
  const at = plan.names.indexOf(field);
  const digests = [...plan.indexAt.filter((i) => i !== plan.keyAt), ...plan.nameAt].sort((a, b) => a - b);
  if (at === plan.keyAt) return { field, type: 'bytea', source: 'r.key_index' };
  if (digests.includes(at)) return { field, type: 'bytea', source: `r.digests[${digests.indexOf(at) + 1}]` };
  const year = plan.years.find((y) => y.at === at);
  if (year) return { field, type: 'integer', source: `(r.open ->> '${year.as}')::integer` };
  const { type } = definition.fields[field] as Dataset['fields'][string];
  const source = `(r.open ->> '${field}')`;
  // As a number or a day it is compared faster than as text, and text byte by byte.
  if (type === 'integer' || type === 'date' || type === 'boolean') return { field, type, source: `${source}::${type}` };
  return { field, type: 'text', source: `${source} collate "C"` };
}
