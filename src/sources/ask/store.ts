import type { Database } from '../../infra/db';
import type { Ledger } from './limits';

/** Counts requests to a source per day, shared by all processes; a request that would pass the limit is not counted. */
export function sourceLedger(db: Database): Ledger {
  return {
    take: async (source, day, limit) => {
      const { rowCount } = await db.pool.query(
        `insert into source_usage as u (source, day, used) values ($1, $2, 1)
         on conflict (source, day) do update set used = u.used + 1 where u.used < $3`,
        [source, day, limit],
      );
      return rowCount === 1;
    },
  };
}
