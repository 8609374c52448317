import { decide, type Request } from '../access/decide';
import { rateLimitHeaders } from '../access/quotas/headers';
import { settle } from '../access/quotas/store';
import type { Mode } from '../agreements/language';
import type { AuditEntry } from '../audit/entry';
import { repeatKeyOf } from '../lookups/sealed';
import { countChosen } from '../snapshots/chosen';
import type { Permission } from './permit';
import { allowedOf } from './refusal';
import type { Asker, DoorDeps } from './types';

export interface Charge {
  dataset: string;
  mode: Mode;
  /** What makes this request another one than the asker's next. */
  reading: string;
  queries: number;
  /** The most that may be released. */
  records: number;
  /** What is logged if there is no room. */
  entry: AuditEntry;
  /** What was decided, to be decided anew without room. */
  request: Request;
}

/** Ends a charge with the records that left; what was reserved beside them is given back. */
export type Settle = (records: number) => Promise<void>;

/**
 * Counts a query and its records against the limits that the data's owner set (V.Ç.7); an owner's own reading is not limited
 * (policy). What there is no room for is refused, logged and thrown, and counts nothing.
 * @throws KopruError `quota-exceeded`
 */
export async function charge(
  deps: DoorDeps,
  asker: Asker,
  { dataset, mode, reading, queries, records, entry, request }: Charge,
): Promise<Settle> {
  const { agreement, db, audit, clock, keys } = deps;
  const { id: person, party, unit } = asker.who.person;
  if (agreement.datasets[dataset]?.owner === party) return async () => undefined;
  const at = clock();
  const own = asker.repeatKey === undefined ? asker.requestId : (await repeatKeyOf(keys, agreement.id, asker.repeatKey)).toString('hex');
  const reserved = await deps.reads.reserve({ requestKey: `${own} ${reading}`, at, dataset, mode, party, unit, person, queries, records });
  asker.heard?.(rateLimitHeaders(reserved.quotas, at, reserved.allow ? undefined : reserved.refusedBy));
  if (reserved.allow) return async (used) => void (await settle(db, reserved.chargeId, { records: used }));
  const refusal = decide(agreement, await deps.state(), asker.who, { ...request, exhausted: reserved.refusedBy });
  await audit.append({ ...entry, decision: 'refuse', code: 'quota-exceeded', article: refusal.article });
  allowedOf(refusal);
  throw new Error('a request without room was allowed');
}

/** Counts one query of a snapshot and its records. */
export function chargeReading(deps: DoorDeps, asker: Asker, permission: Permission, records: number): Promise<Settle> {
  const { reading, dataset, fields, after, entry, request } = permission;
  // Of one record whose it is, too: else one key would do for everybody's.
  const about = (entry.subjects ?? []).map((subject) => subject.toString('hex'));
  const what = `${reading} ${entry.snapshot} ${after} ${fields.join()} ${about.join()}`;
  return charge(deps, asker, { dataset, mode: 'periodic', reading: what, queries: 1, records, entry, request });
}

/** How many records a permission may release. */
export function mostOf({ db }: DoorDeps, { number, snapshot, older, by, within }: Permission): Promise<number> | number {
  if (by.length + within.length === 0 && !older) return snapshot.records;
  return countChosen(db.pool, number, snapshot.version, { by: [...by, ...within], since: older?.version });
}
