import type { Agreement, Mode } from '../agreements/language';
import type { AgreementState } from '../agreements/life';
import { readingActions, shows } from '../agreements/roles';
import { decideDerived, openRules } from './derived';
import { type AccessRequest, type Allowed, type Decision, decideSource, refuse, within } from './grants';
import { type QuotaStanding, quotaExceeded } from './quotas/standing';
import { decideStaff, decideStated, type StaffAllowed, type StaffRequest, type Stated, type Who } from './staff';

export type { AccessRequest, Allowed, Decision, Refusal } from './grants';
export type { PersonGrant, Who } from './staff';

/** What somebody asks for: who, for what, of which dataset, from where, and when. */
export type Request = Omit<AccessRequest, 'party' | 'withheld' | 'purpose'> &
  Stated &
  Omit<StaffRequest, 'dataset'> & {
    /** The quota that leaves no room for it, where one does not. */
    exhausted?: QuotaStanding | undefined;
  };

/** An allowed request: which fields, of which rows. */
export type Reach = Allowed & Pick<StaffAllowed, 'scope'>;

/**
 * The one decision: whether this person may have this now, and which fields of which rows. A pure function of the agreement's state,
 * its grants, the person, role, purpose, case, scope, address, quota and time; what nothing opens is closed.
 */
export function decide(agreement: Agreement, state: AgreementState, who: Who, request: Request): Reach | Exclude<Decision, Allowed> {
  const { purpose, exhausted } = request;
  const reach = decideReach(agreement, state, who, request);
  const reads = readingActions.includes(request.action);
  // What is stated without need is held to the same.
  if (!reach.allow || !(reads || purpose !== undefined)) return reach;
  const unstated = decideStated(agreement, reads ? request : { purpose, case: '-' });
  if (unstated) return unstated;
  const forThis = decideParty(agreement, state, { party: who.person.party, dataset: request.dataset, ...(purpose ? { purpose } : {}) });
  if (!forThis.allow) return forThis;
  return exhausted && reads ? overQuota(exhausted) : reach;
}

/** What a dataset's reading would show, whatever purpose is stated: for the catalogue. */
export function decideReach(agreement: Agreement, state: AgreementState, who: Who, request: Request): Reach | Exclude<Decision, Allowed> {
  const { fields, chosenBy, purpose: _, ...asked } = request;
  const staff = decideStaff(agreement, who, asked);
  if (!staff.allow) return staff;
  const { party } = who.person;
  const decision = decideParty(agreement, state, { ...partyPart(asked), party, withheld: staff.withheld });
  if (!decision.allow) return decision;
  const definitions = agreement.datasets[request.dataset]?.fields ?? {};
  const shown = decision.fields.filter((name) => shows(staff.shows, definitions[name]));
  const asFar = within(shown, decision.grant, decision.article, {
    party,
    dataset: request.dataset,
    ...(fields ? { fields } : {}),
    ...(chosenBy ? { chosenBy } : {}),
  });
  if (!asFar.allow) return asFar;
  return { ...asFar, ...(decision.rules ? { rules: decision.rules } : {}), ...(staff.scope ? { scope: staff.scope } : {}) };
}

/** The rules whose findings somebody may see, and of which province only. */
export function decideFindings(
  agreement: Agreement,
  state: AgreementState,
  who: Who,
  request: Omit<Request, 'dataset'>,
): { allow: true; rules: string[]; province?: string } | Exclude<Decision, Allowed> {
  const staff = decideStaff(agreement, who, request);
  if (!staff.allow) return staff;
  const unstated = decideStated(agreement, request);
  if (unstated) return unstated;
  if (request.exhausted) return overQuota(request.exhausted);
  const { party, province } = who.person;
  const { purpose } = request;
  const open = openRules(agreement, state, { party, withheld: staff.withheld, ...(purpose ? { purpose } : {}) });
  // What many records name has no province of its own: it lies on one of them and counts them all.
  const rules = open.filter((id) => province === undefined || !agreement.rules[id]?.kind.startsWith('reference-'));
  return { allow: true, rules, ...(province === undefined ? {} : { province }) };
}

/** Whether a party may read a dataset now, and which of its fields. Pure; what no grant opens is closed. */
export function decideParty(agreement: Agreement, state: AgreementState, request: AccessRequest): Decision {
  const dataset = Object.hasOwn(agreement.datasets, request.dataset) ? agreement.datasets[request.dataset] : undefined;
  if (!dataset?.derived) return decideSource(agreement, state, request);
  const { dataset: id, fields: _, chosenBy: __, ...asked } = request;
  const decision = decideDerived(agreement, state, id, dataset, asked);
  if (!decision.allow) return decision;
  const { rules = [] } = decision;
  const asFar = within(decision.fields, decision.grant, decision.article, request);
  return asFar.allow ? { ...asFar, rules } : asFar;
}

/** Whether the host may pull a dataset: it owns it, or holds an open grant on it. What is derived has no source. */
export function decidePull(agreement: Agreement, state: AgreementState, dataset: string, mode?: Mode): Decision {
  if (Object.hasOwn(agreement.datasets, dataset) && agreement.datasets[dataset]?.derived)
    return refuse('grant-closed', 'policy', 'This dataset is made of others, so it is not pulled.', 'Make it anew with kopru reconcile.');
  return decideParty(agreement, state, { party: agreement.host.party, dataset, ...(mode ? { mode } : {}) });
}

function partyPart({ dataset, mode }: Pick<Request, 'dataset' | 'mode'>): Pick<AccessRequest, 'dataset' | 'mode'> {
  return { dataset, ...(mode ? { mode } : {}) };
}

function overQuota(by: QuotaStanding): Exclude<Decision, Allowed> {
  const { code, message, hint = '' } = quotaExceeded(by);
  return refuse(code, 'V.Ç.7', message, hint);
}
