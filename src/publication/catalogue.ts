import { type ConsentFlag, consentFlags } from '../agreements/consents';
import { inputsOf, sourceDatasets } from '../agreements/derived';
import type { Agreement } from '../agreements/language';
import { rolesFor } from '../agreements/roles';
import { statisticDatasets } from '../agreements/statistics';
import type { PublicationDeps } from './acting';

export { type ConsentFlag, statisticDatasets };

/** The statistics of the catalogue, with the datasets that each draws on. */
export function catalogueOf(agreement: Agreement): { id: string; label: string; datasets: string[] }[] {
  return Object.entries(agreement.statistics).map(([id, one]) => ({ id, label: one.label, datasets: statisticDatasets(agreement, one) }));
}

/** The consent flags in force for what goes into these datasets; for all that there are, where none is named. */
export async function flagsOf({ agreement, state }: PublicationDeps, datasets?: readonly string[]): Promise<ConsentFlag[]> {
  const { consents } = await state();
  const drawn = datasets?.flatMap((id) => inputsOf(agreement, id)) ?? sourceDatasets(agreement);
  return consentFlags(agreement, consents, [...new Set(drawn)]);
}

/** As what somebody takes a publication back: an approver for the owner, anybody else for the publisher. */
export function withdrawsAs(agreement: Agreement, roles: readonly string[]): 'approve' | 'publish' {
  return rolesFor(agreement, roles, 'approve').length > 0 ? 'approve' : 'publish';
}
