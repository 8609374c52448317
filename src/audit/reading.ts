import type { Pool } from 'pg';

/**
 * The log, for a reading that is this entry of it. The database's role for API processes sees the log in no other way: whoever
 * reads it as that role leaves a trace in it.
 */
export function loggedReading(pool: Pool, entry: number): Pick<Pool, 'query'> {
  const query = async (text: string, values?: unknown[]) => {
    const client = await pool.connect();
    try {
      await client.query('begin read only');
      await client.query(`select set_config('kopru.audit_reading', $1, true)`, [String(entry)]);
      const found = await client.query(text, values);
      await client.query('commit');
      client.release();
      return found;
    } catch (error) {
      // A connection whose rollback fails is of no more use.
      const broken = await client.query('rollback').then(
        () => false,
        () => true,
      );
      client.release(broken);
      throw error;
    }
  };
  return { query: query as Pool['query'] };
}
