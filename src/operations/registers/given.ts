import { operation } from '../../audit/entry';
import { appendWithin } from '../../audit/log';
import { subjectOf } from '../../audit/subjects';
import { type IsoDate, istanbulDate } from '../../core/dates';
import { KopruError } from '../../core/errors';
import { idKind } from '../../core/nationalId';
import type { Broker, Operator } from '../broker';
import { knownParty, knownPerson, pastDay } from '../people/acting';
import { checkedData, checkedText, type EntryData, pageOf, type RegisterBroker, type RegisterPage, revocationsOf } from './entries';

/** How it was made sure that it is the person: at the counter, by e-Devlet, or a representative with authority. The words are policy. */
export const identityChecks = ['in-person', 'e-devlet', 'representative'] as const;
export type IdentityCheck = (typeof identityChecks)[number];

/** What it is given for is always the same, and not asked. */
const purpose = 'given to the person concerned (V.Ç.4)';

/** A giving as it is shown; whose data it was is not in it. */
export interface GivenView {
  id: number;
  party: string;
  /** The day, in Europe/Istanbul. */
  on: IsoDate;
  /** The number of the officer who gave it. */
  officer: number;
  data: EntryData;
  identity: IdentityCheck;
  document: string;
  purpose: string;
  recordedAt: Date;
  /** When the entry was taken back; null while it stands. */
  revokedAt: Date | null;
}

export interface GivenAsked {
  party: string;
  /** yyyy-MM-dd */
  on: string;
  officer: number;
  /** Of the person concerned; kept as a keyed index only. */
  nationalId: string;
  data: EntryData;
  identity: string;
  document: string;
}

/**
 * Records that a party gave a person’s data to that person (V.Ç.4: to nobody else). It is a record of what was done: nothing is
 * released by it. Returns its number.
 * @throws KopruError `id-invalid`, `not-found`, `request-invalid`
 */
export async function recordGiven(broker: RegisterBroker, asked: GivenAsked, by: Operator): Promise<number> {
  const { agreement, clock, db, keys } = broker;
  const at = clock();
  const party = knownParty(agreement, asked.party);
  const on = pastDay(asked.on, istanbulDate(at));
  const data = checkedData(broker, asked.data);
  const document = checkedText('The reference of the paper', asked.document);
  const identity = identityChecks.find((one) => one === asked.identity);
  if (!identity)
    throw new KopruError('request-invalid', 'There is no such way to check who somebody is.', {
      hint: `Ways: ${identityChecks.join(', ')}.`,
    });
  const { id: officer, party: own } = await knownPerson(db, asked.officer);
  if (own !== party)
    throw new KopruError('request-invalid', `Person ${officer} does not belong to the party that gave it.`, {
      hint: 'kopru personnel list shows whose personnel is whose.',
    });
  const subject = await subjectFrom(broker, asked.nationalId);
  const { id: keyId } = await keys.current(agreement.id, 'log');
  return db.prisma.$transaction(async (tx) => {
    const row = { party, onDate: new Date(on), officer, subject: new Uint8Array(subject), keyId, data, identity, document, at, by };
    const { id } = await tx.givenEntry.create({ data: row });
    const detail = { entry: id, party, on, officer, data, identity, document };
    await appendWithin(tx, { ...operation({ at, by, command: 'register given add', detail }), subjects: [subject] });
    return id;
  });
}

/** The register, newest first; of one party or of both. */
export async function listGiven(broker: RegisterBroker, party?: string, page: RegisterPage = {}): Promise<GivenView[]> {
  return shown(broker, party === undefined ? {} : { party: knownParty(broker.agreement, party) }, page);
}

/** What a person was given, newest first; by one party or by both. That somebody looked is logged first. @throws KopruError `id-invalid` */
export async function findGiven(
  broker: RegisterBroker & Pick<Broker, 'audit'>,
  nationalId: string,
  by: Operator,
  party?: string,
): Promise<GivenView[]> {
  const subject = await subjectFrom(broker, nationalId);
  await broker.audit.append({ ...operation({ at: broker.clock(), by, command: 'register given find' }), subjects: [subject] });
  return shown(broker, { subject: new Uint8Array(subject), ...(party === undefined ? {} : { party }) });
}

async function shown(
  broker: RegisterBroker,
  where: { party?: string; subject?: Uint8Array<ArrayBuffer> },
  page: RegisterPage = {},
): Promise<GivenView[]> {
  const rows = await broker.db.prisma.givenEntry.findMany(pageOf(where, page));
  const revoked = await revocationsOf(
    broker,
    'given',
    rows.map(({ id }) => id),
  );
  return rows.map(({ id, party, onDate, officer, data, identity, document, at }) => ({
    id,
    party,
    on: onDate.toISOString().slice(0, 10),
    officer,
    data: data as EntryData,
    identity: identity as IdentityCheck,
    document,
    purpose,
    recordedAt: at,
    revokedAt: revoked.get(id) ?? null,
  }));
}

async function subjectFrom({ keys, agreement }: RegisterBroker, nationalId: string): Promise<Buffer> {
  if (idKind(nationalId)) return subjectOf(keys, agreement.id, nationalId);
  throw new KopruError('id-invalid', 'The national id is not well formed.', { hint: 'Give it with its right check digits.' });
}
