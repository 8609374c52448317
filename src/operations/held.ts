import type { PoolClient } from 'pg';
import type { Database } from '../infra/db';

/** Does the work while holding the advisory lock on a row; does nothing if another process holds it. */
export async function underLock(db: Database, lock: number, id: number, work: () => Promise<void>): Promise<void> {
  const holder = await db.pool.connect();
  try {
    const { rows } = await holder.query('select pg_try_advisory_lock($1, $2) as mine', [lock, id]);
    if (!rows[0].mine) return;
    try {
      await work();
    } finally {
      await unlock(holder, lock, id);
    }
  } finally {
    holder.release();
  }
}

async function unlock(holder: PoolClient, lock: number, id: number): Promise<void> {
  // A connection that is gone has given its locks back.
  await holder.query('select pg_advisory_unlock($1, $2)', [lock, id]).catch(() => undefined);
}
