import type { Database } from '../../infra/db';
import { newestVersion } from '../people/rows';
import { endSessions } from './sessions';

type Tables = { prisma: Pick<Database['prisma'], 'personSignIn' | 'personInvitation' | 'personSession'> };

/** Both factors of a person who enrolled. */
export interface Factors {
  password: string;
  totp: Uint8Array;
  keyId: number;
  /** The time step of the code that was used last. */
  lastStep: number;
}

/** Somebody with an e-mail address; with factors, if enrolled. */
export interface Named {
  id: number;
  party: string;
  unit: string;
  factors?: Factors;
}

/** Two people may have one e-mail address, in two parties or by a slip; more are not looked at. */
const mostNamed = 3;

/** Those whose e-mail address has this keyed index, who enrolled first. A removed person has no factors. */
export async function peopleByEmail(db: Pick<Database, 'pool'>, emailIndex: Uint8Array): Promise<Named[]> {
  const { rows } = await db.pool.query<{
    id: number;
    party: string;
    unit: string;
    password: string | null;
    totp: Buffer;
    key_id: number;
    last_step: number;
  }>(
    `select p.id, p.party, v.unit, s.password, s.totp, s.key_id, s.last_step
       from person p ${newestVersion} left join person_sign_in s on s.person_id = p.id and not v.removed
      where p.email_index = $1 order by s.enrolled_at nulls last, p.id limit ${mostNamed}`,
    [emailIndex],
  );
  return rows.map(({ id, party, unit, password, totp, key_id: keyId, last_step: lastStep }) => ({
    ...{ id, party, unit },
    ...(password !== null && { factors: { password, totp, keyId, lastStep } }),
  }));
}

export async function isEnrolled(db: Tables, personId: number): Promise<boolean> {
  return (await db.prisma.personSignIn.count({ where: { personId } })) > 0;
}

/** Makes password and secret valid. */
export async function addFactors(
  db: { prisma: Pick<Database['prisma'], 'personSignIn'> },
  personId: number,
  { password, totp, keyId, lastStep }: Factors,
  enrolledAt: Date,
): Promise<void> {
  await db.prisma.personSignIn.create({ data: { personId, password, totp: new Uint8Array(totp), keyId, lastStep, enrolledAt } });
}

/**
 * Uses the code of a step up, and keeps the password's hash if it was made anew. False if the code was used meanwhile, or these factors
 * are no longer valid; until the transaction ends nobody else uses or voids them.
 */
export async function useStep(
  db: { prisma: Pick<Database['prisma'], 'personSignIn'> },
  personId: number,
  { from, step, password }: { from: Factors; step: number; password?: string | undefined },
): Promise<boolean> {
  const { count } = await db.prisma.personSignIn.updateMany({
    where: { personId, password: from.password, lastStep: { lt: step } },
    data: { lastStep: step, ...(password !== undefined && { password }) },
  });
  return count === 1;
}

/** Makes void with what these people sign in, invitations too, and ends their sessions. Returns how many sessions these were. */
export async function voidSignIn(db: Tables, personIds: readonly number[], now: Date): Promise<number> {
  const theirs = { personId: { in: [...personIds] } };
  // First the factors: who signs in at this moment holds their row, and the session is there when they are gone.
  await db.prisma.personSignIn.deleteMany({ where: theirs });
  await db.prisma.personInvitation.updateMany({
    where: { ...theirs, endedAt: null },
    data: { endedAt: now, password: null, totp: null, keyId: null },
  });
  return endSessions(db, personIds, now);
}
