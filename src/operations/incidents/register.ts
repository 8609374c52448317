import { operation } from '../../audit/entry';
import { hashOf, lastNumber } from '../../audit/read';
import { KopruError } from '../../core/errors';
import type { Broker, Operator } from '../broker';
import { knownParty } from '../people/acting';
import { checkedData, checkedText, type EntryData } from '../registers/entries';
import { type Clock, clocksOf } from './clocks';
import { type EventDetail, eventKinds, type Incident, openedKinds, saidOf, statusOf } from './kinds';
import { type NoticeName, noticeText } from './notices';
import { refuseOutOfOrder } from './order';
import { findIncidents, type IncidentFilter, lockIncident, logAll, writeEvent } from './store';
import { maybeText, plainText } from './texts';

export type IncidentBroker = Pick<Broker, 'db' | 'agreement' | 'clock'>;

export interface IncidentView extends Incident {
  status: ReturnType<typeof statusOf>;
  clocks: Clock[];
}

/** What is known of an incident, at its opening or later. */
export interface Known {
  /** How many people it is about. */
  people?: number | undefined;
  measures?: string | undefined;
  contact?: string | undefined;
  /** Numbers of entries of the audit log that belong to it, both with it. */
  slice?: { from: number; to: number } | undefined;
  document?: string | undefined;
}

export interface IncidentAsked extends Known {
  kind: string;
  party: string;
  /** When it became known; now if left out. */
  awareAt?: Date | undefined;
  /** What happened; nothing of a person. */
  what: string;
  /** Whose data, by dataset the names of the fields; of one owner. */
  data: EntryData;
  /** Of a compelled disclosure: who asks, and by which law or decision. */
  receiver?: string | undefined;
  ground?: string | undefined;
}

export interface EventAsked extends Known {
  kind: string;
  /** When it happened; now if left out. */
  happenedAt?: Date | undefined;
  text?: string | undefined;
  /** Of what was disclosed. */
  data?: EntryData | undefined;
}

/** Who acts: an operator, or a person of a party. */
export interface ActingOn {
  by: Operator;
  /** Whose incidents alone may be touched. */
  party?: string | undefined;
  /** The person's own number: nobody records anything about their own reading (policy). */
  self?: number | undefined;
}

/**
 * Opens an incident: a breach (Ek-2 3.3) or a compelled disclosure (Ek-2 4.1.3, 4.2). Returns its number.
 * @throws KopruError `not-found`, `request-invalid`
 */
export async function openIncident(broker: IncidentBroker, asked: IncidentAsked, by: Operator): Promise<number> {
  const { agreement, clock, db } = broker;
  const at = clock();
  const party = knownParty(agreement, asked.party);
  const kind = openedKinds.find((one) => one === asked.kind);
  if (!kind)
    throw new KopruError('request-invalid', 'Such an incident is not opened by people.', { hint: `Kinds: ${openedKinds.join(', ')}.` });
  const data = checkedData(broker, asked.data);
  const owner = ownerOf(broker, data);
  if (kind === 'compelled' && owner === party)
    throw new KopruError('request-invalid', 'What a party is compelled to disclose of its own data needs no notice to another owner.', {
      hint: 'Name the party that is compelled, and datasets of another one.',
    });
  const awareAt = asked.awareAt ?? at;
  if (awareAt > at) throw new KopruError('request-invalid', 'Nothing is known before it is.', { hint: 'Check the time.' });
  const text = plainText('What happened', asked.what);
  const more = kind === 'compelled' ? { receiver: needed('Who asks', asked.receiver), ground: needed('The ground', asked.ground) } : {};
  const { detail, document, slice } = await checkedKnown(broker, asked);
  return db.prisma.$transaction(async (tx) => {
    const { id } = await tx.incident.create({ data: { kind, party, owner, awareAt, data, at, by }, select: { id: true } });
    const said = { ...detail, ...more };
    await writeEvent(tx, { incident: id, kind: 'opened', happenedAt: awareAt, text, document, detail: said, slice, at, by });
    const told = { incident: id, kind, party, owner, awareAt, data, text, document, ...said, ...shownSlice(slice) };
    await logAll(tx, [operation({ at, by, command: 'incident open', detail: told })]);
    return id;
  });
}

/**
 * Records what happened about an incident. What is disclosed by compulsion comes only after the owner was told in writing, and only
 * of what the incident names (Ek-2 4.2).
 * @throws KopruError `not-found`, `request-invalid`, `self-refused`, `state-conflict` for what comes out of its order
 */
export async function recordIncidentEvent(broker: IncidentBroker, id: number, asked: EventAsked, acting: ActingOn): Promise<void> {
  const { clock, db } = broker;
  const { by } = acting;
  const at = clock();
  const kind = eventKinds.find((one) => one === asked.kind && one !== 'opened');
  if (!kind) throw new KopruError('request-invalid', 'There is no such event.', { hint: `Events: ${eventKinds.slice(1).join(', ')}.` });
  const known = await checkedKnown(broker, asked);
  const text = maybeText('The text', asked.text);
  if ((kind === 'noted' || kind === 'dismissed') && text === undefined)
    throw new KopruError('request-invalid', 'A note and a dismissal say something.', { hint: 'Give a text.' });
  if (kind !== 'noted' && known.document === undefined)
    throw new KopruError('request-invalid', 'The paper must be named.', { hint: 'Give its reference.' });
  await db.prisma.$transaction(async (tx) => {
    await lockIncident(tx, id);
    const incident = await oneIncident(broker, id, acting.party);
    if (acting.self !== undefined && acting.self === incident.person)
      throw new KopruError('self-refused', 'Nobody records anything about an incident of their own reading.', {
        hint: 'Leave it to another auditor or approver.',
      });
    const happenedAt = asked.happenedAt ?? at;
    if (happenedAt > at || happenedAt < incident.awareAt)
      throw new KopruError('request-invalid', 'That time is still to come, or lies before the incident became known.', {
        hint: 'Check the time.',
      });
    refuseOutOfOrder(incident, kind, happenedAt);
    const detail: EventDetail = { ...known.detail, ...(kind === 'disclosed' ? { data: disclosedOf(broker, incident, asked.data) } : {}) };
    const { document, slice } = known;
    await writeEvent(tx, { incident: id, kind, happenedAt, text, document, detail, slice, at, by });
    const told = { incident: id, event: kind, happenedAt, text, document, ...detail, ...shownSlice(slice) };
    await logAll(tx, [operation({ at, by, command: `incident ${kind}`, detail: told })]);
  });
}

/** Incidents, newest first, each with its clocks as they stand now. */
export async function listIncidents(broker: IncidentBroker, filter: IncidentFilter): Promise<IncidentView[]> {
  return (await findIncidents(broker, filter)).map((incident) => viewOf(broker, incident));
}

/** @throws KopruError `not-found`, also where it concerns the party in nothing */
export async function showIncident(broker: IncidentBroker, id: number, party?: string): Promise<IncidentView> {
  return viewOf(broker, await oneIncident(broker, id, party));
}

/** A notice’s text, as of now. @throws KopruError `not-found`, `request-invalid`, `state-conflict` */
export async function noticeOf(broker: IncidentBroker, id: number, which: NoticeName, party?: string): Promise<string> {
  return noticeText(broker.agreement, await oneIncident(broker, id, party), which, broker.clock());
}

/**
 * The part of the log that belongs to an incident, as it was when it was attached.
 * @throws KopruError `not-found` if none is, `audit-broken` if the log is another one now
 */
export async function incidentSlice(broker: IncidentBroker, id: number): Promise<{ from: number; to: number }> {
  const { slice } = saidOf(await oneIncident(broker, id));
  if (!slice)
    throw new KopruError('not-found', `No part of the log belongs to the incident ${id}.`, {
      hint: 'Attach one with kopru incident note.',
    });
  if ((await hashOf(broker.db.pool, slice.to))?.toString('hex') === slice.hash) return slice;
  throw new KopruError('audit-broken', `Entry ${slice.to} of the log is not the one that was attached to the incident ${id}.`, {
    hint: 'Keep the database as it is, and find out who could write to it: kopru audit verify.',
  });
}

async function oneIncident(broker: IncidentBroker, id: number, party?: string): Promise<Incident> {
  const [found] = await findIncidents(broker, { id, party, limit: 1 });
  if (found) return found;
  throw new KopruError('not-found', `There is no incident ${id}.`, { hint: 'kopru incident list and GET /v1/incidents show them.' });
}

function viewOf({ agreement, clock }: IncidentBroker, incident: Incident): IncidentView {
  return { ...incident, status: statusOf(incident), clocks: clocksOf(agreement, incident, clock()) };
}

/** Whose all of this data is: notices go to one owner. */
function ownerOf({ agreement }: IncidentBroker, data: EntryData): string {
  const datasets = Object.keys(data).map((id) => agreement.datasets[id]);
  const [owner, ...others] = new Set(datasets.map((dataset) => dataset?.owner));
  if (owner !== undefined && others.length === 0 && !datasets.some((dataset) => dataset?.derived)) return owner;
  throw new KopruError('request-invalid', 'This is not one owner’s data, and each owner is told of its own.', {
    hint: 'Open an incident for each owner, naming the datasets that it owns; for what is derived, those that it is derived from.',
  });
}

/** No more than what the incident names (Ek-2 4.2: only as far as the law needs). */
function disclosedOf(broker: IncidentBroker, { data: named }: Incident, data: EntryData = {}): EntryData {
  const disclosed = checkedData(broker, data);
  const beyond = Object.entries(disclosed).some(([dataset, fields]) => fields.some((name) => !named[dataset]?.includes(name)));
  if (!beyond) return disclosed;
  throw new KopruError('request-invalid', 'More would be disclosed than the owner was told of.', {
    hint: 'Open an incident for what is asked besides.',
  });
}

async function checkedKnown({ db }: IncidentBroker, known: Known) {
  const { people, measures, contact, document, slice } = known;
  if (people !== undefined && !(Number.isSafeInteger(people) && people >= 0))
    throw new KopruError('request-invalid', 'The number of people is a whole number.', {
      hint: 'Leave it out as long as it is not known.',
    });
  const detail: EventDetail = { people, measures: maybeText('The measures', measures), contact: maybeText('The contact', contact) };
  return {
    detail,
    document: document === undefined ? undefined : checkedText('The reference of the paper', document),
    slice: slice && (await fixedSlice(db.pool, slice)),
  };
}

/** @throws KopruError `not-found` where the log has no such entries */
async function fixedSlice(pool: IncidentBroker['db']['pool'], { from, to }: { from: number; to: number }) {
  const hash = from >= 1 && from <= to && to <= (await lastNumber(pool)) ? await hashOf(pool, to) : undefined;
  if (hash) return { from, to, hash };
  throw new KopruError('not-found', 'The audit log has no such entries.', { hint: 'kopru audit list shows the newest ones.' });
}

const shownSlice = (slice: { from: number; to: number; hash: Buffer } | undefined) =>
  slice ? { slice: { from: slice.from, to: slice.to, hash: slice.hash.toString('hex') } } : {};

function needed(what: string, text: string | undefined): string {
  if (text !== undefined) return plainText(what, text);
  throw new KopruError('request-invalid', `${what} must be named: a compelled disclosure has somebody who asks, and a ground.`);
}
