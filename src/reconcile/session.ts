import type { Pool, PoolClient } from 'pg';
import { transaction } from '../infra/db';

/** The class of advisory locks under which an agreement's findings are brought up to date. */
const reconcileLock = 71_005;

/** Works in one transaction, alone: who comes meanwhile waits, and then sees what this one made. */
export function reconcileAlone<T>(pool: Pool, work: (client: PoolClient) => Promise<T>): Promise<T> {
  return transaction(pool, async (client) => {
    // Handing a row over between processes costs next to nothing here, so that both cores read. For these tables a small sample will do.
    await client.query(`set local work_mem = '64MB'; set local parallel_tuple_cost = 0.001; set local default_statistics_target = 20`);
    await client.query('select pg_advisory_xact_lock($1, 0)', [reconcileLock]);
    return work(client);
  });
}
