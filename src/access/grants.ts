import { grantOf } from '../agreements/fields';
import type { Agreement, Mode } from '../agreements/language';
import { type AgreementState, applies } from '../agreements/life';
import type { ErrorCode } from '../core/errors';

/** What a party wants to read. */
export interface AccessRequest {
  party: string;
  dataset: string;
  /** The fields asked for; all that are open if absent. */
  fields?: readonly string[];
  /** Fields that the records are chosen by: which ones there are tells of a field as much as its values. */
  chosenBy?: readonly string[];
  purpose?: string;
  mode?: Mode;
  /** Datasets that the person who asks has no grant of their own on, and would need one. */
  withheld?: readonly string[];
}

export type Refusal = { allow: false; code: ErrorCode; article: string; message: string; hint: string };

export type Allowed = {
  allow: true;
  grant: string;
  fields: readonly string[];
  article: string;
  /** Of a derived dataset: the rules whose findings may be shown. */
  rules?: readonly string[];
};

export type Decision = Allowed | Refusal;

/** Whether a party may read a dataset that a source sends, and which of its fields. Pure; what no grant opens is closed. */
export function decideSource(agreement: Agreement, state: AgreementState, request: AccessRequest): Decision {
  if (!applies(state)) {
    const why = state.status === 'ended' ? 'has ended' : `is not in force (missing: ${state.missing.join(', ')})`;
    return refuse(
      'agreement-not-in-force',
      agreement.term.article,
      `The agreement ${agreement.id} ${why}, so nothing is released.`,
      'An operator records its events with kopru agreement record.',
    );
  }
  const dataset = Object.hasOwn(agreement.datasets, request.dataset) && agreement.datasets[request.dataset];
  if (!dataset || !Object.hasOwn(agreement.parties, request.party)) return closed('policy');
  if (request.withheld?.includes(request.dataset))
    return refuse(
      'personal-grant-missing',
      dataset.perPerson?.article ?? 'policy',
      `Whoever reads ${request.dataset} needs a grant of their own, and there is none for this person today.`,
      'An approver of the owner gives one with kopru access grant.',
    );
  if (dataset.owner === request.party) {
    return within(Object.keys(dataset.fields), 'owner', dataset.article, request);
  }
  const grant = grantOf(agreement, request.party, request.dataset);
  const open = grant && Object.hasOwn(state.openGrants, grant.id) && state.openGrants[grant.id];
  if (!grant || !open) return closed(grant?.article ?? 'policy');
  if (request.mode && !grant.modes.includes(request.mode)) return closed(grant.article);
  if (request.purpose !== undefined && !grant.purposes.includes(request.purpose)) {
    const articles = new Set(grant.purposes.map((p) => agreement.purposes[p]?.article ?? 'policy'));
    return refuse(
      'purpose-refused',
      [...articles].join(', '),
      `The grant ${grant.id} does not allow this purpose.`,
      `Name one of: ${grant.purposes.join(', ')}.`,
    );
  }
  return within(open, grant.id, grant.article, request);
}

/** The fields asked for, if all of them are open. */
export function within(open: readonly string[], grant: string, article: string, request: AccessRequest): Decision {
  const foreign = [...(request.fields ?? []), ...(request.chosenBy ?? [])].find((f) => !open.includes(f));
  if (foreign !== undefined)
    return refuse('grant-closed', article, 'A field that was asked for is not open to this party.', `Open fields: ${open.join(', ')}.`);
  return { allow: true, grant, article, fields: request.fields ? open.filter((f) => request.fields?.includes(f)) : open };
}

function closed(article: string): Refusal {
  return refuse(
    'grant-closed',
    article,
    'No open grant lets this party read this dataset.',
    'See kopru agreement show for what is open to whom.',
  );
}

export function refuse(code: ErrorCode, article: string, message: string, hint: string): Refusal {
  return { allow: false, code, article, message, hint };
}
