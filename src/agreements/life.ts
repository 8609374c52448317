import { type IsoDate, addMonths, istanbulDate } from '../core/dates';
import type { AgreementEvent } from './events';
import type { Agreement, Grant } from './language';

/** Where an agreement stands on a day. In notice it still applies, until `endsOn`. */
export interface AgreementState {
  status: 'not-in-force' | 'in-force' | 'in-notice' | 'ended';
  /** What is still missing before it comes into force. */
  missing: string[];
  signedOn?: IsoDate;
  /** The first day that the running term no longer covers. */
  endsOn?: IsoDate;
  /** Why it ended or will end. */
  reason?: string;
  /** Grants that are open on this day, with the fields that are open in each. */
  openGrants: Readonly<Record<string, readonly string[]>>;
}

/** Whether data may be pulled and released. */
export function applies(state: AgreementState): boolean {
  return state.status === 'in-force' || state.status === 'in-notice';
}

/** The agreement's state at an instant, from its recorded events (VII.1–4, VII (2) 2.1–2.2). Pure. */
export function agreementState(agreement: Agreement, events: readonly AgreementEvent[], now: Date): AgreementState {
  const today = istanbulDate(now);
  const past = events.filter((e) => e.on <= today);
  const signed = past.find((e) => e.type === 'signed' && everyParty(agreement, e.agreedBy));
  const missing = [
    ...(signed ? [] : ['signature by all parties']),
    ...agreement.annexes.filter((a) => !past.some((e) => e.type === 'annex' && e.annex === a.id)).map((a) => a.id),
  ];
  const closed = { openGrants: {}, missing, ...(signed ? { signedOn: signed.on } : {}) };
  if (!signed) return { ...closed, status: 'not-in-force' };

  const end = endOf(agreement, signed.on, past, today);
  if (end.on <= today) return { ...closed, status: 'ended', endsOn: end.on, reason: end.reason };
  if (missing.length > 0) return { ...closed, status: 'not-in-force', endsOn: end.on };
  const status = end.noticed ? 'in-notice' : 'in-force';
  return { ...closed, status, endsOn: end.on, reason: end.reason, openGrants: openGrants(agreement, past) };
}

interface End {
  on: IsoDate;
  reason: string;
  noticed: boolean;
}

function endOf(agreement: Agreement, signedOn: IsoDate, past: readonly AgreementEvent[], today: IsoDate): End {
  const early = past
    .filter((e) => e.type === 'termination' || (e.type === 'mutual-end' && everyParty(agreement, e.agreedBy)))
    .sort((a, b) => (a.on < b.on ? -1 : 1))[0];
  const { years, noticeMonths, renews } = agreement.term;
  for (let term = 1; ; term += 1) {
    const on = addMonths(signedOn, 12 * years * term);
    const lastNotice = addMonths(on, -noticeMonths);
    const termStart = addMonths(signedOn, 12 * years * (term - 1));
    const notice = past.find((e) => e.type === 'notice' && e.on <= lastNotice && (term === 1 || e.on > addMonths(termStart, -noticeMonths)));
    if (early && early.on <= on) return { on: early.on, reason: early.type, noticed: false };
    if (notice) return { on, reason: 'notice', noticed: true };
    if (!renews || on > today) return { on, reason: renews ? 'renews' : 'term', noticed: false };
  }
}

function openGrants(agreement: Agreement, past: readonly AgreementEvent[]): Record<string, string[]> {
  const open: Record<string, string[]> = {};
  for (const [id, grant] of Object.entries(agreement.grants)) {
    const fields = grant.opens === 'agreement' ? grant.fields : supplemented(agreement, id, grant, past);
    if (fields.length > 0) open[id] = [...fields];
  }
  return open;
}

/** The fields of a grant that standing supplements list; one opens nothing until every party has agreed to it. */
function supplemented(agreement: Agreement, id: string, grant: Grant, past: readonly AgreementEvent[]): string[] {
  const ended = new Set(past.filter((e) => e.type === 'supplement-end').map((e) => e.id));
  const listed = new Set<string>();
  for (const event of past) {
    if (event.type !== 'supplement' || ended.has(event.id) || !everyParty(agreement, event.agreedBy)) continue;
    for (const field of event.grants[id] ?? []) listed.add(field);
  }
  return grant.fields.filter((f) => listed.has(f));
}

function everyParty(agreement: Agreement, agreedBy: readonly string[]): boolean {
  return Object.keys(agreement.parties).every((p) => agreedBy.includes(p));
}
