import { decideStatistic } from '../../access/statistics';
import { populationOf, type Statistic } from '../../agreements/statistics';
import { KopruError } from '../../core/errors';
import { type Acting, acting, type PublicationDeps, paper, requireInForce } from '../acting';
import { noStatistic } from '../consents';
import type { RefusedFor } from '../control/types';
import { type Counted, countStatistic } from '../statistics/count';
import { digestOf } from './digest';
import { mayBeKnown, publicationHeads, type Reading, tablesOf } from './store';

/** How often a table is made safe anew because another one came meanwhile. */
const tries = 3;

const reasons: Record<RefusedFor, string> = {
  unprotectable: 'whatever is hidden, somebody could be found out from it and what was published before',
  contradiction: 'it counts otherwise than what was published of the same day, and the difference would tell of somebody',
  differencing: 'a count differs from a published one of another day by too few people',
  overlap: 'a count differs by too few people from a published one of a statistic that holds some of the same people',
  'nothing-left': 'all of its cells would have to be hidden',
  'too-large': 'it has too many cells to be proven safe',
  'too-many-steps': 'it could not be proven safe in as many steps as are allowed',
  'too-late': 'it could not be proven safe in time',
  unproven: 'its proof did not stand up to the check',
};

/**
 * Counts a statistic of the catalogue from the newest snapshots, makes it safe beside all that was published of the same people, and
 * freezes it: nobody sees it before. Returns its number.
 * @throws KopruError `agreement-not-in-force`, `not-found`, `grant-closed` and its like where the party may not count it,
 * `table-refused`, `state-conflict` if the same table is there already, `busy`
 */
export async function proposePublication(
  deps: PublicationDeps,
  asked: { statistic: string; document: string },
  who: Acting,
): Promise<number> {
  const { agreement, db } = deps;
  await requireInForce(deps, 'is published');
  const document = paper(asked.document);
  const { statistic: id } = asked;
  const statistic = Object.hasOwn(agreement.statistics, id) ? agreement.statistics[id] : undefined;
  if (!statistic) throw noStatistic(agreement);
  const decision = decideStatistic(agreement, await deps.state(), who.person.party, statistic);
  if (!decision.allow) throw new KopruError(decision.code, decision.message, { hint: decision.hint });
  const counted = await countStatistic({ db, agreement }, id, statistic);
  for (let left = tries; left > 0; left -= 1) {
    const done = await proposed(deps, { id, statistic, document }, counted, who);
    if (done !== undefined) return done;
  }
  throw new KopruError('busy', 'Other tables of the same people were proposed meanwhile, again and again.', { hint: 'Try again later.' });
}

/** Undefined if another table of the same people came while this one was made safe. */
async function proposed(
  deps: PublicationDeps,
  { id, statistic, document }: { id: string; statistic: Statistic; document: string },
  { table, sources }: Counted,
  who: Acting,
): Promise<number | undefined> {
  const { agreement, db, control } = deps;
  const population = populationOf(statistic);
  const populations = [population, ...(table.overlaps ?? [])];
  const known = async (reading: Reading) => (await publicationHeads(reading, agreement, { populations })).filter(mayBeKnown);
  const beside = await known(db);
  const earlier = await tablesOf(
    db,
    beside.map(({ number }) => number),
  );
  const result = await control(table, earlier);
  if (result.outcome === 'refused') throw refused(id, result.reason);
  return acting<number | undefined>(deps, who, 'publication propose', async (tx, at) => {
    const now = await known({ prisma: tx });
    const came = now.length !== beside.length || now.some(({ number }, i) => number !== beside[i]?.number);
    if (came) return { result: undefined, detail: { statistic: id, outcome: 'anew' } };
    const { published } = result;
    const digest = digestOf(published, sources);
    const same = now.find((one) => one.digest === digest && one.publisher === who.person.party && !one.withdrawn);
    if (same) throw new KopruError('state-conflict', `Publication ${same.number} is this very table.`);
    const row = await tx.publication.create({
      data: {
        ...{ agreementId: agreement.id, statistic: id, population, publisher: who.person.party, proposedBy: who.person.id },
        ...{ sources: sources as object, table: published as object, digest, document, at, by: who.by },
      },
    });
    return { result: row.id, detail: { publication: row.id, statistic: id, digest, document } };
  });
}

function refused(statistic: string, reason: RefusedFor): KopruError {
  return new KopruError('table-refused', `The table ${statistic} is not safe to publish: ${reasons[reason]}.`, {
    hint: 'Publish a coarser statistic, or wait for a snapshot that differs by more.',
  });
}
