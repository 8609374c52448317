import type { Pool, PoolClient } from 'pg';
import { KopruError } from '../core/errors';
import { together } from '../core/together';
import type { Database } from '../infra/db';
import { type AuditEntry, stored } from './entry';

export interface AuditLog {
  /**
   * Writes an entry durably; returns its number.
   * @throws KopruError `audit-unavailable`: then nothing was written, and nothing may be released or done.
   */
  append(entry: AuditEntry): Promise<number>;
}

/** So that one statement stays small, whatever waits. */
const mostAtOnce = 500;
const statement = 'select audit_append($1, $2) as last';

/** The log of this process. Entries that come while others are being written are written together: one statement, one commit. */
export function createAuditLog(pool: Pick<Pool, 'query'>): AuditLog {
  const write = together(async (entries: readonly { body: string; subjects: Buffer | null }[]) => {
    const values = [entries.map((e) => e.body), entries.map((e) => e.subjects)];
    const { rows } = await pool.query({ name: 'audit-append', text: statement, values });
    const first = Number(rows[0].last) - entries.length + 1;
    return entries.map((_, i) => first + i);
  }, mostAtOnce);
  return {
    append: async (entry) => {
      // What cannot be written as an entry fails alone.
      const written = stored(entry);
      return write(written).catch((cause) => {
        throw unavailable(entry, cause);
      });
    },
  };
}

/** A connection in a transaction, or Prisma's. */
type Within = Pick<PoolClient, 'query'> | Pick<Database['prisma'], '$queryRawUnsafe'>;

/**
 * Writes an entry in the caller's transaction: both are kept, or neither. To be called last, for it holds all other appends up
 * until the transaction ends.
 * @throws KopruError `audit-unavailable`
 */
export async function appendWithin(within: Within, entry: AuditEntry): Promise<void> {
  const { body, subjects } = stored(entry);
  try {
    if ('query' in within) await within.query(statement, [[body], [subjects]]);
    else await within.$queryRawUnsafe('select audit_append(array[$1::text], array[$2::bytea])', body, subjects && new Uint8Array(subjects));
  } catch (cause) {
    throw unavailable(entry, cause);
  }
}

function unavailable({ kind }: AuditEntry, cause: unknown): KopruError {
  const what =
    kind === 'access' ? 'The access could not be logged, so nothing was released.' : 'It could not be logged, so it was not done.';
  return new KopruError('audit-unavailable', what, { hint: 'Try again; if it stays so, an operator looks at the database.', cause });
}
