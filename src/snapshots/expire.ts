import type { PoolClient } from 'pg';
import { type Database, transaction } from '../infra/db';
import { publishLock } from './partition';

import { datasetNumber } from './store';

/** Records that one transaction deletes at most, so that publication never waits long. */
const batchRows = 50_000;

/** Where it is noted which expired snapshots' records are still to be deleted; a killed process leaves the note to the next one. */
const noteKey = (dataset: string) => `expired records of ${dataset}`;

/**
 * Published snapshots of dataset $1, published before $2, that nothing keeps: neither the newest nor a year's reference.
 * What waits for a decision is not published.
 */
const outlived = `s.dataset = $1 and s.status = 'published' and s.published_at < $2
  and s.version < (select max(n.version) from snapshot n where n.dataset = $1 and n.status = 'published')
  and not exists (select 1 from year_reference y where y.dataset = s.dataset and y.version = s.version)`;

/**
 * Marks a dataset's snapshots that were published before a time as expired, all but the newest one and the years' references.
 * From then on readers do not find them. Their rows and digests stay. Returns how many there were.
 */
export async function expireSnapshots(db: Database, dataset: string, before: Date): Promise<number> {
  // Without any there is no need to wait for a publication under way.
  if ((await db.pool.query(`select 1 from snapshot s where ${outlived} limit 1`, [dataset, before])).rowCount === 0) return 0;
  return inTurn(db, dataset, async (client) => {
    const { rows } = await client.query(`update snapshot s set status = 'expired' where ${outlived} returning s.version`, [
      dataset,
      before,
    ]);
    await client.query(
      `insert into installation (key, value) values ($1, to_jsonb($2::int[]))
       on conflict (key) do update set value = installation.value || excluded.value`,
      [noteKey(dataset), rows.map((row) => row.version)],
    );
    return rows.length;
  });
}

/**
 * Deletes one batch of the record versions that only expired snapshots of a dataset showed; `done` says that none is left.
 * To be called until then. The digests of all other snapshots stay what they are.
 */
export async function deleteExpired(db: Database, dataset: string, limit = batchRows): Promise<{ deleted: number; done: boolean }> {
  const noted = await db.prisma.installation.count({ where: { key: noteKey(dataset) } });
  if (noted === 0) return { deleted: 0, done: true };
  return inTurn(db, dataset, async (client, number) => {
    let deleted = 0;
    for (const gap of await gaps(client, dataset)) {
      const { rowCount } = await client.query(
        `delete from record_version r using (
           select d.id from record_version d
           where d.dataset_id = $1 and d.opened > $2 and d.closed > $2 and d.closed <= $3 limit $4
         ) dead where r.dataset_id = $1 and r.id = dead.id`,
        [number, gap.after, gap.until, limit - deleted],
      );
      deleted += rowCount ?? 0;
      if (deleted >= limit) return { deleted, done: false };
    }
    await client.query('delete from installation where key = $1', [noteKey(dataset)]);
    return { deleted, done: true };
  });
}

/**
 * The stretches of versions between two kept snapshots in which the noted ones lie. A record version that was opened after the
 * one and closed by the other, or before it, is shown by no kept snapshot. One that is still open never lies in a gap.
 */
async function gaps(client: PoolClient, dataset: string): Promise<{ after: number; until: number }[]> {
  const { rows } = await client.query(
    `with kept as (select version from snapshot where dataset = $1 and status in ('published', 'held', 'pending'))
     select distinct (select coalesce(max(k.version), 0) from kept k where k.version < e.version::int) as after,
                     (select min(k.version) from kept k where k.version > e.version::int) as until
     from installation i, jsonb_array_elements_text(i.value) e(version)
     where i.key = $2 order by 1`,
    [dataset, noteKey(dataset)],
  );
  return rows;
}

/** Under the lock under which snapshots are made and decided: what is kept does not change meanwhile. */
async function inTurn<T>(db: Database, dataset: string, work: (client: PoolClient, number: number) => Promise<T>): Promise<T> {
  const number = await datasetNumber(db, dataset);
  return transaction(db.pool, async (client) => {
    await client.query('select pg_advisory_xact_lock($1, $2)', [publishLock, number]);
    return work(client, number);
  });
}

/** Deletes one batch of a dataset's quarantined records that were settled before a time. Returns how many. */
export async function deleteSettled(db: Database, dataset: string, before: Date, limit = batchRows): Promise<number> {
  // The status is asked again of the row itself: a pull may just have seen the record come back.
  const { rowCount } = await db.pool.query(
    `delete from quarantine q using (
       select id from quarantine where dataset = $1 and status <> 'open' and resolved_at < $2 limit $3
     ) old where q.id = old.id and q.status <> 'open' and q.resolved_at < $2`,
    [dataset, before, limit],
  );
  return rowCount ?? 0;
}
