import { consentArticle } from '../../agreements/consents';
import { statisticDatasets } from '../../agreements/statistics';
import { istanbulDate } from '../../core/dates';
import { KopruError } from '../../core/errors';
import type { PublicationDeps } from '../acting';
import { type Grounds, isWhole, type StoredPublication } from './store';

/** The owners whose data a publication draws on, with the datasets and the article by which their approval is needed (V.Ç.9–10). */
export interface Contributor {
  owner: string;
  datasets: string[];
  article: string;
}

export function contributorsOf({ agreement }: Pick<PublicationDeps, 'agreement'>, statistic: string): Contributor[] {
  const definition = agreement.statistics[statistic];
  const datasets = definition ? statisticDatasets(agreement, definition) : [];
  const owners = [...new Set(datasets.map((id) => agreement.datasets[id]?.owner ?? ''))].sort();
  return owners.map((owner) => {
    const own = datasets.filter((id) => agreement.datasets[id]?.owner === owner);
    return { owner, datasets: own, article: [...new Set(own.map((id) => consentArticle(agreement, id)))].join(', ') };
  });
}

/**
 * What a publication may rest on: an approval of just this table by each owner, and of each other party whose data it draws on a
 * standing consent that is in force (V.Ç.9–10; that a mixed table needs every owner's, and the own one's too, is policy).
 * @throws KopruError `table-changed`, `approval-missing`, `consent-missing`
 */
export async function groundsOf(deps: PublicationDeps, one: StoredPublication): Promise<Grounds> {
  const contributors = contributorsOf(deps, one.statistic);
  if (contributors.length === 0) throw changed(one, 'policy');
  if (!isWhole(one)) throw changed(one, contributors.map(({ article }) => article).join(', '));
  const grounds: Grounds = { approvals: [], consents: [] };
  const { consents } = await deps.state();
  for (const { owner, datasets, article } of contributors) {
    const approval = one.approvals.find(({ party }) => party === owner);
    if (!approval)
      throw new KopruError('approval-missing', `${owner} has not approved this table, and it draws on data of ${owner} (${article}).`, {
        hint: 'An approver of that party approves it with kopru publication approve.',
      });
    if (approval.digest !== one.digest) throw changed(one, article);
    grounds.approvals.push({ party: owner, event: approval.event, named: approval.named, article, on: istanbulDate(approval.at) });
    if (owner === one.publisher) continue;
    for (const dataset of datasets) {
      const standing = consents.find(
        (c) => c.owner === owner && c.beneficiary === one.publisher && c.dataset === dataset && c.statistic === one.statistic,
      );
      if (!standing)
        throw new KopruError(
          'consent-missing',
          `No consent of ${owner} to publish this statistic from ${dataset} is in force (${article}).`,
          {
            hint: 'Ask for it with kopru consent ask, and let an approver of the owner grant it.',
          },
        );
      grounds.consents.push({ number: standing.number, owner, dataset, article, until: standing.until });
    }
  }
  return grounds;
}

export function changed({ number }: StoredPublication, article: string): KopruError {
  return new KopruError('table-changed', `The table of publication ${number} is not the one that was approved or shown (${article}).`, {
    hint: 'Look at it again, and approve what it is now; propose it anew where it was changed.',
  });
}
