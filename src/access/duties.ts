import type { Agreement } from '../agreements/language';
import { type Refusal, refuse } from './grants';
import { decideStaff, type StaffAllowed, type StaffRequest, type Who } from './staff';

/** Whose people alone do it, beside what their roles allow: those of the dataset's owner, or of the institution that hosts the broker. */
export type Reserved = 'owner' | 'host';

/** Whether this person may do a duty now, and whether it is one of the person's party. Pure. */
export function decideDuty(
  agreement: Agreement,
  who: Who,
  request: StaffRequest & { reservedTo?: Reserved | undefined },
): StaffAllowed | Refusal {
  const staff = decideStaff(agreement, who, request);
  if (!staff.allow) return staff;
  const { party } = who.person;
  const { dataset = '', reservedTo } = request;
  const owner = Object.hasOwn(agreement.datasets, dataset) ? agreement.datasets[dataset]?.owner : undefined;
  if (reservedTo === 'owner' && owner !== undefined && owner !== party)
    return refuse(
      'quota-foreign',
      'V.Ç.7',
      'Another party owns this dataset, and its owner alone sets and lifts limits there (V.Ç.7).',
      `Its owner is ${owner}.`,
    );
  if (reservedTo === 'host' && party !== agreement.host.party)
    return refuse(
      'not-authorised',
      'policy',
      'This is for the host’s auditor alone, who sees the whole log.',
      `The host is ${agreement.host.party}.`,
    );
  return staff;
}
