import { KopruError } from '../../core/errors';
import { type Acting, acting, type PublicationDeps, paper, requireInForce } from '../acting';
import { changed, contributorsOf, groundsOf } from './rules';
import { isWhole, publicationOf, type StoredPublication } from './store';

/** An owner's approval: of the table with this digest, and whether the owner may be named in public. */
export interface ApprovalAsked {
  digest: string;
  document: string;
  /** Ek-2 5.3: without explicit permission the institution is not named as a reference. */
  named?: boolean | undefined;
}

/**
 * Approves a table for a contributing owner (V.Ç.9–10). Whoever proposed it does not approve it (policy, four eyes).
 * @throws KopruError `agreement-not-in-force`, `not-found`, `approver-refused`, `self-refused`, `table-changed`, `state-conflict`
 */
export async function approvePublication(deps: PublicationDeps, number: number, asked: ApprovalAsked, who: Acting): Promise<void> {
  const document = paper(asked.document);
  await requireInForce(deps, 'is approved');
  const named = asked.named ?? false;
  await acting(deps, who, 'publication approve', async (tx, at) => {
    const one = await publicationOf({ prisma: tx }, deps.agreement, number);
    const { article } = requireOwner(deps, one, who);
    if (one.proposedBy === who.person.id)
      throw new KopruError('self-refused', `Whoever proposed a table does not approve it (${article}).`, {
        hint: 'Leave it to another approver of the party.',
      });
    requireOpen(one);
    if (one.approvals.some(({ party }) => party === who.person.party))
      throw new KopruError('state-conflict', `${who.person.party} has approved publication ${number} already.`);
    if (!isWhole(one) || asked.digest !== one.digest) throw changed(one, article);
    const event = { publicationId: number, what: 'approved', party: who.person.party, person: who.person.id };
    await tx.publicationEvent.create({ data: { ...event, digest: one.digest, named, document, at, by: who.by } });
    return { result: undefined, detail: { publication: number, digest: one.digest, named, document } };
  });
}

/** Declines a table for a contributing owner: it is never published. @throws KopruError as `approvePublication` */
export async function declinePublication(deps: PublicationDeps, number: number, text: string, who: Acting): Promise<void> {
  const document = paper(text);
  await acting(deps, who, 'publication decline', async (tx, at) => {
    const one = await publicationOf({ prisma: tx }, deps.agreement, number);
    requireOwner(deps, one, who);
    requireOpen(one);
    const event = { publicationId: number, what: 'declined', party: who.person.party, person: who.person.id };
    await tx.publicationEvent.create({ data: { ...event, document, at, by: who.by } });
    return { result: undefined, detail: { publication: number, document } };
  });
}

/**
 * Publishes a table that each contributing owner approved, under consents that are in force (V.Ç.9–10). Only its publisher does.
 * @throws KopruError `agreement-not-in-force`, `not-found`, `publisher-refused`, `state-conflict`, `table-changed`,
 * `approval-missing`, `consent-missing`
 */
export async function publishPublication(deps: PublicationDeps, number: number, text: string, who: Acting): Promise<void> {
  const document = paper(text);
  await requireInForce(deps, 'is published');
  await acting(deps, who, 'publication publish', async (tx, at) => {
    const one = await publicationOf({ prisma: tx }, deps.agreement, number);
    if (one.publisher !== who.person.party)
      throw new KopruError('publisher-refused', `Only ${one.publisher}, which proposed publication ${number}, publishes it.`);
    requireOpen(one);
    const grounds = await groundsOf(deps, one);
    const event = { publicationId: number, what: 'published', party: who.person.party, person: who.person.id };
    await tx.publicationEvent.create({ data: { ...event, grounds: grounds as object, document, at, by: who.by } });
    return { result: undefined, detail: { publication: number, digest: one.digest, document, ...grounds } };
  });
}

function requireOwner(deps: PublicationDeps, { statistic, number }: StoredPublication, { person }: Acting) {
  const contributors = contributorsOf(deps, statistic);
  const own = contributors.find(({ owner }) => owner === person.party);
  if (own) return own;
  const articles = [...new Set(contributors.map(({ article }) => article))].join(', ');
  throw new KopruError(
    'approver-refused',
    `Publication ${number} draws on no data of ${person.party}, so its approval is not asked for (${articles}).`,
    {
      hint: `Owners: ${contributors.map(({ owner }) => owner).join(', ')}.`,
    },
  );
}

function requireOpen({ number, published, declined, withdrawn }: StoredPublication): void {
  const state = withdrawn ? 'withdrawn' : published ? 'published' : declined ? 'declined' : undefined;
  if (state) throw new KopruError('state-conflict', `Publication ${number} is ${state} already.`, { hint: 'Propose it anew.' });
}
