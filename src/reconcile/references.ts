import type { PoolClient } from 'pg';
import type { Rule, RulePlace } from '../agreements/rules';
import type { IsoDate } from '../core/dates';
import { type Inputs, text } from './inputs';

export type Filters = Record<string, string[]> | undefined;
type Working = { from: string; to: string } | undefined;
interface Season {
  season: string;
  where?: Filters;
}

/**
 * Who is referred to, how often, and by which record: counted in one pass over the referring dataset for all rules that ask.
 * `id` is the referring record with the smallest number.
 */
export interface References {
  table: string;
  /** The column that counts records whose period holds the snapshot's day; all records without a period. */
  working(period: Working): string;
  /** The column that counts the records, of these values, of the season that the snapshot's day lies in. */
  season(of: Season): string;
}

export type ReferencesOf = (place: RulePlace, where?: Filters) => References;

interface Wish {
  place: RulePlace;
  where: Filters;
  working?: Working;
  season?: Season;
}

/** What a rule counts per reference; undefined for a rule that counts none. */
function wishOf(rule: Rule): Wish | undefined {
  switch (rule.kind) {
    case 'reference-missing':
      return rule.subject === 'reference' ? { place: rule.from, where: rule.where } : undefined;
    case 'reference-kind':
      return { place: rule.from, where: undefined };
    case 'reference-state':
    case 'reference-lapsed':
      return { place: rule.from, where: undefined, working: rule.working };
    case 'count-differs':
    case 'count-unreported':
      return { place: rule.by, where: undefined, season: rule };
    default:
      return undefined;
  }
}

/** A table of counts: of whom a field refers to, in records whose other fields have these values. */
export interface CountTable {
  place: RulePlace;
  where: Filters;
  table: string;
  /** By column, which records it counts. */
  columns: ReadonlyMap<string, Condition>;
}

/** Which records are counted, as SQL. */
interface Condition {
  holds(day: IsoDate): string;
  /** Those for which a day may say something else than one before; undefined if the day says nothing. */
  turns?(before: IsoDate, day: IsoDate): string;
}

/** What the rules will ask for, in their order; the same as long as the rules are. */
export function countTables(rules: readonly Rule[], inputs: Inputs): CountTable[] {
  const made = new Map<string, Wish & { table: string; conditions: Map<string, Condition> }>();
  for (const wish of rules.flatMap((rule) => wishOf(rule) ?? [])) {
    const { place, where, working, season } = wish;
    const key = tableKey(place, where);
    const known = made.get(key) ?? { ...wish, table: `compare.referred_${made.size}`, conditions: new Map() };
    made.set(key, known);
    if (working) known.conditions.set(JSON.stringify(working), atWork(place.dataset, working, inputs));
    if (season) known.conditions.set(ofSeason(place.dataset, season, inputs), { holds: () => ofSeason(place.dataset, season, inputs) });
  }
  return [...made.values()].map(({ place, where, table, conditions }) => ({
    place,
    where,
    table,
    columns: new Map([...conditions.values()].map((condition, i) => [`n${i}`, condition] as const)),
  }));
}

/** Counts anew. */
export async function countAnew(client: PoolClient, tables: readonly CountTable[], inputs: Inputs): Promise<void> {
  for (const { place, where, table, columns } of tables) {
    const reference = `w.${inputs.column(place)}`;
    const { table: source, day } = inputs.of(place.dataset);
    const counts = [...columns].map(([name, condition]) => `, (count(*) filter (where ${condition.holds(day)}))::int as ${name}`);
    await client.query(`drop table if exists ${table}`);
    await client.query(
      `create unlogged table ${table} as
       select ${reference} as subject, count(*)::int as n, min(w.id) as id${counts.join('')} from ${source} w
       where ${reference} is not null${filtered(where, place.dataset, inputs, 'w')} group by 1`,
    );
    await client.query(`analyze ${table}`);
  }
}

/** How a rule's question finds what was counted for it. */
export function referencesOf(tables: readonly CountTable[], inputs: Inputs): ReferencesOf {
  return (place, where) => {
    const { table, columns } = tables.find((one) => tableKey(one.place, one.where) === tableKey(place, where)) as CountTable;
    const { day } = inputs.of(place.dataset);
    const named = (condition: string) => [...columns].find(([, { holds }]) => holds(day) === condition)?.[0] as string;
    return {
      table,
      working: (period) => (period ? named(atWork(place.dataset, period, inputs).holds(day)) : 'n'),
      season: (of) => named(ofSeason(place.dataset, of, inputs)),
    };
  };
}

const tableKey = (place: RulePlace, where: Filters) => JSON.stringify([place.dataset, place.field, where ?? null]);

/** Only records whose fields have these values. */
export function filtered(where: Filters, dataset: string, inputs: Inputs, row: string): string {
  return Object.entries(where ?? {})
    .map(([field, values]) => {
      const place = { dataset, field };
      return ` and ${row}.${inputs.column(place)} in (${values.map((value) => inputs.literal(place, value)).join(', ')})`;
    })
    .join('');
}

/** The season of a dataset's snapshot: the year of its day. */
export function seasonOf(dataset: string, inputs: Inputs): number {
  return Number(inputs.of(dataset).day.slice(0, 4));
}

function atWork(dataset: string, { from, to }: { from: string; to: string }, inputs: Inputs): Condition {
  const on = (day: IsoDate) => `${text(day)}::date`;
  const [start, end] = [from, to].map((field) => `w.${inputs.column({ dataset, field })}::date`);
  return {
    holds: (day) => `${start} <= ${on(day)} and (${end} is null or ${end} >= ${on(day)})`,
    turns: (before, day) => `(${start} > ${on(before)} and ${start} <= ${on(day)} or ${end} >= ${on(before)} and ${end} < ${on(day)})`,
  };
}

function ofSeason(dataset: string, { season, where }: Season, inputs: Inputs): string {
  const place = { dataset, field: season };
  const same = `w.${inputs.column(place)} = ${inputs.literal(place, String(seasonOf(dataset, inputs)))}`;
  return same + filtered(where, dataset, inputs, 'w');
}
