import type { Agreement } from '../../agreements/language';
import type { Database } from '../../infra/db';
import type { Broker } from '../broker';
import { latestOccurrence, occurrences } from './cron';
import { type ScheduleInForce, schedulesInForce } from './schedules';

/** Writes slots as they fall due. Any number of planners may work at once: a slot is a row, and its key admits one. */
export interface Planner {
  /** Makes due what came since the last tick, or since the planner was made. Paused schedules are left out. */
  tick(): Promise<void>;
  /**
   * For the start of a process, before the first tick: makes due the latest slot of each schedule that came while nobody
   * looked. Of a periodic schedule only where the agreement's `catchUp` says so; earlier slots are never made up for.
   */
  catchUp(): Promise<void>;
}

/** After a long sleep of the machine no more than these are made due, and of missed years no more are written down. */
const mostDue = 100;
const mostMissed = 10;

export function createPlanner(broker: Pick<Broker, 'db' | 'agreement' | 'clock'>): Planner {
  const { db, agreement, clock } = broker;
  const madeAt = clock();
  let last = madeAt;
  let since: Date | undefined;

  /** Until when a schedule's past does not count: nobody ran schedules yet, or an operator changed it. */
  const beginning = async ({ changedAt }: ScheduleInForce) => {
    since ??= await schedulesSince(db, madeAt);
    return changedAt && changedAt > since ? changedAt : since;
  };

  const write = async (find: (schedule: ScheduleInForce, from: Date, now: Date) => NewSlot[]) => {
    const now = clock();
    const slots: NewSlot[] = [];
    for (const schedule of await schedulesInForce(broker)) {
      if (!schedule.paused) slots.push(...find(schedule, await beginning(schedule), now));
    }
    const data = slots.map((slot) => ({ ...slot, claimedAt: now }));
    if (data.length > 0) await db.prisma.slot.createMany({ data, skipDuplicates: true });
    // Only now: what could not be written is found again. A clock that was set back counts from there.
    last = now;
  };

  return {
    tick: () => write((schedule, from, now) => slotsOf(schedule, 'due', occurrences(schedule.cron, later(from, last), now, mostDue))),
    catchUp: () => write((schedule, from, now) => missedSlots(agreement, schedule, from, now)),
  };
}

interface NewSlot {
  dataset: string;
  mode: string;
  at: Date;
  status: 'due' | 'missed';
}

function missedSlots(agreement: Agreement, schedule: ScheduleInForce, from: Date, now: Date): NewSlot[] {
  const { dataset, mode, cron } = schedule;
  const latest = latestOccurrence(cron, now);
  if (latest <= from) return [];
  if (mode === 'periodic') {
    const policy = agreement.schedules[dataset]?.catchUp ?? 'latest';
    return slotsOf(schedule, policy === 'latest' ? 'due' : 'missed', [latest]);
  }
  // A year without its reference is written down, so that people see it.
  const earlier = occurrences(cron, from, new Date(latest.getTime() - 1), mostMissed);
  return [...slotsOf(schedule, 'missed', earlier), ...slotsOf(schedule, 'due', [latest])];
}

function slotsOf({ dataset, mode }: ScheduleInForce, status: 'due' | 'missed', times: Date[]): NewSlot[] {
  return times.map((at) => ({ dataset, mode, at, status }));
}

const later = (a: Date, b: Date) => (a > b ? a : b);

const sinceKey = 'schedulesSince';

/** When this database first saw a planner; the first one writes it. */
async function schedulesSince(db: Database, now: Date): Promise<Date> {
  await db.prisma.installation.createMany({ data: [{ key: sinceKey, value: now.toISOString() }], skipDuplicates: true });
  const { value } = await db.prisma.installation.findUniqueOrThrow({ where: { key: sinceKey } });
  return new Date(String(value));
}
