import type { Pool, PoolClient } from 'pg';
import { visibleAt } from './store';

export interface SnapshotDigest {
  digest: Buffer;
  records: number;
}

/**
 * A snapshot's digest: SHA-256 over key index and record hash of each of its records, by key index.
 * Taken over the stored hashes, so that it outlives the erasure of what they were taken from.
 * Done in two levels (256 groups by the key index's first byte), which needs no sort of the whole in one piece.
 */
export function snapshotDigest(client: Pool | PoolClient, number: number, version: number): Promise<SnapshotDigest> {
  return digestOf(client, `record_version r where r.dataset_id = $1 and ${visibleAt('$2')}`, [number, version]);
}

/** The digest of a first snapshot, taken over the loaded table before it becomes a partition. */
export function loadedDigest(pool: Pool, table: string): Promise<SnapshotDigest> {
  return digestOf(pool, `${table} r`, []);
}

async function digestOf(client: Pool | PoolClient, rows: string, values: number[]): Promise<SnapshotDigest> {
  const result = await client.query(
    `select sha256(coalesce(string_agg(part, ''::bytea order by first), ''::bytea)) as digest, coalesce(sum(n), 0)::int as records
     from (
       select get_byte(r.key_index, 0) as first, sha256(string_agg(r.key_index || r.hash, ''::bytea order by r.key_index)) as part, count(*) as n
       from ${rows} group by 1
     ) groups`,
    values,
  );
  return { digest: result.rows[0].digest, records: result.rows[0].records };
}
