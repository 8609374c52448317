import type { IsoDate } from '../../core/dates';
import type { KeyRing } from '../../infra/keys';
import type { Role } from './person';
import {
  emailIndexOf,
  idIndexOf,
  openPersonal,
  type PeopleKeys,
  type PersonalFields,
  peopleKeys,
  personalOf,
  sealPersonal,
} from './sealed';
import { findPerson, listPeople, type Origin, type People, type StoredPerson, sameVersion, writeVersions } from './store';

/** What a list says of a person (Ek-3). */
export interface PersonEntry extends PersonalFields {
  unit: string;
  province?: string;
  roles: readonly Role[];
  addresses: readonly string[];
  validFrom: IsoDate;
  validUntil?: IsoDate;
  trainedOn?: IsoDate;
  undertaking?: number;
  acceptedOn?: IsoDate;
}

/** Somebody with what is new; without `before`, a new person. */
interface Change {
  idIndex: Uint8Array<ArrayBuffer>;
  entry: PersonEntry;
  before?: StoredPerson;
  /** Whether what is sealed changes. */
  personal: boolean;
}

/** What a list would change of a party's people. */
export interface Plan {
  party: string;
  keys: PeopleKeys;
  added: Change[];
  changed: Change[];
  same: StoredPerson[];
  /** Those who are authorised and not in the list. */
  absent: StoredPerson[];
}

/** Holds a list against a party's people. Sealed texts are opened in memory to be compared. */
export async function planPeople(
  db: People,
  ring: KeyRing,
  agreementId: string,
  party: string,
  entries: readonly PersonEntry[],
): Promise<Plan> {
  const keys = await peopleKeys(ring, agreementId);
  const people = new Map((await listPeople(db, party)).map((person) => [person.id, person]));
  const rows = await db.prisma.person.findMany({ where: { party } });
  const byIndex = new Map(rows.map((row) => [hex(row.idIndex), row]));
  const plan: Plan = { party, keys, added: [], changed: [], same: [], absent: [] };
  const listed = new Set<number>();
  for (const entry of entries) {
    const idIndex = idIndexOf(keys, entry.nationalId);
    const row = byIndex.get(hex(idIndex));
    const before = row && people.get(row.id);
    if (!before) {
      plan.added.push({ idIndex, entry, personal: true });
      continue;
    }
    listed.add(before.id);
    const personal = !samePersonal(openPersonal(await ring.byId(row.keyId), row), entry);
    if (personal || !sameVersion(before, versionOf(before, entry))) plan.changed.push({ idIndex, entry, before, personal });
    else plan.same.push(before);
  }
  plan.absent = [...people.values()].filter((person) => !person.removed && !listed.has(person.id));
  return plan;
}

/** Writes what a plan adds and changes. Returns the numbers of those people, in that order. */
export async function carryOut(db: People, { party, keys, added, changed }: Plan, origin: Origin): Promise<number[]> {
  const data = added.map(({ idIndex, entry }) => ({
    party,
    idIndex,
    emailIndex: emailIndexOf(keys.email, entry.email),
    sealed: sealPersonal(keys, party, idIndex, entry),
    keyId: keys.seal.id,
    createdAt: origin.at,
  }));
  const made = await db.prisma.person.createManyAndReturn({ data, select: { id: true, idIndex: true } });
  const numbers = new Map(made.map((row) => [hex(row.idIndex), row.id]));
  for (const { idIndex, entry, before } of changed.filter(({ personal }) => personal)) {
    const sealed = sealPersonal(keys, party, idIndex, entry);
    const data = { sealed, keyId: keys.seal.id, emailIndex: emailIndexOf(keys.email, entry.email) };
    await db.prisma.person.update({ where: { id: before?.id as number }, data });
  }
  const versions = [
    ...added.map(({ idIndex, entry }) => firstVersion(numbers.get(hex(idIndex)) as number, party, entry)),
    ...changed.map(({ entry, before }) => versionOf(before as StoredPerson, entry)),
  ];
  await writeVersions(db, versions, origin);
  return versions.map(({ id }) => id);
}

/** One person, new or with a new version; the same content again makes none. */
export async function savePerson(
  db: People,
  ring: KeyRing,
  { agreementId, party, entry, origin }: { agreementId: string; party: string; entry: PersonEntry; origin: Origin },
): Promise<{ id: number; what: 'added' | 'changed' | 'same' }> {
  const plan = await planPeople(db, ring, agreementId, party, [entry]);
  const [same] = plan.same;
  if (same) return { id: same.id, what: 'same' };
  const [id] = await carryOut(db, plan, origin);
  return { id: id as number, what: plan.added.length > 0 ? 'added' : 'changed' };
}

/** Whoever has this national id among a party's people, removed or not; undefined if nobody has. */
export async function personByNationalId(
  db: People,
  ring: KeyRing,
  { agreementId, party, nationalId }: { agreementId: string; party: string; nationalId: string },
): Promise<StoredPerson | undefined> {
  const idIndex = idIndexOf(await peopleKeys(ring, agreementId), nationalId);
  const row = await db.prisma.person.findUnique({ where: { party_idIndex: { party, idIndex } }, select: { id: true } });
  return row ? findPerson(db, row.id) : undefined;
}

function firstVersion(id: number, party: string, { name: _n, nationalId: _i, title: _t, email: _e, ...rest }: PersonEntry): StoredPerson {
  return { id, party, version: 1, removed: false, ...rest };
}

/** The next version: what the list says, and of training and undertaking the newer of what it says and what is recorded. */
function versionOf(before: StoredPerson, entry: PersonEntry): StoredPerson {
  const next = { ...firstVersion(before.id, before.party, entry), version: before.version + 1 };
  if ((before.trainedOn ?? '') > (next.trainedOn ?? '')) next.trainedOn = before.trainedOn as IsoDate;
  if ((before.undertaking ?? 0) > (next.undertaking ?? 0))
    Object.assign(next, { undertaking: before.undertaking, acceptedOn: before.acceptedOn });
  return next;
}

const samePersonal = (one: PersonalFields, other: PersonalFields) => JSON.stringify(personalOf(one)) === JSON.stringify(personalOf(other));

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');
