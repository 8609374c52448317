import type { Pool } from 'pg';
import { changedRows, changeKind, refuseExpired, stored, visibleAt, withBigintId } from './store';
import type { StoredChange, StoredRecord } from './types';

/** Records whose readable field has one of these values, in the form in which they are stored as text. */
export interface FieldFilter {
  field: string;
  values: readonly string[];
}

/** Which records of a snapshot are read: those that all filters let through, and that are new or other since an older snapshot. */
export interface Choice {
  by: readonly FieldFilter[];
  since?: number | undefined;
}

/** A page of the chosen records of a snapshot, after the row with this id. @throws KopruError `not-found` if a snapshot has expired */
export async function chosenPage(
  pool: Pool,
  number: number,
  version: number,
  after: bigint,
  limit: number,
  choice: Choice,
): Promise<StoredRecord[]> {
  const values: unknown[] = [number, version];
  const where = chosenRows(choice, values);
  const place = [values.push(after), values.push(limit)];
  const { rows } = await pool.query(`select ${stored} ${where} and r.id > $${place[0]} order by r.id limit $${place[1]}`, values);
  await refuseExpired(pool, number, version, ...(choice.since === undefined ? [] : [choice.since]));
  return rows.map(withBigintId);
}

/** How many records of a snapshot are chosen. */
export async function countChosen(pool: Pool, number: number, version: number, choice: Choice): Promise<number> {
  const values: unknown[] = [number, version];
  const { rows } = await pool.query(`select count(*)::int as n ${chosenRows(choice, values)}`, values);
  return rows[0].n;
}

/** The chosen rows `r` of the dataset `$1` and its version `$2`, as SQL. */
function chosenRows({ by, since }: Choice, values: unknown[]): string {
  const chosen = matching('r', by, values);
  if (since !== undefined) {
    const older = `$${values.push(since)}`;
    // What changed and changed back is what it was.
    chosen.push(`r.opened > ${older} and not exists (
      select 1 from record_version o where o.dataset_id = $1 and o.key_index = r.key_index and o.closed is not null
        and ${visibleAt(older, 'o')} and o.hash = r.hash)`);
  }
  return `from record_version r where r.dataset_id = $1 and ${[visibleAt('$2'), ...chosen].join(' and ')}`;
}

/**
 * A page of what differs between two snapshots among the records that the filters let through in the one or in the other: who
 * follows a part of a dataset must learn of what left it. `within`: as if the snapshots held these rows alone; what left them is removed. @throws KopruError `not-found` if one has expired
 */
export async function chosenChanges(
  pool: Pool,
  number: number,
  { from, to }: { from: number; to: number },
  after: bigint,
  limit: number,
  { by, within }: { by: readonly FieldFilter[]; within: readonly FieldFilter[] },
): Promise<StoredChange[]> {
  const values: unknown[] = [number, from, to, after, limit];
  const only = matching('row', within, values);
  const rowsWithin = (row: string) => only.map((condition) => ` and ${condition.replace('row.', `${row}.`)}`).join('');
  const now = matching('r', by, values).join(' and ') || 'true';
  const then = matching('old', by, values).join(' and ') || 'true';
  const { rows } = await pool.query(
    `select ${stored}, ${changeKind} as change ${changedRows(rowsWithin)} and ((${now}) or (${then})) and r.id > $4 order by r.id limit $5`,
    values,
  );
  await refuseExpired(pool, number, from, to);
  return rows.map(withBigintId);
}

/** SQL that is true of a row that all filters let through; names and values become parameters. */
function matching(row: string, by: readonly FieldFilter[], values: unknown[]): string[] {
  return by.map(({ field, values: wanted }) => {
    const name = `$${values.push(field)}::text`;
    return `${row}.open ->> ${name} = any ($${values.push(wanted)}::text[])`;
  });
}
