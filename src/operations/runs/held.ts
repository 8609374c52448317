import type { PoolClient } from 'pg';
import type { Database } from '../../infra/db';

/**
 * Does the work while holding the advisory lock on a row; does nothing if another process holds it. `lost` tells that the
 * connection broke and with it the lock: another process may take the row over.
 */
export async function underLock(db: Database, lock: number, id: number, work: (lost: AbortSignal) => Promise<void>): Promise<void> {
  const holder = await db.pool.connect();
  const broken = new AbortController();
  const breakOff = () => broken.abort();
  holder.on('error', breakOff).on('end', breakOff);
  try {
    const { rows } = await holder.query('select pg_try_advisory_lock($1, $2) as mine', [lock, id]);
    if (!rows[0].mine) return;
    try {
      await work(broken.signal);
    } finally {
      await unlock(holder, lock, id);
    }
  } finally {
    holder.off('error', breakOff).off('end', breakOff);
    holder.release(broken.signal.aborted);
  }
}

async function unlock(holder: PoolClient, lock: number, id: number): Promise<void> {
  // A connection that is gone has given its locks back.
  await holder.query('select pg_advisory_unlock($1, $2)', [lock, id]).catch(() => undefined);
}
