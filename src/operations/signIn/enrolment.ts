import { openPeople } from '../../access/people/store';
import { addFactors } from '../../access/signIn/factors';
import { type Invitation, invitationOf, keepPending, useInvitation } from '../../access/signIn/invitations';
import { acceptablePassword, hashPassword } from '../../access/signIn/password';
import { openSecret, sealSecret } from '../../access/signIn/sealed';
import { newSecret, secretUri, stepOf } from '../../access/signIn/totp';
import { appendWithin } from '../../audit/log';
import { knownPerson } from '../people/acting';
import { type Coming, entryOf, refuse, type SignInBroker, unknown } from './coming';

const [begins, confirms] = ['enrolment', 'enrolment-confirmation'];
const issuer = 'Köprü';

/** What an authenticator app needs; told this once. */
export interface Secret {
  /** otpauth://, for a QR code. */
  uri: string;
  /** The same in base32, to be typed. */
  secret: string;
}

/**
 * Takes the password of somebody who was invited, and makes the secret of the one-time codes. Both wait for confirmation; until then
 * the same code may begin anew, with another secret.
 * @throws KopruError `not-authenticated`, `password-refused`
 */
export async function beginEnrolment(broker: SignInBroker, asked: { code: string; password: string }, coming: Coming): Promise<Secret> {
  const { db, keys, clock, audit } = broker;
  const invitation = await invitationOf(db, asked.code, clock());
  if (!invitation) return refuse(broker, coming, { action: begins, error: wrongCode() });
  const { personId } = invitation;
  const person = await knownPerson(db, personId);
  // Opened for the comparison alone; nothing of it is told.
  const email = (await openPeople(db, keys, [personId])).get(personId)?.email;
  const password = await hashPassword(acceptablePassword(asked.password, email));
  const secret = newSecret();
  const kept = await keepPending(db, invitation, password, await sealSecret(keys, personId, secret));
  if (!kept) return refuse(broker, coming, { action: begins, who: person, error: wrongCode() });
  await audit.append({ ...entryOf(broker, coming, begins, person), decision: 'allow' });
  // Named by number: an app's list is seen over shoulders, and kept in clouds.
  return { secret, uri: secretUri(secret, { issuer, label: `${person.party}-${personId}` }) };
}

/**
 * Makes password and secret valid, by a first one-time code, and uses the invitation up.
 * @throws KopruError `not-authenticated`
 */
export async function confirmEnrolment(
  broker: SignInBroker,
  asked: { code: string; totp: string },
  coming: Coming,
): Promise<{ person: number }> {
  const { db, clock } = broker;
  const now = clock();
  const invitation = await invitationOf(db, asked.code, now);
  const person = invitation && (await knownPerson(db, invitation.personId));
  const lastStep = invitation && (await firstStep(broker, invitation, asked.totp, now));
  if (!invitation?.pending || !person || lastStep === undefined)
    return refuse(broker, coming, { action: confirms, who: person, error: wrongCode() });
  const { pending } = invitation;
  const done = await db.prisma.$transaction(async (tx) => {
    const within = { prisma: tx };
    if (!(await useInvitation(within, invitation, now))) return false;
    await addFactors(within, person.id, { ...pending, lastStep }, now);
    await appendWithin(tx, { ...entryOf(broker, coming, confirms, person), decision: 'allow' });
    return true;
  });
  return done ? { person: person.id } : refuse(broker, coming, { action: confirms, who: person, error: wrongCode() });
}

async function firstStep({ keys }: SignInBroker, { personId, pending }: Invitation, code: string, now: Date): Promise<number | undefined> {
  return pending && stepOf(await openSecret(keys, personId, pending), code, { now, after: 0 });
}

const wrongCode = () => unknown('The code to enrol is not good, or the one-time code does not fit it.');
