import type { Pool } from 'pg';
import { visibleAt } from './store';

/** How many records have these values, in the newer snapshot and in the older one. A value that was not reported is null. */
export interface GroupCount {
  values: (string | null)[];
  count: number;
  earlier: number;
}

/** The counts of one grouping: its largest groups, and the others together. */
export interface GroupedCounts {
  groups: GroupCount[];
  /** Groups beyond the largest ones; `groups` is how many. */
  rest: { groups: number; count: number; earlier: number };
}

/** A source may send any value as a code, a million different ones too; so many of each grouping are told one by one. */
export const mostGroups = 2_000;

/**
 * Counts the records of snapshot `to`, and beside it those of `from` (0 for none), by readable fields: each grouping by one field or
 * by several at once. One pass over the records for all groupings; what comes back is bounded by `mostGroups` per grouping.
 */
export async function groupCounts(
  pool: Pool,
  number: number,
  { from, to }: { from: number; to: number },
  groupings: readonly (readonly string[])[],
): Promise<GroupedCounts[]> {
  const fields = [...new Set(groupings.flat())];
  const columns = fields.map((_, i) => `f${i}`);
  const columnOf = (field: string) => `f${fields.indexOf(field)}`;
  const { rows } = await pool.query(
    `with counted as (
       select grouping(${columns}) as mask, ${columns}, count(*) filter (where later)::int as n, count(*) filter (where earlier)::int as before
       from (
         select ${fields.map((_, i) => `r.open ->> $${i + 5}::text as f${i}`)}, (${visibleAt('$2')}) as earlier, (${visibleAt('$3')}) as later
         from record_version r where r.dataset_id = $1 and ((${visibleAt('$2')}) or (${visibleAt('$3')}))
       ) r
       group by grouping sets (${groupings.map((names) => `(${names.map(columnOf)})`)})
     ), placed as (
       select *, row_number() over (partition by mask order by greatest(n, before) desc, ${columns.map((c) => `${c} collate "C"`)}) as place
       from counted
     )
     select mask, array[${columns}] as values, n, before, 0 as more from placed where place <= $4
     union all
     select mask, null, sum(n)::int, sum(before)::int, count(*)::int from placed where place > $4 group by mask`,
    [number, from, to, mostGroups, ...fields],
  );
  return groupings.map((names) => {
    const own = rows.filter((row) => row.mask === maskOf(fields, names));
    const rest = own.find((row) => row.more > 0);
    return {
      groups: own
        .filter((row) => row.more === 0)
        .map(({ values, n, before }) => ({ values: names.map((name) => values[fields.indexOf(name)]), count: n, earlier: before })),
      rest: { groups: rest?.more ?? 0, count: rest?.n ?? 0, earlier: rest?.before ?? 0 },
    };
  });
}

/** PostgreSQL's `grouping()`: a bit per column, the first one highest, set where the column is not grouped by. */
function maskOf(fields: readonly string[], names: readonly string[]): number {
  return fields.reduce((mask, field) => mask * 2 + (names.includes(field) ? 0 : 1), 0);
}
