import { createHash } from 'node:crypto';
import type { Database } from '../../src/infra/db';
import { datasetNumber } from '../../src/snapshots/store';

export const dataset = 'agency.records';

export interface Version {
  version: number;
  status: string;
  publishedAt?: Date;
}

export interface Row {
  opened: number;
  closed: number | null;
  open?: Record<string, unknown>;
  /** Which record it is a version of; one of its own if left out. */
  key?: number;
}

/**
 * Writes snapshots and record versions as they would lie after many pulls; rows have keys of their own
 * unless they name one. Returns the dataset's number.
 */
export async function writeHistory(db: Database, versions: readonly Version[], rows: readonly Row[]): Promise<number> {
  const number = await datasetNumber(db, dataset);
  await db.pool.query(`create table if not exists record_version_${number} partition of record_version for values in (${number})`);
  for (const { version, status, publishedAt } of versions) {
    await db.pool.query(
      `insert into snapshot (dataset, version, status, run_id, source_time, created_at, published_at, records, added, changed, removed, quarantined, missing, digest)
       values ($1, $2, $3, $2, now(), now(), $4, 0, 0, 0, 0, 0, '{}', '')`,
      [dataset, version, status, publishedAt ?? null],
    );
  }
  await db.pool.query(
    `insert into record_version (dataset_id, key_index, opened, closed, hash, key_id, open)
     select $1, r.key, r.opened, r.closed, sha256(r.key || convert_to(r.open::text, 'UTF8')), 1, r.open
     from unnest($2::bytea[], $3::int[], $4::int[], $5::jsonb[]) r(key, opened, closed, open)`,
    [
      number,
      rows.map((row, i) => keyIndex(row.key ?? i)),
      rows.map((r) => r.opened),
      rows.map((r) => r.closed),
      rows.map((r) => JSON.stringify(r.open ?? {})),
    ],
  );
  return number;
}

export function keyIndex(key: number): Buffer {
  return createHash('sha256').update(String(key)).digest().subarray(0, 16);
}

export const shows = ({ opened, closed }: Row, version: number) => opened <= version && (closed === null || closed > version);
