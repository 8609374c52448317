import { decideDuty, type Reserved } from '../access/duties';
import type { Action } from '../agreements/roles';
import type { AuditEntry } from '../audit/entry';
import { type ErrorCode, KopruError } from '../core/errors';
import { entryOf, known, requestOf } from './permit';
import { allowedOf } from './refusal';
import type { Asker, DoorDeps } from './types';

/** What somebody does in the broker beside reading data: to look what there is, to record what was given to the person concerned, and the duties of those who publish, approve, audit and administer personnel. */
export type Duty = Extract<Action, 'datasets' | 'runs' | 'given' | 'audit' | 'personnel' | 'approve' | 'publish' | 'subject' | 'incident'>;

/** What a duty is done about, for the decision and for the log. */
export interface About {
  /** What the log calls it, where the duty's own name is too wide. */
  as?: string;
  dataset?: string | undefined;
  reservedTo?: Reserved;
  /** The keyed index of the person whom it concerns, as the log knows people. */
  subject?: Buffer | undefined;
  /** Of what it is done, such as the number of a request; nothing personal. */
  detail?: object | undefined;
}

/** Decides whether somebody may do what is no reading, and logs it; returns that entry's number. @throws KopruError with the refusal's code */
export async function admitStaff(deps: DoorDeps, asker: Asker, action: Duty, about: About = {}): Promise<number> {
  const { as = action, dataset, reservedTo, subject, detail } = about;
  const decision = decideDuty(deps.agreement, asker.who, { ...requestOf(deps, asker, action), dataset, reservedTo });
  const what = { action: as, detail, ...(dataset === undefined ? {} : { dataset: known(deps.agreement.datasets, dataset) }) };
  const entry: AuditEntry = { ...entryOf(deps, asker), ...what, article: decision.article, ...(subject ? { subjects: [subject] } : {}) };
  const logged = await deps.audit.append(decision.allow ? { ...entry, decision: 'allow' } : { ...entry, code: decision.code });
  allowedOf(decision);
  return logged;
}

/** Logs that a duty to which somebody was admitted was refused for what it was about; of that nothing. */
export async function logRefused(deps: DoorDeps, asker: Asker, duty: Duty, code: ErrorCode, as: string = duty): Promise<void> {
  await deps.audit.append({ ...entryOf(deps, asker), action: as, code });
}

/** Logs that a request came without a credential that is known, and refuses it. */
export async function refuseUnknown(
  { audit, clock }: DoorDeps,
  { requestId, address }: Pick<Asker, 'requestId' | 'address'>,
): Promise<never> {
  const code = 'not-authenticated';
  const nobody = { kind: 'access', party: null, action: 'authenticate', decision: 'refuse' } as const;
  await audit.append({ ...nobody, at: clock(), requestId, address, code });
  throw new KopruError(code, 'No valid credential came with the request.', { hint: 'Send your own token as Authorization: Bearer ….' });
}
