import { addMonths, type IsoDate, istanbulDate } from '../core/dates';
import type { ConsentInForce } from './consents';
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
  /** Consents to publish that are in force on this day; none while the agreement does not apply. */
  consents: readonly ConsentInForce[];
}

/** Whether data may be pulled and released. */
export function applies(state: AgreementState): boolean {
  return state.status === 'in-force' || state.status === 'in-notice';
}

/**
 * The agreement's state at an instant, from its recorded events (VII.1–4, VII (2) 2.1–2.2). Pure.
 * The latest signing by all parties begins a new life: notices, ends, supplements and consents from before it went with the life
 * that they belonged to (VII.1); annexes stay recorded. Within a day the order of recording counts.
 */
export function agreementState(
  agreement: Agreement,
  events: readonly AgreementEvent[],
  now: Date,
  consents: readonly ConsentInForce[] = [],
): AgreementState {
  const today = istanbulDate(now);
  const past = events.filter((e) => e.on <= today).sort((a, b) => (a.on < b.on ? -1 : a.on > b.on ? 1 : 0));
  const begin = past.findLastIndex((e) => e.type === 'signed' && everyParty(agreement, e.agreedBy));
  const signed = past[begin];
  const missing = [
    ...(signed ? [] : ['signature by all parties']),
    ...agreement.annexes.filter((a) => !past.some((e) => e.type === 'annex' && e.annex === a.id)).map((a) => a.id),
  ];
  const closed = { openGrants: {}, consents: [], missing, ...(signed ? { signedOn: signed.on } : {}) };
  if (!signed) return { ...closed, status: 'not-in-force' };

  const end = endOf(agreement, signed.on, past.slice(begin), today);
  if (end.on <= today) return { ...closed, status: 'ended', endsOn: end.on, reason: end.reason };
  if (missing.length > 0) return { ...closed, status: 'not-in-force', endsOn: end.on };
  const status = end.noticed ? 'in-notice' : 'in-force';
  const given = consents.filter(({ grantedOn }) => grantedOn >= signed.on);
  return { ...closed, status, endsOn: end.on, reason: end.reason, openGrants: openGrants(agreement, past, signed.on), consents: given };
}

interface End {
  on: IsoDate;
  reason: string;
  noticed: boolean;
}

/** When a life ends, from what was recorded since its signing. A notice too late for its term's end counts for the next one. */
function endOf(agreement: Agreement, signedOn: IsoDate, since: readonly AgreementEvent[], today: IsoDate): End {
  const early = since.find((e) => e.type === 'termination' || (e.type === 'mutual-end' && everyParty(agreement, e.agreedBy)));
  const { years, noticeMonths, renews } = agreement.term;
  for (let term = 1; ; term += 1) {
    const on = addMonths(signedOn, 12 * years * term);
    const lastNotice = addMonths(on, -noticeMonths);
    const termStart = addMonths(signedOn, 12 * years * (term - 1));
    const notice = since.find(
      (e) => e.type === 'notice' && e.on <= lastNotice && (term === 1 || e.on > addMonths(termStart, -noticeMonths)),
    );
    if (early && early.on <= on) return { on: early.on, reason: early.type, noticed: false };
    if (notice) return { on, reason: 'notice', noticed: true };
    if (!renews || on > today) return { on, reason: renews ? 'renews' : 'term', noticed: false };
  }
}

function openGrants(agreement: Agreement, past: readonly AgreementEvent[], signedOn: IsoDate): Record<string, string[]> {
  const open: Record<string, string[]> = {};
  for (const [id, grant] of Object.entries(agreement.grants)) {
    const fields = grant.opens === 'agreement' ? grant.fields : supplemented(agreement, id, grant, past, signedOn);
    if (fields.length > 0) open[id] = [...fields];
  }
  return open;
}

/**
 * The fields of a grant that standing supplements list; one opens nothing until every party has agreed to it.
 * A supplement may be recorded before the signing of the same day; its end holds until it is agreed anew.
 */
function supplemented(agreement: Agreement, id: string, grant: Grant, past: readonly AgreementEvent[], signedOn: IsoDate): string[] {
  const listed = new Set<string>();
  past.forEach((event, at) => {
    if (event.type !== 'supplement' || event.on < signedOn || !everyParty(agreement, event.agreedBy)) return;
    if (past.some((e, i) => i > at && e.type === 'supplement-end' && e.id === event.id)) return;
    for (const field of event.grants[id] ?? []) listed.add(field);
  });
  return grant.fields.filter((f) => listed.has(f));
}

function everyParty(agreement: Agreement, agreedBy: readonly string[]): boolean {
  return Object.keys(agreement.parties).every((p) => agreedBy.includes(p));
}
