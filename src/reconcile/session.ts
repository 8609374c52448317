import type { Pool, PoolClient } from 'pg';
import { transaction } from '../infra/db';

/** The class of advisory locks under which an agreement's findings are brought up to date. */
const reconcileLock = 71_005;

/** Works in one transaction, alone: who comes meanwhile waits, and then sees what this one made. */
export function reconcileAlone<T>(pool: Pool, work: (client: PoolClient) => Promise<T>): Promise<T> {
  return transaction(pool, async (client) => {
    // Handing a row over between processes costs next to nothing here, so that both cores read; and what is read was written a moment
    // ago, so that it lies in memory and a few rows are better looked up than sought. For these tables a small sample will do.
    await client.query(`set local work_mem = '64MB'; set local parallel_tuple_cost = 0.001; set local default_statistics_target = 20;
      set local seq_page_cost = 0.1; set local random_page_cost = 0.2`);
    await client.query('select pg_advisory_xact_lock($1, 0)', [reconcileLock]);
    return work(client);
  });
}

/**
 * Marks the rows of the tables that were made anew, and of the worklist, as seen by everybody: else whoever reads them first does so row
 * by row, and all of them are written once more. After the transaction, alone too.
 */
export async function settle(pool: Pool): Promise<void> {
  const client = await pool.connect();
  try {
    await client.query('select pg_advisory_lock($1, 0)', [reconcileLock]);
    const { rows } = await client.query(`select 'compare.' || tablename as name from pg_tables where schemaname = 'compare'`);
    await client.query(`vacuum (skip_database_stats) ${[...rows.map(({ name }) => name), 'finding'].join(', ')}`);
  } finally {
    // The lock ends with the connection.
    client.release(true);
  }
}
