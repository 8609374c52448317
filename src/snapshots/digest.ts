import type { Pool, PoolClient } from 'pg';
import { visibleAt } from './store';

/**
 * A snapshot's digest: SHA-256 over key index and record hash of each of its records, by key index.
 * Taken over the stored hashes, so that it outlives the erasure of what they were taken from.
 * Done in two levels (256 groups by the key index's first byte), which needs no sort of the whole in one piece.
 */
export async function snapshotDigest(
  client: Pool | PoolClient,
  number: number,
  version: number,
): Promise<{ digest: Buffer; records: number }> {
  const { rows } = await client.query(
    `select sha256(coalesce(string_agg(part, ''::bytea order by first), ''::bytea)) as digest, coalesce(sum(n), 0)::int as records
     from (
       select get_byte(r.key_index, 0) as first, sha256(string_agg(r.key_index || r.hash, ''::bytea order by r.key_index)) as part, count(*) as n
       from record_version r where r.dataset_id = $1 and ${visibleAt('$2')} group by 1
     ) groups`,
    [number, version],
  );
  return { digest: rows[0].digest, records: rows[0].records };
}
