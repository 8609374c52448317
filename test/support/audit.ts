import type { Database } from '../../src/infra/db';

/** An entry of the audit log, as tests look at it. */
export interface Logged {
  seq: number;
  at: Date;
  kind: string;
  requestId: string;
  party: string | null;
  by: string | null;
  action: string;
  dataset: string | null;
  snapshot: number | null;
  grant: string | null;
  fields: string[];
  purpose: string | null;
  decision: string;
  code: string | null;
  article: string | null;
  detail: unknown;
  subjects: Buffer | null;
  /** How many records left. */
  records: number | null;
  person: number | null;
  unit: string | null;
  address: string | null;
  case: string | null;
}

/** The entries of the audit log with these members, in their order. */
export async function logged(db: Pick<Database, 'pool'>, members: Record<string, unknown> = {}): Promise<Logged[]> {
  const { rows } = await db.pool.query('select seq, at, body, subjects from audit_entry where body::jsonb @> $1 order by seq', [
    JSON.stringify(members),
  ]);
  const none = { party: null, by: null, dataset: null, snapshot: null, grant: null, fields: [], purpose: null, code: null, article: null };
  return rows.map(({ seq, at, body, subjects }) => ({
    ...none,
    detail: null,
    records: null,
    person: null,
    unit: null,
    address: null,
    case: null,
    ...JSON.parse(body),
    seq: Number(seq),
    at,
    subjects,
  }));
}
