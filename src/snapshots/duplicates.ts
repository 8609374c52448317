import type { PoolClient } from 'pg';
import type { Publication } from './publish';

/**
 * The same key twice in one reading: identical copies become one; conflicting ones are all set aside
 * and the record's last version stays. Returns how many copies were merged.
 */
export async function settleDuplicates(client: PoolClient, job: Publication, number: number): Promise<number> {
  const { notes, written } = job.tables;
  const copies = `(select key_index, hash from ${written} union all select key_index, hash from ${notes} where state = 0)`;
  const doubled = await client.query(
    `create temp table doubled on commit drop as select key_index from ${copies} c group by key_index having count(*) > 1`,
  );
  if (doubled.rowCount === 0) return 0;
  await client.query(
    `create temp table conflicting on commit drop as
     select key_index from ${copies} c join doubled using (key_index) group by key_index having count(distinct hash) > 1`,
  );
  await setAsideConflicts(client, job, number);
  return mergeIdentical(client, written, notes);
}

async function setAsideConflicts(client: PoolClient, job: Publication, number: number): Promise<void> {
  const { notes, written } = job.tables;
  // An unchanged copy was not sealed again: its stored version is the same record.
  await client.query(
    `insert into quarantine (dataset, first_run, last_run, page, position, reason, kind, fingerprint, key_index, key_id, sealed)
     select distinct on (hash) $1, $2::int, $2::int, page, position, 'duplicate-conflict', 'record', hash, key_index, key_id,
            convert_to(jsonb_build_object('open', open, 'sealed', encode(sealed, 'base64'))::text, 'UTF8')
     from (
       select 0 as page, 0 as position, w.hash, w.key_index, $3::int as key_id, w.open, w.sealed
       from ${written} w join conflicting using (key_index)
       union all
       select n.page, n.position, n.hash, n.key_index, r.key_id, r.open, r.sealed
       from ${notes} n join conflicting using (key_index)
       join record_version r on r.dataset_id = $4 and r.closed is null and r.key_index = n.key_index
       where n.state = 0
     ) copies order by hash, page, position
     on conflict (dataset, fingerprint, reason) do update set last_run = excluded.last_run, page = excluded.page, position = excluded.position,
       status = 'open', resolved_at = null`,
    [job.dataset, job.runId, job.keyId, number],
  );
  await client.query(`delete from ${written} where key_index in (select key_index from conflicting)`);
  await client.query(`delete from ${notes} where state = 0 and key_index in (select key_index from conflicting)`);
  await client.query(`insert into ${notes} (page, position, state, key_index, hash) select 0, 0, 3, key_index, key_index from conflicting`);
}

async function mergeIdentical(client: PoolClient, written: string, notes: string): Promise<number> {
  let merged = 0;
  for (const [table, only] of [
    [written, 'true'],
    [notes, 'c.state = 0'],
  ] as const) {
    const { rowCount } = await client.query(
      `delete from ${table} c using (
         select c.key_index, min(c.ctid) as first from ${table} c join doubled using (key_index) where ${only} group by c.key_index
       ) kept where c.key_index = kept.key_index and ${only} and c.ctid <> kept.first`,
    );
    merged += rowCount ?? 0;
  }
  return merged;
}
