import { KopruError } from '../../core/errors';
import { type Acting, acting, type PublicationDeps, paper, type Transaction } from '../acting';
import { contributorsOf } from './rules';
import { publicationHeads, publicationOf } from './store';

/**
 * Takes a publication back, at once and whatever the agreement's state: its publisher, or an owner whose data it draws on.
 * @throws KopruError `not-found`, `approver-refused`, `state-conflict`
 */
export async function withdrawPublication(deps: PublicationDeps, number: number, text: string, who: Acting): Promise<void> {
  const document = paper(text);
  await acting(deps, who, 'publication withdraw', async (tx, at) => {
    const one = await publicationOf({ prisma: tx }, deps.agreement, number);
    const owners = contributorsOf(deps, one.statistic).map(({ owner }) => owner);
    if (![one.publisher, ...owners].includes(who.person.party))
      throw new KopruError('approver-refused', `Publication ${number} is neither of ${who.person.party} nor of its data.`);
    if (one.withdrawn || one.declined)
      throw new KopruError('state-conflict', `Publication ${number} is ${one.withdrawn ? 'withdrawn' : 'declined'} already.`);
    await withdrawn(tx, number, { ...who, document, at });
    return { result: undefined, detail: { publication: number, document } };
  });
}

/** Withdraws what rests on a consent that is withdrawn. */
export async function withdrawResting(
  tx: Transaction,
  { agreement }: PublicationDeps,
  consent: number,
  done: Acting & { document: string; at: Date },
): Promise<number[]> {
  const all = await publicationHeads({ prisma: tx }, agreement);
  const resting = all.filter(
    ({ published, withdrawn: gone }) => !gone && published?.grounds.consents.some(({ number }) => number === consent),
  );
  for (const { number } of resting) await withdrawn(tx, number, done);
  return resting.map(({ number }) => number);
}

async function withdrawn(
  tx: Transaction,
  number: number,
  { person, by, document, at }: Acting & { document: string; at: Date },
): Promise<void> {
  const event = { publicationId: number, what: 'withdrawn', party: person.party, person: person.id };
  await tx.publicationEvent.create({ data: { ...event, document, at, by } });
}
