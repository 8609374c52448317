import { refuseComing } from '../access/staff';
import { whoOfPerson } from '../access/who';
import type { Agreement } from '../agreements/language';
import { type AgreementState, applies } from '../agreements/life';
import { type Action, rolesFor } from '../agreements/roles';
import { operation } from '../audit/entry';
import { appendWithin } from '../audit/log';
import type { Clock } from '../core/clock';
import { istanbulDate } from '../core/dates';
import { KopruError } from '../core/errors';
import { isReference } from '../core/text';
import type { Database } from '../infra/db';
import type { Control } from './control/aside';

/** What this room works with; the broker has it. */
export interface PublicationDeps {
  db: Database;
  agreement: Agreement;
  state(): Promise<AgreementState>;
  /** Where the agreement stood at an instant; without consents. */
  lifeAt(at: Date): Promise<AgreementState>;
  clock: Clock;
  control: Control;
}

/** Who acts for a party: one of its authorised personnel, and as the log calls the way they came. */
export interface Acting {
  person: { id: number; party: string };
  by: string;
}

export type Transaction = Parameters<Parameters<Database['prisma']['$transaction']>[0]>[0];

/**
 * Somebody on whose behalf an operator acts: who could do it themself today (policy).
 * @throws KopruError `not-found`, `approver-refused`
 */
export async function actingPerson({ db, agreement, clock }: PublicationDeps, id: number, action: Action, by: string): Promise<Acting> {
  const today = istanbulDate(clock());
  const who = await whoOfPerson(db, id, today);
  if (!who) throw new KopruError('not-found', `There is no person ${id}.`, { hint: 'List them with kopru personnel list.' });
  const { person } = who;
  const barred = refuseComing(
    { ...who, certified: false, addresses: [], person: { ...person, addresses: [] } },
    { certificate: 'none', address: '', today },
  );
  if (barred || rolesFor(agreement, person.roles, action).length === 0)
    throw new KopruError('approver-refused', `Person ${id} has no role that allows this, or cannot act today.`, {
      hint: 'kopru personnel list shows roles and standing.',
    });
  refuseProvince(person);
  return { person: { id, party: person.party }, by };
}

/** A table shows all provinces, so those who publish and approve are of the centre (policy). @throws KopruError `scope-refused` */
export function refuseProvince({ province }: { province?: string }): void {
  if (province === undefined) return;
  throw new KopruError('scope-refused', 'Tables show all provinces, so provincial staff neither publish nor approve.', {
    hint: 'Leave it to staff of the centre.',
  });
}

/** A paper's reference, which is kept in clear. @throws KopruError `request-invalid` */
export function paper(text: string): string {
  if (isReference(text)) return text;
  throw new KopruError('request-invalid', 'The reference of the paper is missing, longer than 200 letters, or holds a long number.', {
    hint: 'Give it as it stands on the paper, such as E-2026/17.',
  });
}

/** @throws KopruError `agreement-not-in-force` */
export async function requireInForce({ agreement, state }: PublicationDeps, what: string): Promise<void> {
  if (applies(await state())) return;
  throw new KopruError(
    'agreement-not-in-force',
    `The agreement ${agreement.id} is not in force, so nothing ${what} (${agreement.term.article}).`,
    { hint: 'kopru agreement show tells where it stands.' },
  );
}

/** Consents and publications change one act at a time, over all processes. */
const publicationLock = 71_011;

/** An act and its entry in the log: done together, or not at all. */
export function acting<T>(
  { db, clock }: PublicationDeps,
  { by, person }: Acting,
  command: string,
  work: (tx: Transaction, at: Date) => Promise<{ result: T; detail: object }>,
): Promise<T> {
  const at = clock();
  return db.prisma.$transaction(async (tx) => {
    await tx.$executeRaw`select pg_advisory_xact_lock(${publicationLock}, 0)`;
    const { result, detail } = await work(tx, at);
    await appendWithin(tx, operation({ at, by, command, detail: { person: person.id, party: person.party, ...detail } }));
    return result;
  });
}
