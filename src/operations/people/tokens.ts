import { listPeople } from '../../access/people/store';
import { issuePersonToken, listPersonTokens, revokePersonToken, revokePersonTokens, type TokenView } from '../../access/people/tokens';
import { KopruError } from '../../core/errors';
import { type Acting, changingPerson, knownPerson, type PeopleBroker, refuseForeign, refuseSelf } from './acting';

export type { TokenView };

/** How long a token may live (policy): somebody looks at it once a year. */
export const mostDays = 366;
const dayMillis = 86_400_000;

/** Makes a person's token. It is told this once, and kept nowhere. */
export async function issueFor(
  broker: PeopleBroker,
  personId: number,
  { label, days }: { label: string; days: number },
  acting: Acting,
): Promise<{ id: number; token: string; expiresAt: Date }> {
  refuseSelf(acting, personId);
  if (!Number.isInteger(days) || days < 1 || days > mostDays)
    throw new KopruError('request-invalid', `A token lives 1 to ${mostDays} days.`);
  return changingPerson(broker, acting, personId, async (db, person, log) => {
    if (person.removed) throw new KopruError('state-conflict', `Person ${personId} was removed, and gets no token.`);
    const now = broker.clock();
    const expiresAt = new Date(now.getTime() + days * dayMillis);
    const { id, token } = await issuePersonToken(db, { personId, label, expiresAt, by: acting.by, now });
    await log('token issue', { person: personId, token: id, expiresAt });
    return { id, token, expiresAt };
  });
}

/** Tokens, newest first, of one person or of all; never themselves. */
export async function tokens(broker: PeopleBroker, personId: number | undefined, acting: Acting): Promise<TokenView[]> {
  if (personId !== undefined) refuseForeign(acting, (await knownPerson(broker.db, personId)).party);
  const found = await listPersonTokens(broker.db, personId);
  if (acting.onlyParty === undefined || personId !== undefined) return found;
  const own = new Set((await listPeople(broker.db, acting.onlyParty)).map(({ id }) => id));
  return found.filter((one) => own.has(one.personId));
}

/** Ends one token at once. @throws KopruError `not-found`, `state-conflict` */
export async function revokeToken(broker: PeopleBroker, id: number, acting: Acting): Promise<void> {
  const token = (await listPersonTokens(broker.db)).find((one) => one.id === id);
  if (!token) throw new KopruError('not-found', `There is no token ${id}.`, { hint: 'List them with kopru token list.' });
  await changingPerson(broker, acting, token.personId, async (db, _person, log) => {
    await log('token revoke', { person: token.personId, token: id });
    if (!(await revokePersonToken(db, id, broker.clock()))) throw new KopruError('state-conflict', `Token ${id} was revoked before.`);
  });
}

/** Ends all tokens of a person at once. Returns how many. */
export async function revokeTokensOf(broker: PeopleBroker, personId: number, acting: Acting): Promise<number> {
  return changingPerson(broker, acting, personId, async (db, _person, log) => {
    const ended = await revokePersonTokens(db, [personId], broker.clock());
    await log('token revoke', { person: personId, tokens: ended });
    return ended;
  });
}
