import type { AgreementEvent } from '../agreements/events';
import type { Agreement } from '../agreements/language';
import type { Clock } from '../core/clock';
import { addMonths, type IsoDate, istanbulDate } from '../core/dates';
import type { Database } from '../infra/db';
import { agreementEvents, recordEvent } from './agreementEvents';

/**
 * For stand-in sources only: records a sample signing, the annexes and an ek protokol that opens every supplementary grant.
 * Returns what was recorded, empty if nothing was needed.
 */
export async function recordDemoEvents(deps: { db: Database; agreement: Agreement; clock: Clock }): Promise<AgreementEvent[]> {
  if ((await agreementEvents(deps)).length > 0) return [];
  const events = sampleEvents(deps.agreement, addMonths(istanbulDate(deps.clock()), -1));
  for (const event of events) await recordEvent(deps, event, 'demo', true);
  return events;
}

/** Sample events under which an agreement is in force with all its grants open. */
export function sampleEvents(agreement: Agreement, on: IsoDate): AgreementEvent[] {
  const document = 'sample for the demo, not a real paper';
  const agreedBy = Object.keys(agreement.parties);
  const supplementary = Object.entries(agreement.grants).filter(([, grant]) => grant.opens === 'supplement');
  return [
    { type: 'signed', on, agreedBy, document },
    ...agreement.annexes.map((annex) => ({ type: 'annex' as const, on, annex: annex.id, document })),
    ...(supplementary.length === 0
      ? []
      : [
          {
            type: 'supplement' as const,
            on,
            id: 'demo',
            agreedBy,
            document,
            grants: Object.fromEntries(supplementary.map(([id, grant]) => [id, [...grant.fields]])),
          },
        ]),
  ];
}
