import { type ScheduleMode, scheduleModes } from '../../agreements/language';
import { operation } from '../../audit/entry';
import { appendWithin } from '../../audit/log';
import { KopruError } from '../../core/errors';
import type { Broker, Operator } from '../broker';
import { unknownDataset } from '../runs/runs';
import { checkCron, nextOccurrences } from './cron';

/** A schedule in force: the agreement's, or what operators made of it. */
export interface ScheduleInForce {
  dataset: string;
  mode: ScheduleMode;
  /** Five fields, in Europe/Istanbul. */
  cron: string;
  /** Whether the times are the agreement's own. */
  fromAgreement: boolean;
  paused: boolean;
  changedBy: string | null;
  changedAt: Date | null;
}

/** One as people see it, with the next five times; none when it is paused. */
export interface ScheduleView extends ScheduleInForce {
  next: Date[];
}

/** Datasets in the agreement's order, the periodic schedule before the yearly one. */
export async function schedulesInForce({ agreement, db }: Pick<Broker, 'agreement' | 'db'>): Promise<ScheduleInForce[]> {
  const rows = await db.prisma.schedule.findMany();
  return Object.keys(agreement.datasets).flatMap((dataset) =>
    scheduleModes.flatMap((mode) => {
      const own = agreement.schedules[dataset]?.[mode];
      const row = rows.find((r) => r.dataset === dataset && r.mode === mode);
      const cron = row?.cron ?? own;
      if (cron === undefined) return [];
      const { paused = false, changedBy = null, changedAt = null } = row ?? {};
      return [{ dataset, mode, cron, fromAgreement: !row?.cron, paused, changedBy, changedAt }];
    }),
  );
}

export async function listSchedules(broker: Pick<Broker, 'agreement' | 'db' | 'clock'>): Promise<ScheduleView[]> {
  const now = broker.clock();
  return (await schedulesInForce(broker)).map((s) => ({ ...s, next: s.paused ? [] : nextOccurrences(s.cron, now, 5) }));
}

/**
 * Gives a dataset another schedule, or with `cron: null` the agreement's own again. Times before the change are not made
 * up for. One that is paused stays so.
 * @throws KopruError `not-found` for the dataset, `schedule-invalid`
 */
export async function setSchedule(
  broker: Broker,
  wish: { dataset: string; mode: string; cron: string | null },
  by: Operator,
): Promise<ScheduleView> {
  const key = scheduleKey(broker, wish);
  if (wish.cron !== null) checkCron(wish.cron);
  else if (!broker.agreement.schedules[key.dataset]?.[key.mode]) throw noSchedule(key, `The agreement has no ${key.mode} schedule`);
  await write(broker, key, { cron: wish.cron }, { by, command: 'schedules set', detail: { ...key, cron: wish.cron } });
  return found(broker, key);
}

/** Stops a schedule until it is resumed; slots that were due and have not begun are let go. */
export async function pauseSchedule(broker: Broker, wish: { dataset: string; mode: string }, by: Operator): Promise<ScheduleView> {
  return setPaused(broker, wish, true, by);
}

/** Lets it run again from now on; what the pause left out is not made up for. */
export async function resumeSchedule(broker: Broker, wish: { dataset: string; mode: string }, by: Operator): Promise<ScheduleView> {
  return setPaused(broker, wish, false, by);
}

async function setPaused(broker: Broker, wish: { dataset: string; mode: string }, paused: boolean, by: Operator): Promise<ScheduleView> {
  const key = scheduleKey(broker, wish);
  const now = await found(broker, key);
  if (now.paused === paused) {
    throw new KopruError('state-conflict', `The ${key.mode} schedule of ${key.dataset} is ${paused ? 'already' : 'not'} paused.`, {
      hint: 'See kopru schedules.',
    });
  }
  await write(broker, key, { paused }, { by, command: paused ? 'schedules pause' : 'schedules resume', detail: key });
  return found(broker, key);
}

interface Key {
  dataset: string;
  mode: ScheduleMode;
}

function scheduleKey(broker: Broker, { dataset, mode }: { dataset: string; mode: string }): Key {
  if (!Object.hasOwn(broker.agreement.datasets, dataset)) throw unknownDataset(broker, dataset);
  const known = scheduleModes.find((m) => m === mode);
  if (known) return { dataset, mode: known };
  throw new KopruError('schedule-invalid', `There is no schedule of the mode "${mode.slice(0, 20)}".`, {
    hint: `Modes: ${scheduleModes.join(', ')}.`,
  });
}

async function found(broker: Broker, { dataset, mode }: Key): Promise<ScheduleView> {
  const schedule = (await listSchedules(broker)).find((s) => s.dataset === dataset && s.mode === mode);
  if (!schedule) throw noSchedule({ dataset, mode }, `There is no ${mode} schedule`);
  return schedule;
}

function noSchedule({ dataset, mode }: Key, what: string): KopruError {
  return new KopruError('schedule-invalid', `${what} of ${dataset}.`, {
    hint: `Give it one: kopru schedules set ${dataset} ${mode} "0 2 * * *".`,
  });
}

/** Does what an operator says and logs it, both or neither. */
async function write(
  { db, clock }: Broker,
  { dataset, mode }: Key,
  change: { cron?: string | null; paused?: boolean },
  entry: { by: Operator; command: string; detail: object },
): Promise<void> {
  const now = clock();
  const stamp = { changedBy: entry.by, changedAt: now };
  await db.prisma.$transaction(async (tx) => {
    await tx.schedule.upsert({
      where: { dataset_mode: { dataset, mode } },
      create: { dataset, mode, ...change, ...stamp },
      update: { ...change, ...stamp },
    });
    await appendWithin(tx, operation({ at: now, ...entry }));
  });
}
