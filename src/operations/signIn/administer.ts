import { emailIndexOf, emailKey } from '../../access/people/sealed';
import { openPeople } from '../../access/people/store';
import { isEnrolled, voidSignIn } from '../../access/signIn/factors';
import { tidyFailures } from '../../access/signIn/failures';
import { addInvitation, tidyInvitations } from '../../access/signIn/invitations';
import { signInPolicy } from '../../access/signIn/policy';
import { endSessions, listSessions, type SessionView, tidySessions } from '../../access/signIn/sessions';
import { KopruError } from '../../core/errors';
import type { Broker } from '../broker';
import { type Acting, changingPerson, knownPerson, type PeopleBroker, refuseForeign } from '../people/acting';

export type { SessionView };

const dayMillis = 86_400_000;

/**
 * Invites a person to enrol with password and one-time codes. The code is told this once; an earlier one is void.
 * @throws KopruError `not-found`, `party-foreign`, `state-conflict`
 */
export async function invitePerson(broker: PeopleBroker, personId: number, acting: Acting): Promise<{ code: string; expiresAt: Date }> {
  return changingPerson(broker, acting, personId, async (db, person, log) => {
    if (person.removed) throw new KopruError('state-conflict', `Person ${personId} was removed, and cannot be invited.`);
    if (await isEnrolled(db, personId))
      throw new KopruError('state-conflict', `Person ${personId} has enrolled already.`, {
        hint: 'kopru person reset makes password and one-time codes void.',
      });
    const email = (await openPeople(db, broker.keys, [personId])).get(personId)?.email;
    const emailIndex = emailIndexOf(await emailKey(broker.keys), email);
    if (!emailIndex)
      throw new KopruError('state-conflict', `The list has no e-mail address of person ${personId}, who could not sign in without.`, {
        hint: 'Import a list that has it.',
      });
    // Those who were saved before people could sign in have none yet; nobody signs in who was not invited.
    await db.prisma.person.update({ where: { id: personId }, data: { emailIndex } });
    const invitation = await addInvitation(db, { personId, by: acting.by, now: broker.clock() });
    await log('person invite', { person: personId, expiresAt: invitation.expiresAt });
    return invitation;
  });
}

/** Makes password, one-time codes and invitation void, and ends all sessions, at once. Returns how many sessions these were. */
export async function resetPerson(broker: PeopleBroker, personId: number, acting: Acting): Promise<number> {
  return changingPerson(broker, acting, personId, async (db, _person, log) => {
    const sessions = await voidSignIn(db, [personId], broker.clock());
    await log('person reset', { person: personId, sessions });
    return sessions;
  });
}

/** Ends all sessions of a person at once. Returns how many. */
export async function signOutPerson(broker: PeopleBroker, personId: number, acting: Acting): Promise<number> {
  return changingPerson(broker, acting, personId, async (db, _person, log) => {
    const sessions = await endSessions(db, [personId], broker.clock());
    await log('person sign-out', { person: personId, sessions });
    return sessions;
  });
}

/** Live sessions, newest first, of one person or of all; with `all` those too that have ended and are not deleted yet. */
export async function sessions(
  broker: PeopleBroker,
  asked: { person?: number | undefined; all?: boolean | undefined },
  acting: Acting,
): Promise<SessionView[]> {
  const { person: personId, all } = asked;
  if (personId !== undefined) refuseForeign(acting, (await knownPerson(broker.db, personId)).party);
  const found = await listSessions(broker.db, { personId, liveAt: all ? undefined : broker.clock() });
  if (acting.onlyParty === undefined || personId !== undefined) return found;
  const parties = new Map<number, string>();
  for (const id of new Set(found.map((one) => one.personId))) parties.set(id, (await knownPerson(broker.db, id)).party);
  return found.filter((one) => parties.get(one.personId) === acting.onlyParty);
}

/** Deletes sessions and invitations that ended long ago, and counts of failures that are forgotten. */
export async function tidySignIns({ db, clock }: Pick<Broker, 'db' | 'clock'>): Promise<void> {
  const before = new Date(clock().getTime() - signInPolicy.keptDays * dayMillis);
  await tidySessions(db, before);
  await tidyInvitations(db, before);
  await tidyFailures(db, clock());
}
