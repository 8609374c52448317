import type { PoolClient } from 'pg';
import type { Publication } from './publish';

export interface WriteCounts {
  added: number;
  changed: number;
  removed: number;
}

/**
 * Writes what is staged, no key twice. Readings mostly hold none twice, and looking for it costs as much as the comparison:
 * so first it is written, and taken back if the counts or a unique index tell of a double.
 */
export async function writeWithoutDuplicates(
  client: PoolClient,
  job: Publication,
  number: number,
  before: number,
  write: () => Promise<WriteCounts>,
): Promise<WriteCounts & { merged: number; settled: boolean }> {
  await client.query('savepoint written');
  const counts = await write().catch((error: { code?: string }) => {
    if (error.code === uniqueViolation) return undefined;
    throw error;
  });
  if (counts && job.whole && (await addsUp(client, job, before, counts))) return { ...counts, merged: 0, settled: false };
  await client.query('rollback to savepoint written');
  const merged = await settleDuplicates(client, job, number);
  return { ...(await write()), merged, settled: true };
}

const uniqueViolation = '23505';

/** Each record of before is unchanged, changed or gone, and was then seen just once. Set-aside copies of known records leave this open. */
async function addsUp(client: PoolClient, job: Publication, before: number, { changed, removed }: WriteCounts): Promise<boolean> {
  const { rows } = await client.query(
    `select (select count(*) from ${job.tables.seen})::int as seen, exists (select 1 from ${job.tables.notes} where key_index is not null) as open`,
  );
  return !rows[0].open && before - removed === changed + rows[0].seen;
}

/**
 * The same key twice in one reading: identical copies become one; conflicting ones are all set aside
 * and the record's last version stays. Returns how many copies were merged.
 */
async function settleDuplicates(client: PoolClient, job: Publication, number: number): Promise<number> {
  const { seen, written } = job.tables;
  const doubled = await client.query(
    `create temp table doubled on commit drop as
     select key_index from (select key_index from ${written} union all select key_index from ${seen}) c group by key_index having count(*) > 1`,
  );
  if (doubled.rowCount === 0) return 0;
  // Unchanged copies are all alike; a written one is unlike them.
  await client.query(
    `create temp table conflicting on commit drop as
     select d.key_index from doubled d
     left join (select key_index, count(distinct hash) as n from ${written} join doubled using (key_index) group by key_index) w using (key_index)
     where coalesce(w.n, 0) + (case when exists (select 1 from ${seen} s where s.key_index = d.key_index) then 1 else 0 end) > 1`,
  );
  await setAsideConflicts(client, job, number);
  return (await mergeIdentical(client, written)) + (await mergeIdentical(client, seen));
}

async function setAsideConflicts(client: PoolClient, job: Publication, number: number): Promise<void> {
  const { notes, seen, written } = job.tables;
  // An unchanged copy was not sealed again: its stored version is the same record.
  await client.query(
    `insert into quarantine (dataset, first_run, last_run, page, position, reason, kind, fingerprint, key_index, key_id, sealed)
     select distinct on (hash) $1, $2::int, $2::int, 0, 0, 'duplicate-conflict', 'record', hash, key_index, key_id,
            convert_to(jsonb_build_object('open', open, 'sealed', encode(sealed, 'base64'))::text, 'UTF8')
     from (
       select w.hash, w.key_index, $3::int as key_id, w.open, w.sealed from ${written} w join conflicting using (key_index)
       union all
       select r.hash, r.key_index, r.key_id, r.open, r.sealed from record_version r join conflicting using (key_index)
       where r.dataset_id = $4 and r.closed is null and exists (select 1 from ${seen} s where s.key_index = r.key_index)
     ) copies order by hash
     on conflict (dataset, fingerprint, reason) do update set last_run = excluded.last_run, page = excluded.page, position = excluded.position,
       status = 'open', resolved_at = null`,
    [job.dataset, job.runId, job.keyId, number],
  );
  await client.query(`delete from ${written} where key_index in (select key_index from conflicting)`);
  await client.query(`delete from ${seen} where key_index in (select key_index from conflicting)`);
  await client.query(`insert into ${notes} (page, position, state, key_index, hash) select 0, 0, 3, key_index, key_index from conflicting`);
}

async function mergeIdentical(client: PoolClient, table: string): Promise<number> {
  const { rowCount } = await client.query(
    `delete from ${table} c using (
       select c.key_index, min(c.ctid) as first from ${table} c join doubled using (key_index) group by c.key_index
     ) kept where c.key_index = kept.key_index and c.ctid <> kept.first`,
  );
  return rowCount ?? 0;
}
