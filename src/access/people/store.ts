import type { IsoDate } from '../../core/dates';
import { KopruError } from '../../core/errors';
import type { Database } from '../../infra/db';
import type { KeyRing } from '../../infra/keys';
import { voidSignIn } from '../signIn/factors';
import { newestVersion, type PersonRow, personColumns, type StoredPerson, storedOf } from './rows';
import { openPersonal, type PersonalFields } from './sealed';
import { revokePersonTokens } from './tokens';

export type { StoredPerson };

/** The tables of people: of the database, or of a transaction. */
export type People = {
  prisma: Pick<
    Database['prisma'],
    'person' | 'personVersion' | 'personToken' | 'personSignIn' | 'personInvitation' | 'personSession' | '$queryRawUnsafe' | '$executeRaw'
  >;
};

/** Where a change comes from: the paper with the SHA-256 of its file, when, and who recorded it. */
export interface Origin {
  document: string;
  sha256?: string | undefined;
  at: Date;
  by: string;
}

/** Lets nobody else change a party's people until the transaction ends. */
export async function lockPeople(db: People, party: string): Promise<void> {
  await db.prisma.$executeRaw`select pg_advisory_xact_lock(71005, hashtext(${party}))`;
}

/** A person as the newest version says, removed ones too; undefined if there is none. */
export async function findPerson(db: People, id: number): Promise<StoredPerson | undefined> {
  const text = `select ${personColumns} from person p ${newestVersion} where p.id = $1::int`;
  const [row] = await db.prisma.$queryRawUnsafe<PersonRow[]>(text, id);
  return row && storedOf(row);
}

/** The people of a party or of all, by number, removed ones too. Nothing sealed is opened. */
export async function listPeople(db: People, party?: string): Promise<StoredPerson[]> {
  const text = `select ${personColumns} from person p ${newestVersion} where $1::text is null or p.party = $1 order by p.id`;
  return (await db.prisma.$queryRawUnsafe<PersonRow[]>(text, party ?? null)).map(storedOf);
}

/** Opens who these people are. Whoever calls it has logged that. @throws KopruError `record-tampered` */
export async function openPeople(db: People, keys: KeyRing, ids: readonly number[]): Promise<Map<number, PersonalFields>> {
  const rows = await db.prisma.person.findMany({ where: { id: { in: [...ids] } } });
  const opened = new Map<number, PersonalFields>();
  for (const row of rows) opened.set(row.id, openPersonal(await keys.byId(row.keyId), row));
  return opened;
}

/** Ends what a person may do, and the person's tokens and way to sign in, at once. Returns how many these were. @throws KopruError `state-conflict` if that was done before */
export async function removePerson(db: People, person: StoredPerson, origin: Origin): Promise<number> {
  if (person.removed) throw new KopruError('state-conflict', `Person ${person.id} was removed before.`);
  return removePeople(db, [person], origin);
}

/** The same of many. Returns how many tokens it ended. */
export async function removePeople(db: People, people: readonly StoredPerson[], origin: Origin): Promise<number> {
  await writeVersions(
    db,
    people.map((person) => ({ ...person, version: person.version + 1, removed: true })),
    origin,
  );
  const ids = people.map(({ id }) => id);
  await voidSignIn(db, ids, origin.at);
  return revokePersonTokens(db, ids, origin.at);
}

/** Records that a person was trained on a day (V.D.1). Returns whether that is news. */
export function recordTraining(db: People, person: StoredPerson, on: IsoDate, origin: Origin): Promise<boolean> {
  return alter(db, person, { trainedOn: on }, origin);
}

/** Records that a person accepted a version of the party's undertaking (Ek-2 9). Returns whether that is news. */
export function recordAcceptance(db: People, person: StoredPerson, undertaking: number, on: IsoDate, origin: Origin): Promise<boolean> {
  return alter(db, person, { undertaking, acceptedOn: on }, origin);
}

async function alter(db: People, person: StoredPerson, to: Partial<StoredPerson>, origin: Origin): Promise<boolean> {
  if (person.removed)
    throw new KopruError('state-conflict', `Person ${person.id} was removed.`, { hint: 'Import a list that names the person again.' });
  const next = { ...person, ...to };
  if (sameVersion(person, next)) return false;
  await writeVersions(db, [{ ...next, version: person.version + 1 }], origin);
  return true;
}

/** Whether two versions say the same. */
export function sameVersion(one: StoredPerson, other: StoredPerson): boolean {
  const said = (p: StoredPerson) =>
    JSON.stringify([
      [p.unit, p.province, p.roles, p.addresses, p.validFrom, p.validUntil],
      [p.trainedOn, p.undertaking, p.acceptedOn, p.removed],
    ]);
  return said(one) === said(other);
}

/** PostgreSQL takes at most 65,535 values in a statement. */
const most = 2_000;

export async function writeVersions(db: People, versions: readonly StoredPerson[], origin: Origin): Promise<void> {
  const { document, sha256 = null, at, by } = origin;
  const dated = (date: IsoDate | undefined) => (date === undefined ? null : new Date(date));
  const rows = versions.map((p) => ({
    personId: p.id,
    version: p.version,
    unit: p.unit,
    province: p.province ?? null,
    roles: [...p.roles],
    addresses: [...p.addresses],
    validFrom: new Date(p.validFrom),
    validUntil: dated(p.validUntil),
    trainedOn: dated(p.trainedOn),
    acceptedUndertaking: p.undertaking ?? null,
    acceptedOn: dated(p.acceptedOn),
    removed: p.removed,
    document,
    documentSha256: sha256,
    at,
    by,
  }));
  for (let i = 0; i < rows.length; i += most) await db.prisma.personVersion.createMany({ data: rows.slice(i, i + most) });
}
