import { grantOf } from '../agreements/fields';
import type { Agreement, Mode } from '../agreements/language';
import { type AgreementState, applies } from '../agreements/life';
import type { ErrorCode } from '../core/errors';

/**
 * What somebody wants to read. Person, role, scope, address and quota join here when people are known by name;
 * until then a party speaks with one voice.
 */
export interface AccessRequest {
  party: string;
  dataset: string;
  /** The fields asked for; all that are open if absent. */
  fields?: readonly string[];
  purpose?: string;
  mode?: Mode;
}

export type Decision =
  | { allow: true; grant: string; fields: readonly string[]; article: string }
  | { allow: false; code: ErrorCode; article: string; message: string; hint: string };

/** Whether a party may read a dataset now, and which of its fields. Pure; what no grant opens is closed. */
export function decide(agreement: Agreement, state: AgreementState, request: AccessRequest): Decision {
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

/** Whether the host may pull a dataset: it owns it, or holds an open grant on it. */
export function decidePull(agreement: Agreement, state: AgreementState, dataset: string, mode?: Mode): Decision {
  return decide(agreement, state, { party: agreement.host.party, dataset, ...(mode ? { mode } : {}) });
}

function within(open: readonly string[], grant: string, article: string, request: AccessRequest): Decision {
  const foreign = request.fields?.find((f) => !open.includes(f));
  if (foreign !== undefined)
    return refuse('grant-closed', article, 'A field that was asked for is not open to this party.', `Open fields: ${open.join(', ')}.`);
  return { allow: true, grant, article, fields: request.fields ? open.filter((f) => request.fields?.includes(f)) : open };
}

function closed(article: string): Decision {
  return refuse(
    'grant-closed',
    article,
    'No open grant lets this party read this dataset.',
    'See kopru agreement show for what is open to whom.',
  );
}

function refuse(code: ErrorCode, article: string, message: string, hint: string): Decision {
  return { allow: false, code, article, message, hint };
}
