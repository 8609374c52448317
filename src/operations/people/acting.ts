import { findPerson, lockPeople, type People, type StoredPerson } from '../../access/people/store';
import type { Agreement } from '../../agreements/language';
import { operation } from '../../audit/entry';
import { appendWithin } from '../../audit/log';
import { type IsoDate, parseDate } from '../../core/dates';
import { KopruError } from '../../core/errors';
import type { Database } from '../../infra/db';
import type { Broker, Operator } from '../broker';

/** Who changes people. */
export interface Acting {
  by: Operator;
  /** Of a party's personnel administrator, who may change that party's people alone (policy). */
  onlyParty?: string | undefined;
  /** The administrator's own number among them: nobody changes what is recorded of themself (policy, four eyes). */
  self?: number | undefined;
}

/** What the operations on people need of the broker. */
export type PeopleBroker = Pick<Broker, 'db' | 'keys' | 'agreement' | 'clock'>;

export type Transaction = { prisma: Parameters<Parameters<Database['prisma']['$transaction']>[0]>[0] };

/** A list may be long, and who changes the same party's people waits for it. */
const patience = { maxWait: 10_000, timeout: 60_000 };

/** @throws KopruError `party-foreign` */
export function refuseForeign({ onlyParty }: Acting, party: string): void {
  if (onlyParty === undefined || onlyParty === party) return;
  throw new KopruError('party-foreign', `The personnel of another party than ${onlyParty} is not for this administrator.`, {
    hint: 'Leave it to that party’s own personnel administrator.',
  });
}

/** @throws KopruError `self-refused` */
export function refuseSelf({ self }: Acting, person: number): void {
  if (self === undefined || self !== person) return;
  throw new KopruError('self-refused', 'Administrators change nothing that is recorded of themselves, and make no token for themselves.', {
    hint: 'Leave it to another personnel administrator of the institution, or to the operator.',
  });
}

/** @throws KopruError `not-found` */
export function knownParty({ id, parties }: Agreement, party: string): string {
  if (Object.hasOwn(parties, party)) return party;
  throw new KopruError('not-found', `The agreement ${id} has no such party.`, { hint: `Parties: ${Object.keys(parties).join(', ')}.` });
}

/** Works on a party's people while nobody else changes them; done and logged together, or not at all. */
export async function changing<T>(
  broker: PeopleBroker,
  acting: Acting,
  party: string,
  work: (db: Transaction, log: (command: string, detail: object) => Promise<void>) => Promise<T>,
): Promise<T> {
  refuseForeign(acting, party);
  return broker.db.prisma.$transaction(async (tx) => {
    const db = { prisma: tx };
    await lockPeople(db, party);
    const done: { command: string; detail: object }[] = [];
    const result = await work(db, async (command, detail) => void done.push({ command, detail }));
    // Last of all, since the log waits for nobody else meanwhile.
    for (const one of done) await appendWithin(tx, operation({ at: broker.clock(), by: acting.by, ...one }));
    return result;
  }, patience);
}

/** The same for one person. @throws KopruError `not-found`, `party-foreign` */
export async function changingPerson<T>(
  broker: PeopleBroker,
  acting: Acting,
  id: number,
  work: (db: Transaction, person: StoredPerson, log: (command: string, detail: object) => Promise<void>) => Promise<T>,
): Promise<T> {
  const { party } = await knownPerson(broker.db, id);
  return changing(broker, acting, party, async (db, log) => work(db, await knownPerson(db, id), log));
}

/** @throws KopruError `not-found` */
export async function knownPerson(db: People, id: number): Promise<StoredPerson> {
  const person = await findPerson(db, id);
  if (person) return person;
  throw new KopruError('not-found', `There is no person ${id}.`, { hint: 'List them with kopru personnel list.' });
}

/** A day as it must be given. @throws KopruError `request-invalid` */
export function dayOf(text: string): IsoDate {
  const day = parseDate(text, 'yyyy-MM-dd');
  if (!day) throw new KopruError('request-invalid', 'The day must be written as 2026-12-31.');
  return day;
}

/** A day that has come. @throws KopruError `request-invalid` */
export function pastDay(text: string, today: IsoDate): IsoDate {
  const day = dayOf(text);
  if (day > today) throw new KopruError('request-invalid', `${day} is still to come, so nothing of that day can be recorded.`);
  return day;
}
