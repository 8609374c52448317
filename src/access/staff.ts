import { datasetOf } from '../agreements/fields';
import type { Agreement, Field } from '../agreements/language';
import { type Action, readingActions, rolesFor, sensitivities } from '../agreements/roles';
import type { IsoDate } from '../core/dates';
import { type Refusal, refuse } from './grants';
import { addressAllowed } from './institutions/addresses';
import { type Person, standingOf } from './people/person';

/** A grant of a person's own, on a dataset that needs one; both days included. */
export interface PersonGrant {
  dataset: string;
  from: IsoDate;
  until: IsoDate;
}

/** Who asks, as a decision sees them. */
export interface Who {
  person: Person;
  /** The version of the undertaking that the party's staff must have accepted by now; undefined if none is recorded. */
  undertaking: number | undefined;
  grants: readonly PersonGrant[];
  /** Whether the party has a registered certificate: then its people come with one. */
  certified: boolean;
  /** The addresses from which the unit or the party may ask; empty: from any. */
  addresses: readonly { cidr: string }[];
}

export interface StaffRequest {
  action: Action;
  dataset?: string | undefined;
  /** The client certificate of the connection: a valid one of the person's party, none, or any other. */
  certificate: 'own' | 'none' | 'foreign';
  /** The address that the request came from. */
  address: string;
  /** The day in Europe/Istanbul. */
  today: IsoDate;
}

/** What a person may do, as far as the person alone decides it. */
export interface StaffAllowed {
  allow: true;
  /** Fields that are more sensitive than this stay closed. */
  shows: Field['sensitivity'];
  article: string;
  /** Only rows whose field has this province. */
  scope?: { field: string; province: string };
  /** Datasets that need a grant of the person's own, and there is none today. */
  withheld: readonly string[];
}

/** Whether this person may come at all now, with this certificate and from here; undefined if nothing stands against it. */
export function refuseComing(who: Who, request: Pick<StaffRequest, 'certificate' | 'address' | 'today'>): Refusal | undefined {
  const { person, undertaking, addresses, certified } = who;
  const { certificate, address, today } = request;
  switch (standingOf(person, today, undertaking)) {
    case 'active':
      break;
    case 'untrained':
      return refuse(
        'training-missing',
        'V.D.1',
        'No training of this person is recorded, so there is no access.',
        'The personnel administrator records it with kopru personnel train.',
      );
    case 'undertaking-missing':
      return refuse(
        'undertaking-missing',
        'Ek-2 9',
        'This person has not accepted the undertaking that is in force, so there is no access.',
        'The personnel administrator records it with kopru personnel accept.',
      );
    default:
      return refuse(
        'not-authenticated',
        'V.E.4',
        'No valid credential came with the request.',
        'Ask the personnel administrator of your institution.',
      );
  }
  if (certificate === 'foreign')
    return refuse(
      'certificate-refused',
      'policy',
      'The client certificate is not a valid one of this institution.',
      'Use the institution’s own; the operator sees with kopru cert list whether it is registered, expired or revoked.',
    );
  if (certificate === 'none' && certified)
    return refuse(
      'certificate-required',
      'policy',
      'This institution is bound to its client certificate, and the connection came without one.',
      'Connect with the certificate that is registered for the institution.',
    );
  // Both lists bind: the institution's, and the person's own within it.
  const own = person.addresses.map((cidr) => ({ cidr }));
  if ([addresses, own].some((rules) => rules.length > 0 && !addressAllowed(address, rules)))
    return refuse(
      'address-refused',
      'V.Ç.6',
      'Requests from this address are not allowed.',
      'Ask from an address of your institution’s list.',
    );
  return undefined;
}

/**
 * Whether this person may do this now, from here, for this purpose and case: everything about a request that its party does not
 * decide. Pure; what no role allows is closed.
 */
export function decideStaff(agreement: Agreement, who: Who, request: StaffRequest): StaffAllowed | Refusal {
  const { person, grants } = who;
  const { action, dataset, today } = request;
  const unwelcome = refuseComing(who, request);
  if (unwelcome) return unwelcome;
  const roles = rolesFor(agreement, person.roles, action);
  if (roles.length === 0)
    return refuse('role-refused', 'V.Ç.6', 'No role of this person allows this.', 'Roles are given with the Ek-3 form.');
  const shown = Math.max(...roles.map(([, { shows }]) => sensitivities.indexOf(shows)));
  const allowed: StaffAllowed = {
    allow: true,
    shows: sensitivities[shown] as Field['sensitivity'],
    article: roles.map(([, { article }]) => article).join('; '),
    withheld: withheldFrom(agreement, grants, today),
  };
  if (!readingActions.includes(action)) return allowed;
  if (person.province === undefined || dataset === undefined || !Object.hasOwn(agreement.datasets, dataset)) return allowed;
  const { scope } = datasetOf(agreement, dataset);
  if (!scope)
    return refuse(
      'scope-refused',
      'policy',
      'This dataset has no rows of one province, so provincial staff cannot read it.',
      'Staff of the centre can.',
    );
  return { ...allowed, scope: { field: scope.province, province: person.province } };
}

export interface Stated {
  purpose?: string | undefined;
  case?: string | undefined;
}

/** What a query states: a purpose of the agreement, and a case where one is asked for; which purposes a grant allows, the grant says. */
export function decideStated({ purposes, cases }: Agreement, { purpose, case: of }: Stated): Refusal | undefined {
  const articles = [...new Set(Object.values(purposes).map((p) => p.article))].join(', ');
  const hint = `Name one of: ${Object.keys(purposes).join(', ')}.`;
  if (purpose === undefined) return refuse('purpose-missing', articles, 'The request names no purpose.', hint);
  if (!Object.hasOwn(purposes, purpose)) return refuse('purpose-refused', articles, 'The agreement knows no such purpose.', hint);
  if (of === undefined && cases.required)
    return refuse('case-missing', cases.article, 'The request names no case that it is for.', 'Give the reference of the file or task.');
  return undefined;
}

function withheldFrom({ datasets }: Agreement, grants: readonly PersonGrant[], today: IsoDate): string[] {
  return Object.entries(datasets)
    .filter(([id, { perPerson }]) => perPerson && !grants.some((g) => g.dataset === id && g.from <= today && today <= g.until))
    .map(([id]) => id);
}
