import type { PoolClient } from 'pg';
import type { Rule, RulePlace } from '../agreements/rules';
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

/** What a rule counts per reference; undefined for a rule that counts none. */
function wishOf(rule: Rule): { place: RulePlace; where: Filters; working?: Working; season?: Season } | undefined {
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

/** Counts what the rules will ask for, into temporary tables. */
export async function countReferences(client: PoolClient, rules: readonly Rule[], inputs: Inputs): Promise<ReferencesOf> {
  const made = new Map<string, { place: RulePlace; where: Filters; columns: Map<string, string>; table: string }>();
  const keyOf = (place: RulePlace, where: Filters) => JSON.stringify([place.dataset, place.field, where ?? null]);
  for (const rule of rules) {
    const wish = wishOf(rule);
    if (!wish) continue;
    const { place, where, working, season } = wish;
    const known = made.get(keyOf(place, where)) ?? { place, where, columns: new Map(), table: `referred_${made.size}` };
    made.set(keyOf(place, where), known);
    for (const condition of [working && atWork(place.dataset, working, inputs), season && ofSeason(place.dataset, season, inputs)])
      if (condition && !known.columns.has(condition)) known.columns.set(condition, `n${known.columns.size}`);
  }
  for (const { place, where, columns, table } of made.values()) {
    const reference = `w.${inputs.column(place)}`;
    const counts = [...columns].map(([condition, name]) => `, (count(*) filter (where ${condition}))::int as ${name}`);
    await client.query(
      `create temp table ${table} on commit drop as
       select ${reference} as subject, count(*)::int as n, min(w.id) as id${counts.join('')} from ${inputs.of(place.dataset).table} w
       where ${reference} is not null${filtered(where, place.dataset, inputs, 'w')} group by 1`,
    );
    await client.query(`analyze ${table}`);
  }
  return (place, where) => {
    const { columns, table } = made.get(keyOf(place, where)) as { columns: Map<string, string>; table: string };
    return {
      table,
      working: (period) => (period ? (columns.get(atWork(place.dataset, period, inputs)) as string) : 'n'),
      season: (of) => columns.get(ofSeason(place.dataset, of, inputs)) as string,
    };
  };
}

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

function atWork(dataset: string, { from, to }: { from: string; to: string }, inputs: Inputs): string {
  const day = `${text(inputs.of(dataset).day)}::date`;
  const [start, end] = [from, to].map((field) => `w.${inputs.column({ dataset, field })}::date`);
  return `${start} <= ${day} and (${end} is null or ${end} >= ${day})`;
}

function ofSeason(dataset: string, { season, where }: Season, inputs: Inputs): string {
  const place = { dataset, field: season };
  const same = `w.${inputs.column(place)} = ${inputs.literal(place, String(seasonOf(dataset, inputs)))}`;
  return same + filtered(where, dataset, inputs, 'w');
}
