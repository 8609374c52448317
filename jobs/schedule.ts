import { type ScheduledTask, schedule } from 'node-cron';
import type { Logger } from 'pino';
import type { Broker } from '../src/operations/broker';
import { scheduleZone, timesOfDay } from '../src/operations/schedules/cron';
import { schedulesInForce } from '../src/operations/schedules/schedules';
import { type Planner, startDueSlots } from '../src/operations/schedules/slots';

export interface RunningSchedule {
  /** Reads the schedules anew and looks what is due; done when that is done. */
  reload(): Promise<void>;
  /** Ends the clocks and waits for a look that is under way. */
  stop(): Promise<void>;
}

/** Whatever a look meets is logged where it is looked; the library's own lines would go to the screen. */
const quiet = { info: () => undefined, warn: () => undefined, error: () => undefined, debug: () => undefined };

/**
 * Makes up for what was missed, then looks for due slots and starts them: when the clock reaches a schedule's time of day, and
 * every `everyMillis` besides, for a clock that was set and a machine that slept. A look that fails is logged and
 * comes again.
 */
export function startSchedule(deps: {
  broker: Broker;
  planner: Planner;
  log: Logger;
  /** What else comes by the day; it knows itself whether it was done today. */
  daily?: () => Promise<void>;
  everyMillis?: number;
}): RunningSchedule {
  const { broker, planner, log, daily, everyMillis = 30_000 } = deps;
  let clocks: ScheduledTask[] = [];
  let caughtUp = false;
  let stale = true;
  let stopped = false;

  const look = async () => {
    if (stopped) return;
    try {
      if (!caughtUp) await planner.catchUp();
      caughtUp = true;
      await planner.tick();
      await startDueSlots(broker);
      if (stale) await setClocks();
      await daily?.();
    } catch (error) {
      log.warn({ code: (error as { code?: string }).code ?? 'schedule', err: error }, 'the schedule could not be looked at');
    }
  };

  // One look at a time; who asks meanwhile gets the next one, with all who ask until it begins.
  let running = Promise.resolve();
  let next: Promise<void> | undefined;
  const wake = (): Promise<void> => {
    next ??= running.then(() => {
      next = undefined;
      running = look();
      return running;
    });
    return next;
  };

  const setClocks = async () => {
    stale = false;
    try {
      const inForce = (await schedulesInForce(broker)).filter((s) => !s.paused);
      for (const clock of clocks.splice(0)) await clock.destroy();
      if (stopped) return;
      clocks = inForce.map(({ cron }) => {
        const clock = schedule(timesOfDay(cron), wake, { timezone: scheduleZone, noOverlap: true, logger: quiet });
        clock.on('execution:missed', wake);
        return clock;
      });
    } catch (error) {
      stale = true;
      throw error;
    }
  };

  const sweep = setInterval(wake, everyMillis);
  void wake();
  return {
    reload: () => {
      stale = true;
      return wake();
    },
    stop: async () => {
      stopped = true;
      clearInterval(sweep);
      await (next ?? running);
      for (const clock of clocks.splice(0)) await clock.destroy();
    },
  };
}
