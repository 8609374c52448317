import { certificateOf } from '../../access/institutions/certificates';
import { emailIndexOf, emailKey } from '../../access/people/sealed';
import { type Named, peopleByEmail, useStep } from '../../access/signIn/factors';
import { type Attempt, countAttempt, forget } from '../../access/signIn/failures';
import { hashPassword, isOutdated, normalised, passwordFits } from '../../access/signIn/password';
import { openSecret } from '../../access/signIn/sealed';
import { beginSession, endSession } from '../../access/signIn/sessions';
import { stepOf } from '../../access/signIn/totp';
import { refuseComing, type Who } from '../../access/staff';
import { whoOfPerson } from '../../access/who';
import { appendWithin } from '../../audit/log';
import { istanbulDate } from '../../core/dates';
import { KopruError } from '../../core/errors';
import { type Coming, entryOf, refuse, type SignInBroker, unknown } from './coming';

const action = 'authenticate';

export interface SignInAsked {
  /** As the list of personnel has it (Ek-3), in whatever case. */
  email: string;
  password: string;
  totp: string;
}

/** A session that begins; its token is told this once. */
export interface SessionBegun {
  token: string;
  /** When it ends if it is not used. */
  idleEndsAt: Date;
  endsAt: Date;
}

/**
 * Signs a person in with both factors. Whatever is wrong with them, or nobody is there, it takes the same work and looks the same.
 * @throws KopruError `not-authenticated`; `too-many-attempts` before the wait after failures is over; with both factors right, why
 * the person may not come now
 */
export async function signIn(broker: SignInBroker, asked: SignInAsked, coming: Coming): Promise<SessionBegun> {
  const { db, keys, clock } = broker;
  const now = clock();
  const named = emailIndexOf(await emailKey(keys), asked.email) ?? new Uint8Array(16);
  const attempt: Attempt = { address: coming.address, named };
  const people = await peopleByEmail(db, named);
  const only = people.length === 1 ? people[0] : undefined;
  const wait = await countAttempt(db, attempt, now);
  if (wait > 0) return refuse(broker, coming, { action, who: only, error: tooOften(wait) });
  const found = await whoseFactors(broker, people, asked, now);
  const session = found && (await begin(broker, attempt, found, asked, coming));
  if (session) return session;
  const error = unknown('The e-mail address, the password or the one-time code is not right.');
  return refuse(broker, coming, { action, who: found?.person ?? only, error });
}

interface Found {
  person: Named & Required<Pick<Named, 'factors'>>;
  step: number;
}

/** Whose both factors these are; a password is held against somebody's hash even if there is nobody. */
async function whoseFactors(
  { keys }: SignInBroker,
  people: readonly Named[],
  { password, totp }: SignInAsked,
  now: Date,
): Promise<Found | undefined> {
  const enrolled = people.flatMap(({ factors, ...person }) => (factors ? [{ ...person, factors }] : []));
  if (enrolled.length === 0) await passwordFits(undefined, password);
  for (const person of enrolled) {
    const { factors } = person;
    if (!(await passwordFits(factors.password, password))) continue;
    const step = stepOf(await openSecret(keys, person.id, factors), totp, { now, after: factors.lastStep });
    if (step !== undefined) return { person, step };
  }
  return undefined;
}

/** Begins a session, logged in the same transaction. Undefined if the person may not be known, or somebody was faster with the code. */
async function begin(
  broker: SignInBroker,
  attempt: Attempt,
  { person, step }: Found,
  { password }: SignInAsked,
  coming: Coming,
): Promise<SessionBegun | undefined> {
  const { db, clock } = broker;
  const now = clock();
  const today = istanbulDate(now);
  const who = (await whoOfPerson(db, person.id, today)) as Who;
  const certificate = await certificateOf(db, person.party, coming.certificate, now);
  const refusal = refuseComing(who, { certificate, address: coming.address, today });
  if (refusal?.code === 'not-authenticated') return undefined;
  await forget(db, attempt);
  if (refusal) {
    const error = new KopruError(refusal.code, refusal.message, { hint: refusal.hint });
    return refuse(broker, coming, { action, who: person, error, article: refusal.article });
  }
  const anew = isOutdated(person.factors.password) ? await hashPassword(normalised(password)) : undefined;
  return db.prisma.$transaction(async (tx) => {
    const within = { prisma: tx };
    if (!(await useStep(within, person.id, { from: person.factors, step, password: anew }))) return undefined;
    const session = await beginSession(within, person.id, now);
    await appendWithin(tx, { ...entryOf(broker, coming, action, person), decision: 'allow' });
    return session;
  });
}

/** Ends the session that came with a request. @throws KopruError `not-found` if the request came with a personal token */
export async function signOut(
  broker: SignInBroker,
  token: string,
  { who: { person }, ...coming }: { who: Who } & Pick<Coming, 'requestId' | 'address'>,
): Promise<void> {
  const { db, clock } = broker;
  await db.prisma.$transaction(async (tx) => {
    if (!(await endSession({ prisma: tx }, token, clock())))
      throw new KopruError('not-found', 'This token is a personal one: there is no session to end.', {
        hint: 'Personal tokens are ended with kopru token revoke.',
      });
    const { party, id, unit } = person;
    await appendWithin(tx, { at: clock(), ...coming, kind: 'access', party, person: id, unit, action: 'sign-out', decision: 'allow' });
  });
}

function tooOften(waitMillis: number): KopruError {
  const retryAfter = Math.ceil(waitMillis / 1000);
  return new KopruError('too-many-attempts', 'Signing in failed too often from here, so the next attempt has to wait.', {
    hint: `Try again in ${retryAfter} seconds.`,
    retryAfter,
  });
}
