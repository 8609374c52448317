import type { PoolClient } from 'pg';
import type { Publication } from './publish';

/**
 * Keeps what a reading set aside: the same bad record is one row through many nights, and one that no longer comes is gone.
 * Returns how many are open from this run.
 */
export async function keepQuarantined(client: PoolClient, job: Publication): Promise<number> {
  await client.query(
    `insert into quarantine (dataset, first_run, last_run, page, position, reason, field, kind, fingerprint, key_index, key_id, sealed)
     select distinct on (hash, reason) $1, $2::int, $2::int, page, position, reason, field, 'raw', hash, key_index, $3, sealed
     from ${job.tables.notes} where state = 2 order by hash, reason, page, position
     on conflict (dataset, fingerprint, reason) do update set last_run = excluded.last_run, page = excluded.page, position = excluded.position,
       field = excluded.field, key_index = excluded.key_index, key_id = excluded.key_id, sealed = excluded.sealed, status = 'open', resolved_at = null`,
    [job.dataset, job.runId, job.keyId],
  );
  if (job.whole) {
    await client.query(
      `update quarantine set status = 'gone', resolved_at = $3 where dataset = $1 and status = 'open' and last_run <> $2`,
      [job.dataset, job.runId, job.now],
    );
  }
  const open = await client.query(`select count(*)::int as n from quarantine where dataset = $1 and status = 'open' and last_run = $2`, [
    job.dataset,
    job.runId,
  ]);
  return open.rows[0].n;
}
