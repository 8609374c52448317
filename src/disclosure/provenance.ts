import { datasetOf } from '../agreements/fields';
import type { Agreement } from '../agreements/language';
import type { AgreementState } from '../agreements/life';
import type { SnapshotInfo } from '../snapshots/types';

/** What every answer says of itself. */
export interface Provenance {
  dataset: string;
  source: { party: string; name: string; time: string };
  snapshot: { version: number; publishedAt: string; records: number; digest: string };
  agreement: { id: string; status: AgreementState['status']; endsOn: string | null };
  grant: { id: string; article: string };
  classification: string;
  /** The receiver is responsible for what it decides. */
  notice: { text: string; article: string };
  /** For each contributing dataset: whether statistics from it may be published. */
  publicationConsent: { dataset: string; owner: string; state: 'closed'; article: string }[];
}

/** What an answer says of the agreement, whatever it is about. */
export function standing(agreement: Agreement, state: AgreementState): Pick<Provenance, 'agreement' | 'notice'> {
  return { agreement: { id: agreement.id, status: state.status, endsOn: state.endsOn ?? null }, notice: agreement.notice };
}

export function provenance(
  agreement: Agreement,
  state: AgreementState,
  snapshot: SnapshotInfo,
  grant: { grant: string; article: string },
): Provenance {
  const dataset = datasetOf(agreement, snapshot.dataset);
  return {
    dataset: snapshot.dataset,
    source: {
      party: dataset.owner,
      name: agreement.parties[dataset.owner]?.name ?? dataset.owner,
      time: snapshot.sourceTime.toISOString(),
    },
    snapshot: {
      version: snapshot.version,
      publishedAt: (snapshot.publishedAt ?? snapshot.createdAt).toISOString(),
      records: snapshot.records,
      digest: snapshot.digest,
    },
    ...standing(agreement, state),
    grant: { id: grant.grant, article: grant.article },
    classification: dataset.classification.label,
    publicationConsent: agreement.consents
      .filter((c) => c.datasets.includes(snapshot.dataset))
      .map((c) => ({ dataset: snapshot.dataset, owner: c.owner, state: c.publication, article: c.article })),
  };
}
