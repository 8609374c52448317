import type { ErrorCode } from '../core/errors';
import type { Database } from '../infra/db';

/** Counts an error that a source answered with. The code alone is kept: an answer's text may quote a person. */
export async function countSourceError(db: Database, source: string, code: ErrorCode, at: Date): Promise<void> {
  await db.pool.query(
    `insert into source_error as e (source, code, count, last_at) values ($1, $2, 1, $3)
     on conflict (source, code) do update set count = e.count + 1, last_at = greatest(e.last_at, excluded.last_at)`,
    [source, code, at],
  );
}
