import { entriesBefore } from '../../audit/read';
import { loggedReading } from '../../audit/reading';
import { KopruError } from '../../core/errors';
import { createLine } from '../../core/line';
import { concernOf } from '../audit';
import type { Broker } from '../broker';
import { type EntryData, revocationsOf } from '../registers/entries';
import { noRequest } from './requests';
import { givenTold, type LoggedAccess, type Told, teller, type Usage } from './told';

export type { Usage } from './told';

export interface UsageAsked {
  /** Whose officer asks. */
  party: string;
  /** The number of the person's request. */
  request: number;
  /** Under what the log knows the person, as `askedSubject` tells it. */
  subject: Buffer;
  /** From which one on, the newest being 1. */
  offset: number;
  /** How many at most. */
  limit: number;
  /** The entry of the log that says that it is asked. */
  logged: number;
}

/** Entries held at once; what of the log was read before is gone. */
const pageSize = 100;
/** A look goes through the log to its end, so few go at once. */
const inLine = createLine(2, 8);

/**
 * Who saw which kinds of a person's data, newest first, for the person (law 6698 art. 11; policy). Asked under the number of an open
 * request of that person. The host is told all, another party what concerns it, as auditors are. Whoever calls this has been admitted
 * by the door, which has logged it as concerning the person.
 * @throws KopruError `not-found`, `subject-refused`, `state-conflict` if the request is closed, `busy`
 */
export async function findUsage(broker: Pick<Broker, 'db' | 'agreement'>, asked: UsageAsked): Promise<Usage[]> {
  await refuseRequest(broker, asked);
  return masked(await inLine(() => found(broker, asked)));
}

async function refuseRequest({ db }: Pick<Broker, 'db'>, { party, request, subject }: UsageAsked): Promise<void> {
  const found = await db.prisma.subjectRequest.findUnique({ where: { id: request }, include: { answer: true } });
  if (found?.party !== party) throw noRequest(request);
  if (!subject.equals(found.subject))
    throw new KopruError('subject-refused', `The request ${request} is not one of this person.`, {
      hint: 'Open a request for whoever asks, or name the right one.',
    });
  if (found.answer) throw new KopruError('state-conflict', `The request ${request} is closed.`, { hint: 'Open a new one.' });
}

async function found(broker: Pick<Broker, 'db' | 'agreement'>, asked: UsageAsked): Promise<Told[]> {
  const { db, agreement } = broker;
  const given = await givenTo(broker, asked);
  const tell = teller(agreement);
  const taken: Told[] = [];
  let passed = 1;
  /** Keeps what is in the asked range; true once that is full. */
  const take = (one: Told | undefined) => {
    if (one && passed++ >= asked.offset) taken.push(one);
    return taken.length >= asked.limit;
  };
  const log = loggedReading(db.pool, asked.logged);
  const filter = { subject: asked.subject, concern: concernOf(agreement, asked.party) };
  for (let before: number | undefined; ; ) {
    const page = await entriesBefore(log, filter, { before, limit: pageSize });
    for (const { at, body } of page.entries) {
      while (given[0] && given[0].logtime >= at) if (take(given.shift())) return taken;
      if (take(tell({ ...(JSON.parse(body) as LoggedAccess), at }))) return taken;
    }
    if (page.next === undefined) break;
    before = page.next;
  }
  given.some(take);
  return taken;
}

/** What the register says was given to the person and not taken back, newest first: by the party, to the host by any. */
async function givenTo(
  broker: Pick<Broker, 'db' | 'agreement'>,
  { party, subject }: Pick<UsageAsked, 'party' | 'subject'>,
): Promise<Told[]> {
  const { db, agreement } = broker;
  const where = { subject: new Uint8Array(subject), ...(party === agreement.host.party ? {} : { party }) };
  const rows = await db.prisma.givenEntry.findMany({ where, orderBy: [{ at: 'desc' }, { id: 'desc' }] });
  const revoked = await revocationsOf(
    broker,
    'given',
    rows.map(({ id }) => id),
  );
  return rows
    .filter(({ id }) => !revoked.has(id))
    .map(({ at, officer, data }) => givenTold(agreement, { at, officer, data: data as EntryData }));
}

/** Numbers become pseudonyms, in the order in which they come. */
function masked(found: readonly Told[]): Usage[] {
  const names = new Map<number, string>();
  return found.map(({ person, ...one }) => {
    if (person === null) return { ...one, officer: null };
    const officer = names.get(person) ?? `Görevli ${names.size + 1}`;
    names.set(person, officer);
    return { ...one, officer };
  });
}
