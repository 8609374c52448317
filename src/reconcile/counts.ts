import type { PoolClient } from 'pg';
import type { FieldDerivation } from '../agreements/derived';
import type { RulePlace } from '../agreements/rules';
import { type AgeBand, bandByYear } from './ages';
import { decided } from './decided';
import { type Inputs, text } from './inputs';
import { createOpenings, keepDecided, type OpenRecords, opens } from './opening';
import { filtered } from './references';

/** A derived field that counts who refers to a subject. */
export interface Counted {
  name: string;
  derive: Extract<FieldDerivation, { kind: 'count' }>;
  /** Under which name what opening decided for it is kept. */
  rule: string;
}

export interface Counts {
  /** A table with the subjects (`subject`) that a place refers to and records that do (`id`). */
  tableOf(place: RulePlace): string;
  /** A field's values by subject, as SQL. */
  valueOf(name: string): string;
}

/**
 * Counts for all fields in one pass over each referring dataset, by the finest groups that any of them asks for; the fields' own
 * numbers are sums of these.
 */
export async function countOnce(
  client: PoolClient,
  inputs: Inputs,
  places: readonly RulePlace[],
  fields: readonly Counted[],
): Promise<Counts> {
  const tables = new Map<string, string>();
  const keyOf = ({ dataset, field }: RulePlace) => `${dataset}.${field}`;
  for (const place of [...places, ...fields.map(({ derive }) => derive.by)]) {
    if (tables.has(keyOf(place))) continue;
    const table = `counted_${tables.size}`;
    tables.set(keyOf(place), table);
    const own = fields.filter(({ derive }) => keyOf(derive.by) === keyOf(place));
    await client.query(`drop table if exists ${table}`);
    await client.query(`create temp table ${table} on commit drop as ${countSql(inputs, place, own)}`);
    await client.query(`analyze ${table}`);
  }
  return {
    tableOf: (place) => tables.get(keyOf(place)) as string,
    valueOf: (name) => {
      const { derive } = fields.find((field) => field.name === name) as Counted;
      return valueSql(tables.get(keyOf(derive.by)) as string, name, derive.groups);
    },
  };
}

/** Opens whose age the year of birth does not decide; where only what changed is compared, only among those. */
export async function decideAges(
  client: PoolClient,
  { inputs, open }: { inputs: Inputs; open: OpenRecords },
  { derive, rule }: Counted,
): Promise<void> {
  const { ages, by, where } = derive;
  if (!ages) return;
  const { near, day } = inputs.of(by.dataset);
  const opening = opens({ kind: 'age-role', dataset: by.dataset, birth: ages.birth, ages: bandsOf(derive), where: {} }, () => day);
  if (!opening) return;
  await client.query('drop table if exists undecided');
  await client.query(
    `create temp table undecided on commit drop as
     select row_number() over (order by w.id) as n, w.id as record_id, w.key as subject from ${near} w ${decided(rule, day, 'w.id')}
     where w.${inputs.column(by)} is not null and ${bornOf(inputs, derive)} is not null and (${bandSql(inputs, derive)}) is null
       and d.rule is null${filtered(where, by.dataset, inputs, 'w')}`,
  );
  const openings = createOpenings(client, open);
  await openings.begin(rule, opening, 'undecided');
  await openings.finish((_, table, decisions) => keepDecided(client, rule, table, decisions, { found: false }));
}

function countSql(inputs: Inputs, place: RulePlace, fields: readonly Counted[]): string {
  const { table, day } = inputs.of(place.dataset);
  const reference = `w.${inputs.column(place)}`;
  const groups = [...new Set(fields.flatMap(({ derive }) => derive.groups))];
  const columns = groups.map((group) => `w.${inputs.column({ dataset: place.dataset, field: group })}`);
  const aged = fields.filter(({ derive }) => derive.ages);
  const joins = aged.map(({ rule }, i) => decided(rule, day, 'w.id', `d${i}`));
  const counts = fields.map((field) => {
    const { derive, name } = field;
    const only = filtered(derive.where, place.dataset, inputs, 'w');
    const ofAge = derive.ages ? ` and coalesce(${bandSql(inputs, derive)}, d${aged.indexOf(field)}.band) = ${text(inBand)}` : '';
    return `, (count(*) filter (where true${only}${ofAge}))::int as "n:${name}"`;
  });
  return `select ${reference} as subject${columns.map((column, i) => `, ${column} as "g:${groups[i]}"`).join('')}, min(w.id) as id${counts.join('')}
          from ${table} w ${joins.join(' ')} where ${reference} is not null group by ${[reference, ...columns].join(', ')}`;
}

/** One number, or one for each of its groups; what nobody is counted in is left out. */
function valueSql(table: string, name: string, groups: readonly string[]): string {
  const n = `"n:${name}"`;
  if (groups.length === 0) return `select subject, nullif(sum(${n}), 0)::int as value from ${table} group by 1`;
  const columns = groups.map((group) => `"g:${group}"`).join(', ');
  return `select subject, jsonb_agg(jsonb_build_array(${columns}, n) order by ${columns}) as value
          from (select subject, ${columns}, sum(${n})::int as n from ${table} where ${n} > 0 group by subject, ${columns}) grouped group by 1`;
}

const inBand = 'counted';

function bandsOf({ ages }: Counted['derive']): AgeBand[] {
  return ages ? [{ name: inBand, from: ages.from, to: ages.to }] : [];
}

function bornOf(inputs: Inputs, { by, ages }: Counted['derive']): string {
  return `w.${inputs.column({ dataset: by.dataset, field: ages?.birth ?? '' })}`;
}

/** The band by the year of birth. */
function bandSql(inputs: Inputs, derive: Counted['derive']): string {
  return bandByYear(bornOf(inputs, derive), inputs.of(derive.by.dataset).day, bandsOf(derive));
}
