import type { Database } from '../../infra/db';
import { partLock, runLock } from './locks';

/** Whether nobody holds the advisory lock of this class on the row: a process that died has let go of it at once. */
const unheld = (lock: number, id: string) => `not exists (
  select 1 from pg_locks l where l.locktype = 'advisory' and l.granted and l.classid = ${lock} and l.objid = ${id}
    and l.database = (select oid from pg_database where datname = current_database()))`;

/**
 * Runs that wait for a worker: requested, rested long enough, left by a process that died (marked running, while nobody
 * holds their lock), or read in parts that are all there.
 */
export async function dueRuns(db: Database, now: Date): Promise<{ id: number; attempts: number }[]> {
  const { rows } = await db.pool.query(
    `select r.id, r.attempts from run r
     where r.status = 'queued' or (r.status = 'waiting' and r.resume_at <= $1)
        or (r.status = 'running' and ${unheld(runLock, 'r.id')}
            and not exists (select 1 from run_part p where p.run_id = r.id and p.status <> 'done' and r.parts is not null))
     order by r.id`,
    [now],
  );
  return rows;
}

/** Parts of running pulls that wait for a worker, likewise. */
export async function dueParts(db: Database, now: Date): Promise<{ id: number; runId: number; pass: number; attempts: number }[]> {
  const { rows } = await db.pool.query(
    `select p.id, p.run_id as "runId", p.pass, p.attempts from run_part p join run r on r.id = p.run_id
     where r.status = 'running' and r.parts is not null
       and (p.status = 'queued' or (p.status = 'waiting' and p.resume_at <= $1) or (p.status = 'running' and ${unheld(partLock, 'p.id')}))
     order by p.run_id, p.number`,
    [now],
  );
  return rows;
}

/** Look-ups that wait for a worker, or whose worker did not come back in time. */
export async function dueLookups(db: Database, now: Date): Promise<{ id: string; attempts: number }[]> {
  const { rows } = await db.pool.query(
    `select id, attempts from lookup
     where expires_at > $1 and (status = 'queued' or (status = 'running' and claimed_until <= $1)) order by requested_at`,
    [now],
  );
  return rows;
}
