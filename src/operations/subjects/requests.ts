import { operation } from '../../audit/entry';
import { appendWithin } from '../../audit/log';
import { subjectOf } from '../../audit/subjects';
import { addDays, type IsoDate, istanbulDate } from '../../core/dates';
import { KopruError } from '../../core/errors';
import { idKind } from '../../core/nationalId';
import type { Operator } from '../broker';
import { knownParty, knownPerson, pastDay } from '../people/acting';
import { checkedText, type RegisterBroker } from '../registers/entries';
import { type IdentityCheck, identityChecks } from '../registers/given';

/** Within so many days a person's request is answered (law 6698 art. 13; policy). */
export const answerDays = 30;

export const outcomes = ['answered', 'refused', 'withdrawn'] as const;
export type Outcome = (typeof outcomes)[number];

/** A person's request as it is shown; whose it is, is not in it. Days of Europe/Istanbul. */
export interface SubjectRequestView {
  id: number;
  /** The party to which it came. */
  party: string;
  receivedOn: IsoDate;
  dueOn: IsoDate;
  /** Until it is due, negative when it is overdue; null once it is closed. */
  daysLeft: number | null;
  identity: IdentityCheck;
  document: string;
  /** The number of who took it in. */
  officer: number;
  recordedAt: Date;
  /** How it ended, by which paper and when; null while it is open. */
  outcome: Outcome | null;
  answerDocument: string | null;
  answeredAt: Date | null;
}

export interface SubjectRequestAsked {
  party: string;
  officer: number;
  /** Of the person who asks; kept as a keyed index only. */
  nationalId: string;
  /** yyyy-MM-dd */
  receivedOn: string;
  identity: string;
  document: string;
}

/** So many are listed. */
const mostListed = 1000;
const dayMillis = 24 * 3_600_000;

/**
 * Records that a person asked a party who saw what of them (law 6698 art. 11; policy). Returns its number.
 * @throws KopruError `id-invalid`, `not-found`, `request-invalid`
 */
export async function openSubjectRequest(broker: RegisterBroker, asked: SubjectRequestAsked, by: Operator): Promise<number> {
  const { agreement, clock, db, keys } = broker;
  const at = clock();
  const party = knownParty(agreement, asked.party);
  const receivedOn = pastDay(asked.receivedOn, istanbulDate(at));
  const document = checkedText('The reference of the paper', asked.document);
  const identity = identityChecks.find((one) => one === asked.identity);
  if (!identity)
    throw new KopruError('request-invalid', 'There is no such way to check who somebody is.', {
      hint: `Ways: ${identityChecks.join(', ')}.`,
    });
  const { id: officer, party: own } = await knownPerson(db, asked.officer);
  if (own !== party)
    throw new KopruError('request-invalid', `Person ${officer} does not belong to the party to which the request came.`, {
      hint: 'kopru personnel list shows whose personnel is whose.',
    });
  const subject = await askedSubject(broker, asked.nationalId);
  const { id: keyId } = await keys.current(agreement.id, 'log');
  return db.prisma.$transaction(async (tx) => {
    const row = { party, receivedOn: new Date(receivedOn), identity, document, officer, subject: new Uint8Array(subject), keyId, at, by };
    const { id } = await tx.subjectRequest.create({ data: row, select: { id: true } });
    const detail = { request: id, party, receivedOn, identity, document, officer };
    await appendWithin(tx, { ...operation({ at, by, command: 'subject open', detail }), subjects: [subject] });
    return id;
  });
}

/** Under what the log knows whom a request is about. @throws KopruError `id-invalid` */
export async function askedSubject({ keys, agreement }: Pick<RegisterBroker, 'keys' | 'agreement'>, nationalId: string): Promise<Buffer> {
  if (idKind(nationalId)) return subjectOf(keys, agreement.id, nationalId);
  throw new KopruError('id-invalid', 'The national id is not well formed.', { hint: 'Give it with its right check digits.' });
}

/** Requests of one party or of all: the open ones, those first that are due first; with `closed` also the others, newest first. */
export async function listSubjectRequests(
  { db, clock, agreement }: Pick<RegisterBroker, 'db' | 'clock' | 'agreement'>,
  { party, closed = false }: { party?: string | undefined; closed?: boolean | undefined } = {},
): Promise<SubjectRequestView[]> {
  const of = party === undefined ? {} : { party: knownParty(agreement, party) };
  // Whose they are is not even read.
  const select = {
    id: true,
    party: true,
    receivedOn: true,
    identity: true,
    document: true,
    officer: true,
    at: true,
    answer: true,
  } as const;
  const { subjectRequest } = db.prisma;
  const open = await subjectRequest.findMany({
    where: { ...of, answer: null },
    select,
    orderBy: [{ receivedOn: 'asc' }, { id: 'asc' }],
    take: mostListed,
  });
  const ended = closed
    ? await subjectRequest.findMany({ where: { ...of, NOT: { answer: null } }, select, orderBy: { id: 'desc' }, take: mostListed })
    : [];
  const today = istanbulDate(clock());
  return [...open, ...ended].map(({ receivedOn: received, identity, answer, at, ...row }) => {
    const receivedOn = received.toISOString().slice(0, 10);
    const { dueOn, daysLeft } = dueOf(receivedOn, today);
    return {
      ...row,
      receivedOn,
      dueOn,
      daysLeft: answer ? null : daysLeft,
      identity: identity as IdentityCheck,
      recordedAt: at,
      outcome: (answer?.outcome ?? null) as Outcome | null,
      answerDocument: answer?.document ?? null,
      answeredAt: answer?.at ?? null,
    };
  });
}

/** Until when a request is to be answered, and how many days that are from today. Pure; days of Europe/Istanbul. */
export function dueOf(receivedOn: IsoDate, today: IsoDate): { dueOn: IsoDate; daysLeft: number } {
  const dueOn = addDays(receivedOn, answerDays);
  return { dueOn, daysLeft: Math.round((Date.parse(dueOn) - Date.parse(today)) / dayMillis) };
}

/**
 * Closes a request, once: answered, refused or withdrawn, by a paper. `onlyParty` is whose requests alone may be closed.
 * @throws KopruError `not-found`, `request-invalid`, `state-conflict` if it is closed
 */
export async function answerSubjectRequest(
  { db, clock }: Pick<RegisterBroker, 'db' | 'clock'>,
  id: number,
  asked: { outcome: string; document: string; onlyParty?: string | undefined },
  by: Operator,
): Promise<void> {
  const document = checkedText('The reference of the paper', asked.document);
  const outcome = outcomes.find((one) => one === asked.outcome);
  if (!outcome) throw new KopruError('request-invalid', 'A request does not end so.', { hint: `Outcomes: ${outcomes.join(', ')}.` });
  const at = clock();
  await db.prisma.$transaction(async (tx) => {
    const found = await tx.subjectRequest.findUnique({ where: { id }, select: { party: true } });
    if (!found || (asked.onlyParty !== undefined && asked.onlyParty !== found.party)) throw noRequest(id);
    const { count } = await tx.subjectAnswer.createMany({ data: [{ request: id, outcome, document, at, by }], skipDuplicates: true });
    if (count === 0) throw new KopruError('state-conflict', `The request ${id} is closed already.`);
    await appendWithin(tx, operation({ at, by, command: 'subject answer', detail: { request: id, outcome, document } }));
  });
}

export function noRequest(id: number): KopruError {
  return new KopruError('not-found', `There is no request ${id}.`, { hint: 'kopru subject list and GET /v1/subject-requests show them.' });
}
