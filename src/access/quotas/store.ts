import { createHash } from 'node:crypto';
import type { Mode } from '../../agreements/language';
import { type IsoDate, istanbulDate } from '../../core/dates';
import type { Database } from '../../infra/db';
import { type QuotaStanding, quotaStanding, type Standing } from './standing';

/** What a request wants to use. */
export interface QuotaRequest {
  /**
   * The same for every try of one request, and for no other: its own id, or a keyed digest of the caller's idempotency key together
   * with what is asked. It stands in the database as a digest.
   */
  requestKey: string;
  at: Date;
  dataset: string;
  mode: Mode;
  party: string;
  unit?: string | null;
  /** The number of an authorised person of the party. */
  person?: number | null;
  queries: number;
  /** The most that it may release. */
  records: number;
}

export type Reservation =
  | { allow: true; chargeId: string; quotas: QuotaStanding[] }
  | { allow: false; refusedBy: QuotaStanding; quotas: QuotaStanding[] };

/**
 * Counts a request to the Istanbul day of `at`, if every open limit that it falls under has room for it; else it counts nothing
 * (V.Ç.7; that records are counted beside queries is policy). One statement, one round trip; correct beside any number of processes.
 *
 * The same request again on that day counts only what it wants beyond what it was counted with: so a retry of one that is settled may
 * be refused if others have used what it gave back. Of tries that run at once the one that used most counts.
 *
 * Reserve before the audit log is written: the reservation does not wait for the disk, and that entry, which does, takes it along.
 * @throws KopruError never of its own; what the database says
 */
export async function reserve(db: Database, request: QuotaRequest): Promise<Reservation> {
  return (await reserveAll(db, [request]))[0] as Reservation;
}

/** The same for several requests in one statement, each as if it came alone; their order among each other is free. */
export async function reserveAll(db: Database, requests: readonly QuotaRequest[]): Promise<Reservation[]> {
  const asked = requests.map((request, i) => ({ request, i, day: istanbulDate(request.at), key: keyOf(request) }));
  // Whoever locks several takes them in one order.
  const place = ({ request: { dataset, party } }: (typeof asked)[number]) => `${dataset} ${party}`;
  asked.sort((one, other) => (place(one) < place(other) ? -1 : place(one) > place(other) ? 1 : one.i - other.i));
  const column = <T>(of: (request: QuotaRequest) => T) => asked.map(({ request }) => of(request));
  const { rows } = await db.pool.query<{ members: number[]; pass: number | null; standings: Counted[] }>({
    name: 'quota-reserve-all',
    text: `select r.members, r.pass, r.standings, set_config('synchronous_commit', 'off', true)
             from quota_reserve_all($1::date[], $2::bytea[], $3::timestamptz[], $4::text[], $5::text[], $6::text[], $7::text[], $8::int[],
                                    $9::int[], $10::bigint[]) as r`,
    values: [
      asked.map(({ day }) => day),
      asked.map(({ key }) => key),
      column((r) => r.at),
      column((r) => r.dataset),
      column((r) => r.mode),
      column((r) => r.party),
      column((r) => r.unit ?? null),
      column((r) => r.person ?? null),
      column((r) => r.queries),
      column((r) => r.records),
    ],
  });
  const outcomes: Reservation[] = [];
  for (const { members, pass, standings } of rows) {
    // What those before in the same row have used meanwhile.
    const before = { queries: 0, records: 0 };
    for (const member of members) {
      const { request, i, day, key } = asked[member - 1] as (typeof asked)[number];
      const now = standings.map((s) => ({ ...s, used: s.used + before[s.what], adds: s.adds ?? request[s.what] }));
      outcomes[i] = outcomeOf(now, request.at, pass === null ? undefined : `${day}.${key.toString('hex')}.${pass}`);
      before.queries += request.queries;
      before.records += request.records;
    }
  }
  return outcomes;
}

/** A limit as it is before a request; of one that was counted with others, what it adds is what it wants. */
type Counted = Standing & { adds?: number };

function outcomeOf(standings: readonly (Standing & { adds: number })[], at: Date, chargeId: string | undefined): Reservation {
  const shown = ({ scope, what, mode, limit, used }: Standing, more: number) =>
    quotaStanding({ scope, what, ...(mode ? { mode } : {}), limit, used: used + more }, at);
  if (chargeId !== undefined) return { allow: true, chargeId, quotas: standings.map((s) => shown(s, s.adds)) };
  const refusing = standings.find((s) => s.adds > 0 && s.used + s.adds > s.limit) as Standing;
  return { allow: false, refusedBy: shown(refusing, 0), quotas: standings.map((s) => shown(s, 0)) };
}

/**
 * Ends a reservation with the records that were released, and gives back the others; queries stay counted. The day is that of the
 * reservation. More than was reserved is counted, too. Again: does nothing. Returns whether it was still open.
 */
export async function settle(db: Database, chargeId: string, { records }: { records: number }): Promise<boolean> {
  const [day, key = '', pass] = chargeId.split('.');
  const { rows } = await db.pool.query<{ settled: boolean }>(
    `select quota_settle($1, $2, $3, $4) as settled, set_config('synchronous_commit', 'off', true)`,
    [day, Buffer.from(key, 'hex'), pass, records],
  );
  return rows[0]?.settled === true;
}

/**
 * Ends reservations that were made before this time and never settled, since their process died: all that they reserved counts as
 * used (policy: what may have been released is counted). Returns how many.
 */
export async function settleAbandoned(db: Database, before: Date): Promise<number> {
  const { rowCount } = await db.pool.query(
    `update quota_charge set open = '{}', used = greatest(used, reserved) where open <> '{}' and at < $1`,
    [before],
  );
  return rowCount ?? 0;
}

/** Deletes the ledger's rows of days before this one; the day's counters stay. Returns how many. */
export async function deleteCharges(db: Database, before: IsoDate): Promise<number> {
  const { rowCount } = await db.pool.query('delete from quota_charge where day < $1', [before]);
  return rowCount ?? 0;
}

/** A request is the same only for the same party, person, dataset and mode: another one under its key is counted by itself. */
function keyOf({ requestKey, dataset, mode, party, unit = null, person = null }: QuotaRequest): Buffer {
  const whose = JSON.stringify([dataset, mode, party, unit, person, requestKey]);
  return createHash('sha256').update(whose).digest().subarray(0, 16);
}
