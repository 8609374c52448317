import type { PoolClient } from 'pg';
import { fieldContributions, rowContributions } from '../agreements/derived';
import { fieldPlan } from '../agreements/fields';
import type { Agreement, Dataset } from '../agreements/language';
import { contributions, type Rule, type RulePlace } from '../agreements/rules';
import type { IsoDate } from '../core/dates';
import { makeScratch } from './scratch';

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
    /** Rows that came since the comparison before, that left, and both; a replaced one did both. Only where what changed is compared. */
    came: string;
    left: string;
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
    const table = whole ? tableOf(input) : currentOf(input);
    const [touched, came, left] = [`touched_${input.number}`, cameOf(input), leftOf(input)];
    return { ...input, table, touched, came, left, near: whole ? table : `near_${input.number}` };
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
  await client.query(`drop view if exists ${currentOf(input)}`);
  await client.query(`drop table if exists ${extraOf(input)}, ${table}, ${goneOf(input)}`);
  await client.query(
    `create unlogged table ${table} as ${selected(agreement, input, columns)}
     and r.opened <= ${version} and (r.closed is null or r.closed > ${version})`,
  );
  await client.query(`create unlogged table ${goneOf(input)} (id bigint primary key)`);
  // A child, so that whoever reads the table reads it too.
  await client.query(`create unlogged table ${extraOf(input)} () inherits (${table})`);
  await client.query(
    `create view ${currentOf(input)} as select * from ${table} t where not exists (select 1 from ${goneOf(input)} g where g.id = t.id)`,
  );
  await client.query(`analyze ${table}`);
}

/** Makes the rows of a filled table findable by key and by these columns, for the comparisons to come. */
export async function indexFilled(client: PoolClient, input: Input, foundBy: readonly string[]): Promise<void> {
  for (const table of [tableOf(input), extraOf(input)])
    for (const column of ['key', ...foundBy]) await client.query(`create index on ${table} (${column})`);
}

/**
 * Brings a dataset's table from an earlier snapshot to this one. The rows of the newer one that were not there before are left in
 * `came`, those that are there no longer in `left`, and both in `touched`.
 */
export async function fillChanges(
  client: PoolClient,
  agreement: Agreement,
  places: readonly RulePlace[],
  input: Input,
  from: number,
): Promise<void> {
  await mergeChanges(client, input);
  const { version: to } = input;
  const rows = selected(agreement, input, columnsOf(agreement, places, input.dataset));
  const [came, left, touched] = [cameOf(input), leftOf(input), `touched_${input.number}`];
  const shown = `${await openedSince(client, input, from)} and (r.closed is null or r.closed > ${to})`;
  await makeScratch(client, came, `${rows} and ${shown}`, 'id, key');
  // In the order of the index that finds them at once: without fresh statistics another one that holds all closed rows looks as cheap.
  await makeScratch(
    client,
    left,
    `${rows} and r.opened <= ${from} and r.closed > ${from} and r.closed <= ${to} order by r.closed`,
    'id, key',
  );
  await makeScratch(client, touched, `select * from ${left} union all select * from ${came}`, 'id, key');
  await client.query(`insert into ${goneOf(input)} select id from ${left}`);
  await client.query(`insert into ${extraOf(input)} select * from ${came}`);
  await client.query(`analyze ${goneOf(input)}, ${extraOf(input)}`);
}

/** How large a share of a table may stand beside it, gone or extra, before it is worked in: a day's rows lie on most of its pages, and so do a week's. */
const mostBeside = 0.1;

/** Works what stands beside a table into it, once it is much. */
async function mergeChanges(client: PoolClient, input: Input): Promise<void> {
  const [table, gone, extra] = [tableOf(input), goneOf(input), extraOf(input)];
  const { rows } = await client.query(
    `select greatest((select count(*) from ${gone}), (select count(*) from ${extra}))
       > ${mostBeside} * (select reltuples from pg_class where oid = '${table}'::regclass) as much`,
  );
  if (!rows[0].much) return;
  await client.query(`delete from ${table} t using ${gone} g where t.id = g.id`);
  // In the order of the key's index, so that each of its pages is visited once.
  await client.query(`insert into ${table} select * from ${extra} order by key`);
  await client.query(`truncate ${gone}, ${extra}`);
  await client.query(`analyze ${table}`);
}

/** Leaves the rows of these subjects, each there once, in `near`. */
export async function fillNear(client: PoolClient, input: Input, subjects: string): Promise<void> {
  const [came, others] = [cameOf(input), `others_${input.number}`];
  // Of whom a row came or left, nothing else is there.
  await makeScratch(client, others, `select subject from ${subjects} except select key from touched_${input.number}`, 'subject');
  await makeScratch(
    client,
    `near_${input.number}`,
    `select * from ${came} union all select t.* from ${others} a join ${currentOf(input)} t on t.key = a.subject`,
  );
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
const currentOf = ({ number }: Input) => `compare.current_${number}`;
const goneOf = ({ number }: Input) => `compare.gone_${number}`;
const extraOf = ({ number }: Input) => `compare.extra_${number}`;
const leftOf = ({ number }: Input) => `left_${number}`;
const cameOf = ({ number }: Input) => `came_${number}`;

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
