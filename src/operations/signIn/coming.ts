import type { CameWith } from '../../access/institutions/certificates';
import type { Named } from '../../access/signIn/factors';
import type { AuditEntry } from '../../audit/entry';
import { KopruError } from '../../core/errors';
import type { Broker } from '../broker';

/** What signing in needs of the broker. */
export type SignInBroker = Pick<Broker, 'db' | 'keys' | 'agreement' | 'clock' | 'audit'>;

/** From where somebody comes who is not known yet. */
export interface Coming {
  requestId: string;
  address: string;
  certificate: CameWith;
  /** Is told of each failure, and throws once that address has had its share: then the log is not filled any more. */
  failed(): void;
}

/** Of an access whose person may be known: nothing that was typed. */
export function entryOf(
  { clock }: SignInBroker,
  coming: Coming,
  action: string,
  who?: Omit<Named, 'factors'>,
): Omit<AuditEntry, 'decision'> {
  const { requestId, address } = coming;
  const known = who ? { party: who.party, person: who.id, unit: who.unit } : { party: null };
  return { at: clock(), requestId, kind: 'access', address, action, ...known };
}

/** Logs a refusal, and throws it. */
export async function refuse(
  broker: SignInBroker,
  coming: Coming,
  { action, who, error, article }: { action: string; who?: Omit<Named, 'factors'> | undefined; error: KopruError; article?: string },
): Promise<never> {
  coming.failed();
  await broker.audit.append({ ...entryOf(broker, coming, action, who), decision: 'refuse', code: error.code, article });
  throw error;
}

/** One refusal for all that may be wrong, so that nothing can be learnt from it. */
export const unknown = (what: string): KopruError =>
  new KopruError('not-authenticated', what, { hint: 'If it stays so, ask the personnel administrator of your institution.' });
