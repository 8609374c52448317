import type { Reservation } from '../../../src/access/quotas/store';
import { type QuotaRequest, reserve } from '../../../src/access/quotas/store';
import type { Database } from '../../../src/infra/db';

export const noon = new Date('2026-11-22T09:00:00Z');

export interface Limit {
  dataset?: string;
  party?: string;
  mode?: string;
  unit?: string;
  person?: number;
  queries?: number;
  records?: number;
}

/** Opens a limit as the owner of the dataset would; returns its number. */
export async function limit(db: Database, wish: Limit): Promise<number> {
  const data = { dataset: 'herd', party: 'north', setBy: 'south', document: 'E-1', at: noon, ...wish };
  return (await db.prisma.quotaLimit.create({ data })).id;
}

let number = 0;

/** A request of its own for one query, unless said otherwise. */
export function request(wish: Partial<QuotaRequest> = {}): QuotaRequest {
  number += 1;
  return { requestKey: `r${number}`, at: noon, dataset: 'herd', mode: 'instant', party: 'north', queries: 1, records: 0, ...wish };
}

export async function allowed(db: Database, wish: Partial<QuotaRequest> = {}): Promise<Reservation & { allow: true }> {
  const outcome = await reserve(db, request(wish));
  if (!outcome.allow) throw new Error(`refused by ${JSON.stringify(outcome.refusedBy)}`);
  return outcome;
}

export async function refused(db: Database, wish: Partial<QuotaRequest> = {}): Promise<Reservation & { allow: false }> {
  const outcome = await reserve(db, request(wish));
  if (outcome.allow) throw new Error('allowed');
  return outcome;
}

/** The counters: `scope holder mode queries/records`, of one day. */
export async function counters(db: Database, day = '2026-11-22'): Promise<string[]> {
  const { rows } = await db.pool.query(
    `select concat_ws(' ', scope, nullif(holder, ''), mode, queries || '/' || records) as line from quota_use where day = $1 order by 1`,
    [day],
  );
  return rows.map((row) => row.line);
}

export async function forgetAll(db: Database): Promise<void> {
  await db.pool.query('truncate quota_use, quota_charge, quota_limit');
}
