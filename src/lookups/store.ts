import type { Database } from '../infra/db';
import type { LookupRow } from './types';

/** How long an answer waits to be fetched, and how long a keyed one is kept for a repeat after its first delivery. */
const [waitMillis, repeatMillis] = [10 * 60_000, 2 * 60_000];
/** Rows without content stay for the metrics. */
const rowMillis = 24 * 3_600_000;

const columns = `id, party, person, dataset, purpose, case_ref as "caseRef", status, repeat_key is not null as keyed, key_id as "keyId", request, answer, error_code as "errorCode", subject, attempts`;

/** Somebody waits for each of these: planned once a connection. */
const statements = {
  write: `insert into lookup (id, party, dataset, purpose, repeat_key, key_id, request, requested_at, expires_at, subject, person, case_ref)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) on conflict (party, dataset, repeat_key) do nothing returning ${columns}`,
  find: `select ${columns} from lookup where id = $1`,
  claim: `update lookup set status = 'running', attempts = attempts + 1, claimed_until = $3
     where id = $1 and expires_at > $2 and (status = 'queued' or (status = 'running' and claimed_until <= $2)) returning ${columns}`,
  finish: `update lookup set status = $2, answer = $3, error_code = $4, finished_at = $5,
       request = case when repeat_key is null then null else request end,
       expires_at = case when $2 = 'failed' then least(expires_at, $6) else expires_at end
     where id = $1 and status = 'running' and attempts = $7`,
  take: `with taken as (select id, answer from lookup where id = $1 and status = 'answered' and expires_at > $2 for update)
     update lookup l set status = 'delivered', delivered_at = $2, answer = null, request = null from taken where l.id = taken.id
     returning taken.answer`,
  takeKeyed: `update lookup set delivered_at = coalesce(delivered_at, $2), expires_at = case when delivered_at is null then $3 else expires_at end
     where id = $1 and status = 'answered' and expires_at > $2 returning answer`,
};

function ask(to: Pick<Database['pool'], 'query'>, name: keyof typeof statements, values: unknown[]) {
  return to.query({ name: `lookup-${name}`, text: statements[name], values });
}

export interface NewLookup {
  id: string;
  party: string;
  person: number;
  dataset: string;
  purpose: string | null;
  caseRef: string | null;
  repeatKey: Buffer | null;
  keyId: number;
  request: Buffer;
  subject: Buffer | null;
  now: Date;
}

/** Writes a request, or finds the one that was made before with the same key. */
export async function writeLookup(db: Database, wish: NewLookup): Promise<{ row: LookupRow; already: boolean }> {
  const { id, party, person, dataset, purpose, caseRef, repeatKey, keyId, request, subject, now } = wish;
  const { rows } = await ask(db.pool, 'write', [
    id,
    party,
    dataset,
    purpose,
    repeatKey,
    keyId,
    request,
    now,
    new Date(now.getTime() + waitMillis),
    subject,
    person,
    caseRef,
  ]);
  if (rows[0]) return { row: rows[0], already: false };
  const found = await db.pool.query(`select ${columns} from lookup where party = $1 and dataset = $2 and repeat_key = $3`, [
    party,
    dataset,
    repeatKey,
  ]);
  return { row: found.rows[0], already: true };
}

export async function findLookup(db: Database, id: string): Promise<LookupRow | undefined> {
  return (await ask(db.reads, 'find', [id])).rows[0];
}

/** Takes a look-up up for so long; undefined if another worker has it, or it is done. */
export async function claimLookup(db: Database, id: string, now: Date, millis: number): Promise<LookupRow | undefined> {
  const { rows } = await ask(db.pool, 'claim', [id, now, new Date(now.getTime() + millis)]);
  return rows[0];
}

/** Notes the outcome of a claimed look-up. What was asked is no longer needed, unless a repeat may come. */
export async function finishLookup(
  db: Database,
  { id, attempts }: LookupRow,
  outcome: { answer: Buffer } | { errorCode: string },
  now: Date,
): Promise<void> {
  const answer = 'answer' in outcome ? outcome.answer : null;
  await ask(db.pool, 'finish', [
    id,
    answer ? 'answered' : 'failed',
    answer,
    'errorCode' in outcome ? outcome.errorCode : null,
    now,
    new Date(now.getTime() + repeatMillis),
    attempts,
  ]);
}

/** Lets another worker take a claimed look-up up at once. */
export async function handBack(db: Database, { id, attempts }: LookupRow): Promise<void> {
  await db.pool.query(`update lookup set status = 'queued', claimed_until = null where id = $1 and status = 'running' and attempts = $2`, [
    id,
    attempts,
  ]);
}

/**
 * Hands an answer out: once, after which it is gone; under an idempotency key again for a short while, so that a repeat is free.
 * Undefined if another caller was quicker.
 */
export async function takeAnswer(db: Database, row: LookupRow, now: Date): Promise<Buffer | undefined> {
  const { rows } = row.keyed
    ? await ask(db.pool, 'takeKeyed', [row.id, now, new Date(now.getTime() + repeatMillis)])
    : await ask(db.pool, 'take', [row.id, now]);
  return rows[0]?.answer ?? undefined;
}

/** Erases what nobody fetched in time, or was kept for a repeat; forgets old rows. */
export async function expireLookups(db: Database, now: Date): Promise<void> {
  await db.pool.query(
    `update lookup set status = case when delivered_at is not null then 'delivered' when status = 'failed' then 'failed' else 'expired' end,
       request = null, answer = null
     where expires_at <= $1 and (request is not null or answer is not null or status in ('queued', 'running', 'answered'))`,
    [now],
  );
  await db.pool.query('delete from lookup where expires_at <= $1', [new Date(now.getTime() - rowMillis)]);
}
