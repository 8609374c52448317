import type { Database } from '../infra/db';
import { runLock } from './execute';

/**
 * Runs that wait for a worker: requested, rested long enough, or left by a process that died
 * (marked running, while nobody holds their lock).
 */
export async function dueRuns(db: Database, now: Date): Promise<{ id: number; attempts: number }[]> {
  const { rows } = await db.pool.query(
    `select r.id, r.attempts from run r
     where r.status = 'queued' or (r.status = 'waiting' and r.resume_at <= $2)
        or (r.status = 'running' and not exists (
          select 1 from pg_locks l where l.locktype = 'advisory' and l.granted and l.classid = $1 and l.objid = r.id
            and l.database = (select oid from pg_database where datname = current_database())))
     order by r.id`,
    [runLock, now],
  );
  return rows;
}
