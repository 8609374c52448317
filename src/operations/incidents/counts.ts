import type { Agreement } from '../../agreements/language';
import type { Clock as Now } from '../../core/clock';
import { addDays, istanbulDate } from '../../core/dates';
import type { Database } from '../../infra/db';
import { answerDays } from '../subjects/requests';
import { clockNames, clocksOf } from './clocks';
import { incidentKinds } from './kinds';
import { findIncidents } from './store';

/** What waits for people, as numbers alone. */
export interface DutyCounts {
  incidents: { kind: string; open: number }[];
  /** Duties of open incidents whose time has passed, and requests of people that are overdue (`subject-request`). */
  clocks: { clock: string; overdue: number }[];
  subjectRequests: { open: number }[];
}

/** Of so many open incidents the clocks are looked at; more is an alarm of its own. */
const mostOpen = 1000;

export async function countDuties({ db, agreement, clock }: { db: Database; agreement: Agreement; clock: Now }): Promise<DutyCounts> {
  const now = clock();
  const open = await findIncidents({ db, agreement }, { open: true, limit: mostOpen });
  const overdue = open.flatMap((incident) => clocksOf(agreement, incident, now)).filter(({ state }) => state === 'overdue');
  // Received so long ago that the last day was yesterday.
  const before = new Date(addDays(istanbulDate(now), -answerDays));
  const { subjectRequest } = db.prisma;
  const late = await subjectRequest.count({ where: { answer: null, receivedOn: { lt: before } } });
  return {
    incidents: incidentKinds.map((kind) => ({ kind, open: open.filter((one) => one.kind === kind).length })),
    clocks: [
      ...clockNames.map((name) => ({ clock: name, overdue: overdue.filter(({ clock: one }) => one === name).length })),
      { clock: 'subject-request', overdue: late },
    ],
    subjectRequests: [{ open: await subjectRequest.count({ where: { answer: null } }) }],
  };
}
