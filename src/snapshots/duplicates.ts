import type { PoolClient } from 'pg';
import type { Publication } from './publish';

/**
 * The same key twice in one reading: identical copies become one; conflicting ones are all set aside
 * and the record's last version stays. Returns how many copies were merged.
 */
export async function publishDuplicates(client: PoolClient, job: Publication, number: number): Promise<number> {
  const doubled = await client.query(
    `create temp table doubled on commit drop as
     select key_index from ${job.table} where state in (0, 1) group by key_index having count(*) > 1`,
  );
  if (doubled.rowCount === 0) return 0;
  await client.query(
    `create temp table conflicting on commit drop as
     select key_index from ${job.table} join doubled using (key_index) where state in (0, 1) group by key_index having count(distinct hash) > 1`,
  );
  // An unchanged copy was not sealed again: its stored version is the same record.
  await client.query(
    `insert into quarantine (dataset, first_run, last_run, page, position, reason, kind, fingerprint, key_index, key_id, sealed)
     select distinct on (s.hash) $1, $2::int, $2::int, s.page, s.position, 'duplicate-conflict', 'record', s.hash, s.key_index,
            case when s.state = 1 then $3 else r.key_id end,
            convert_to(jsonb_build_object('open', coalesce(s.open, r.open), 'sealed', encode(coalesce(s.sealed, r.sealed), 'base64'))::text, 'UTF8')
     from ${job.table} s join conflicting using (key_index)
     left join record_version r on s.state = 0 and r.dataset_id = $4 and r.closed is null and r.key_index = s.key_index
     where s.state in (0, 1) order by s.hash, s.page, s.position
     on conflict (dataset, fingerprint, reason) do update set last_run = excluded.last_run, page = excluded.page, position = excluded.position,
       status = 'open', resolved_at = null`,
    [job.dataset, job.runId, job.keyId, number],
  );
  await client.query(`update ${job.table} set state = 3 where state in (0, 1) and key_index in (select key_index from conflicting)`);
  const merged = await client.query(
    `delete from ${job.table} s using (
       select c.key_index, min(c.ctid) as first from ${job.table} c join doubled using (key_index) where c.state in (0, 1) group by c.key_index
     ) kept where s.key_index = kept.key_index and s.state in (0, 1) and s.ctid <> kept.first`,
  );
  return merged.rowCount ?? 0;
}
