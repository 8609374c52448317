import type { PoolClient } from 'pg';

/** Makes a temporary table, so that the planner knows its size, and of these or all columns what they hold. Returns how many rows it has. */
export async function makeScratch(client: PoolClient, table: string, sql: string, columns?: string): Promise<number> {
  const { rowCount } = await client.query(`create temp table ${table} on commit drop as ${sql}`);
  await client.query(`analyze ${table}${columns ? ` (${columns})` : ''}`);
  return rowCount ?? 0;
}
