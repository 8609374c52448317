import { type ConsentFlag, consentFlags } from '../agreements/consents';
import { inputsOf } from '../agreements/derived';
import { datasetOf } from '../agreements/fields';
import type { Agreement } from '../agreements/language';
import type { AgreementState } from '../agreements/life';
import type { SnapshotInfo } from '../snapshots/types';

/** What every answer says of itself. */
export interface Provenance {
  dataset: string;
  source: { party: string; name: string; time: string };
  snapshot: {
    version: number;
    publishedAt: string;
    records: number;
    digest: string;
    /** Of a derived dataset: the snapshots that it was made of, by dataset. */
    inputs?: Readonly<Record<string, number>>;
  };
  agreement: { id: string; status: AgreementState['status']; endsOn: string | null };
  grant: { id: string; article: string };
  classification: string;
  /** The receiver is responsible for what it decides. */
  notice: { text: string; article: string };
  /** For each contributing dataset: whether statistics from it may be published, by whose approval. */
  publicationConsent: ConsentFlag[];
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
  const { dataset, source, ...rest } = originOf(agreement, state, { dataset: snapshot.dataset, time: snapshot.sourceTime }, grant);
  return {
    dataset,
    source,
    snapshot: {
      version: snapshot.version,
      publishedAt: (snapshot.publishedAt ?? snapshot.createdAt).toISOString(),
      records: snapshot.records,
      digest: snapshot.digest,
      ...(snapshot.inputs ? { inputs: snapshot.inputs } : {}),
    },
    ...rest,
  };
}

/** What an answer says of itself that came from the source itself, without a snapshot. */
export function originOf(
  agreement: Agreement,
  state: AgreementState,
  of: { dataset: string; time: Date },
  grant: { grant: string; article: string },
): Omit<Provenance, 'snapshot'> {
  const dataset = datasetOf(agreement, of.dataset);
  return {
    dataset: of.dataset,
    source: {
      party: dataset.owner,
      name: agreement.parties[dataset.owner]?.name ?? dataset.owner,
      time: of.time.toISOString(),
    },
    ...standing(agreement, state),
    grant: { id: grant.grant, article: grant.article },
    classification: dataset.classification.label,
    publicationConsent: consentFlags(agreement, state.consents, inputsOf(agreement, of.dataset)),
  };
}
