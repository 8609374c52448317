import type { IsoDate } from '../core/dates';
import type { Agreement } from './language';

/** What a standing consent is for: that a party may publish a statistic drawn from an owner's dataset (V.Ç.9–10). */
export interface ConsentPlace {
  owner: string;
  /** The party that may publish. */
  beneficiary: string;
  dataset: string;
  statistic: string;
}

/** A decision on a consent that was asked for. Days of Europe/Istanbul, both included. */
export type ConsentDecision = { at: Date } & ({ what: 'granted'; from: IsoDate; until: IsoDate } | { what: 'refused' | 'withdrawn' });

export type ConsentState = 'asked' | 'granted' | 'refused' | 'withdrawn' | 'expired';

/**
 * Where a consent stood at an instant, whose day in Istanbul is `today`, from what was decided until then. Pure. It is in force while it is granted and
 * its days run.
 */
export function consentState(decisions: readonly ConsentDecision[], at: Date, today: IsoDate): { state: ConsentState; inForce: boolean } {
  const last = decisions.filter((one) => one.at <= at).at(-1);
  const granted = decisions.findLast((one) => one.what === 'granted');
  if (!last) return { state: 'asked', inForce: false };
  if (last.what !== 'granted' || granted?.what !== 'granted') return { state: last.what, inForce: false };
  if (granted.until < today) return { state: 'expired', inForce: false };
  return { state: 'granted', inForce: granted.from <= today };
}

/** A consent that is in force. */
export interface ConsentInForce extends ConsentPlace {
  number: number;
  /** The day of the decision: a consent goes with the life of the agreement in which it was given (VII.1). */
  grantedOn: IsoDate;
  until: IsoDate;
}

/** What an answer says of a contributing dataset: whose approval a statistic from it needs, by which article, and what is approved. */
export interface ConsentFlag {
  dataset: string;
  owner: string;
  /** `granted` if anything is approved now. */
  state: 'closed' | 'granted';
  article: string;
  /** The approvals in force. */
  consents: { number: number; beneficiary: string; statistic: string; until: IsoDate }[];
}

/** The flags in force for these datasets. */
export function consentFlags(agreement: Agreement, inForce: readonly ConsentInForce[], datasets: readonly string[]): ConsentFlag[] {
  return datasets.flatMap((dataset) =>
    agreement.consents
      .filter((rule) => rule.datasets.includes(dataset))
      .map(({ owner, article }) => {
        const consents = inForce
          .filter((one) => one.dataset === dataset && one.owner === owner)
          .map(({ number, beneficiary, statistic, until }) => ({ number, beneficiary, statistic, until }));
        return { dataset, owner, state: consents.length > 0 ? ('granted' as const) : ('closed' as const), article, consents };
      }),
  );
}

/** The article by which an owner's approval is needed for a dataset. */
export function consentArticle(agreement: Agreement, dataset: string): string {
  return agreement.consents.find((rule) => rule.datasets.includes(dataset))?.article ?? 'policy';
}
