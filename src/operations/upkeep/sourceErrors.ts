import type { ErrorCode, KopruError } from '../../core/errors';
import type { Database } from '../../infra/db';
import type { Broker } from '../broker';

/** Counts an error that a source answered with. The code alone is kept: an answer's text may quote a person. */
export async function countSourceError(db: Database, source: string, code: ErrorCode, at: Date): Promise<void> {
  await db.pool.query(
    `insert into source_error as e (source, code, count, last_at) values ($1, $2, 1, $3)
     on conflict (source, code) do update set count = e.count + 1, last_at = greatest(e.last_at, excluded.last_at)`,
    [source, code, at],
  );
}

/** Counts an error that ended a run or a part, where the source was its cause; counting must not stand in the way of what follows. */
export async function noteSourceError({ db, clock }: Broker, source: string, { code }: KopruError): Promise<void> {
  if (code.startsWith('source-')) await countSourceError(db, source, code, clock()).catch(() => undefined);
}
