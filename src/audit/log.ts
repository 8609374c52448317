import { KopruError } from '../core/errors';
import type { Database } from '../infra/db';

/** One access, as it is logged before anything is released (Ek-2 3.1.5). Holds no personal data in clear. */
export interface AccessEntry {
  at: Date;
  requestId: string;
  party: string | null;
  action:
    | 'authenticate'
    | 'datasets'
    | 'snapshots'
    | 'records'
    | 'record'
    | 'changes'
    | 'export'
    | 'runs'
    | 'lookup'
    | 'lookup-answer'
    | 'findings';
  dataset: string | null;
  snapshot?: number | undefined;
  grantId?: string | undefined;
  fields?: readonly string[];
  purpose?: string | undefined;
  decision: 'allow' | 'refuse';
  code?: string | undefined;
  article?: string | undefined;
  /** The keyed index, under the log's own key, of the national id asked for. */
  subject?: Buffer;
}

/**
 * Writes an access durably.
 * @throws KopruError `audit-unavailable`: then nothing may be released.
 */
export async function logAccess(db: Database, entry: AccessEntry): Promise<void> {
  const { at, requestId, party, action, dataset, snapshot, grantId, fields, purpose, decision, code, article, subject } = entry;
  try {
    await db.pool.query(
      `insert into access_log (at, request_id, party, action, dataset, snapshot, grant_id, fields, purpose, decision, code, article, subject)
       values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)`,
      [at, requestId, party, action, dataset, snapshot, grantId, [...(fields ?? [])], purpose, decision, code, article, subject],
    );
  } catch (cause) {
    throw new KopruError('audit-unavailable', 'The access could not be logged, so nothing was released.', {
      hint: 'Try again; if it stays so, an operator looks at the database.',
      cause,
    });
  }
}

/** Writes what an operator did; given a transaction, in that one. */
export async function logOperation(
  db: { prisma: Pick<Database['prisma'], 'operationLog'> },
  entry: { at: Date; by: string; command: string; detail: object },
): Promise<void> {
  await db.prisma.operationLog.create({ data: entry });
}
