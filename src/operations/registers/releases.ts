import { standingOf } from '../../access/people/person';
import { whoOfPerson } from '../../access/who';
import { rolesFor } from '../../agreements/roles';
import { operation } from '../../audit/entry';
import { appendWithin } from '../../audit/log';
import { type IsoDate, istanbulDate } from '../../core/dates';
import { KopruError } from '../../core/errors';
import type { Operator } from '../broker';
import { dayOf, knownParty, pastDay } from '../people/acting';
import { checkedData, checkedText, type EntryData, pageOf, type RegisterBroker, type RegisterPage, revocationsOf } from './entries';

/** A release that the data’s owner approved in writing. Days of Europe/Istanbul. */
export interface ReleaseView {
  id: number;
  owner: string;
  /** Which party may release it. */
  party: string;
  /** The institution that gets it. */
  receiver: string;
  data: EntryData;
  /** What of it, and for what. */
  scope: string;
  /** The number of the person who approved it for the owner. */
  approver: number;
  document: string;
  approvedOn: IsoDate;
  /** The last day; null: the paper names none. */
  validUntil: IsoDate | null;
  recordedAt: Date;
  revokedAt: Date | null;
  standing: 'in force' | 'ended' | 'revoked';
}

export interface ReleaseAsked {
  party: string;
  receiver: string;
  data: EntryData;
  scope: string;
  approver: number;
  document: string;
  /** yyyy-MM-dd */
  approvedOn: string;
  validUntil?: string | undefined;
}

/**
 * Records that the owner approved in writing that its data be released (Ek-2 4.1.2 protects one party’s; the same
 * for the other’s is policy). It opens nothing: it is a record of a paper. Returns its number.
 * @throws KopruError `approver-refused`, `not-found`, `request-invalid`
 */
export async function recordRelease(broker: RegisterBroker, asked: ReleaseAsked, by: Operator): Promise<number> {
  const { agreement, clock, db } = broker;
  const at = clock();
  const party = knownParty(agreement, asked.party);
  const data = checkedData(broker, asked.data);
  const owner = ownerOf(broker, data);
  if (owner === party)
    throw new KopruError('request-invalid', 'A party needs nobody’s approval to release its own data.', {
      hint: 'Name as the party the one that releases what is another’s.',
    });
  const receiver = checkedText('The receiver', asked.receiver);
  const scope = checkedText('The scope', asked.scope);
  const document = checkedText('The reference of the paper', asked.document);
  const approvedOn = pastDay(asked.approvedOn, istanbulDate(at));
  const validUntil = asked.validUntil === undefined ? null : dayOf(asked.validUntil);
  if (validUntil !== null && validUntil < approvedOn)
    throw new KopruError('request-invalid', 'The approval would end before it was given.', { hint: 'Check the two days.' });
  const { approver } = asked;
  await refuseApprover(broker, { approver, owner, party, on: approvedOn });
  return db.prisma.$transaction(async (tx) => {
    const days = { approvedOn: new Date(approvedOn), validUntil: validUntil === null ? null : new Date(validUntil) };
    const { id } = await tx.releaseEntry.create({ data: { owner, party, receiver, data, scope, approver, document, ...days, at, by } });
    const detail = { entry: id, owner, party, receiver, data, scope, approver, document, approvedOn, validUntil };
    await appendWithin(tx, operation({ at, by, command: 'register release add', detail }));
    return id;
  });
}

/** The register, newest first; of one releasing party, of those that concern one as the owner or as who releases, or of all. */
export async function listReleases(
  broker: RegisterBroker,
  { party, concerning }: { party?: string | undefined; concerning?: string | undefined } = {},
  page: RegisterPage = {},
): Promise<ReleaseView[]> {
  const where = {
    ...(party === undefined ? {} : { party: knownParty(broker.agreement, party) }),
    ...(concerning === undefined ? {} : { OR: [{ owner: concerning }, { party: concerning }] }),
  };
  const rows = await broker.db.prisma.releaseEntry.findMany(pageOf(where, page));
  const revoked = await revocationsOf(
    broker,
    'release',
    rows.map(({ id }) => id),
  );
  const today = istanbulDate(broker.clock());
  return rows.map(({ data, approvedOn, validUntil, at, by: _by, ...row }) => {
    const until = validUntil?.toISOString().slice(0, 10) ?? null;
    const revokedAt = revoked.get(row.id) ?? null;
    const standing = revokedAt ? 'revoked' : until !== null && until < today ? 'ended' : 'in force';
    const days = { approvedOn: approvedOn.toISOString().slice(0, 10), validUntil: until };
    return { ...row, ...days, data: data as EntryData, recordedAt: at, revokedAt, standing };
  });
}

/** Whose all of this data is. What is derived is several owners’, each of whom approves for its own (policy). */
function ownerOf({ agreement }: RegisterBroker, data: EntryData): string {
  const datasets = Object.keys(data).map((id) => agreement.datasets[id]);
  const [owner, ...others] = new Set(datasets.map((dataset) => dataset?.owner));
  if (owner !== undefined && others.length === 0 && !datasets.some((dataset) => dataset?.derived)) return owner;
  throw new KopruError('request-invalid', 'This is not one owner’s data, and each owner approves for its own.', {
    hint: 'Record an approval for each owner, naming the datasets that it owns; for what is derived, those that it is derived from.',
  });
}

/** Whoever approves does so for the owner, in a role for it, and as somebody who could act on that day (policy). */
async function refuseApprover(
  { db, agreement }: RegisterBroker,
  { approver, owner, party, on }: { approver: number; owner: string; party: string; on: IsoDate },
): Promise<void> {
  const who = await whoOfPerson(db, approver, on);
  if (!who) throw new KopruError('not-found', `There is no person ${approver}.`, { hint: 'List them with kopru personnel list.' });
  const { person, undertaking } = who;
  const refuse = (why: string) => {
    throw new KopruError('approver-refused', `Person ${approver} ${why}.`, { hint: `Name an approver of the owner, ${owner}.` });
  };
  if (person.party === party) refuse('belongs to the party that asks for the approval');
  if (person.party !== owner) refuse('does not belong to the owner of the data');
  if (rolesFor(agreement, person.roles, 'approve').length === 0) refuse('has no role that approves');
  const standing = standingOf(person, on, undertaking);
  if (standing !== 'active') refuse(`could not act on ${on} (${standing})`);
}
