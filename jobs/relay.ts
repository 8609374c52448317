import type { Logger } from 'pino';
import type { Clock } from '../src/core/clock';
import type { Database } from '../src/infra/db';
import { dueRuns } from '../src/operations/dueRuns';
import type { RunQueue } from './runs';

/**
 * Moves due runs from their rows to the queue, at once and then every `everyMillis`: a lost message, an emptied queue
 * or a killed worker costs no run. Returns how to stop it.
 */
export function startRelay(
  deps: { db: Database; queue: RunQueue; clock: Clock; log: Logger },
  everyMillis = 2_000,
): { stop(): Promise<void> } {
  let stopped = false;
  let timer: NodeJS.Timeout | undefined;
  let sweeping: Promise<void> = Promise.resolve();
  const sweep = async () => {
    try {
      for (const run of await dueRuns(deps.db, deps.clock())) await deps.queue.announce(run);
    } catch (error) {
      deps.log.warn({ code: (error as { code?: string }).code ?? 'relay' }, 'the relay could not sweep');
    }
    if (!stopped) timer = setTimeout(next, everyMillis);
  };
  const next = () => {
    sweeping = sweep();
  };
  next();
  return {
    stop: async () => {
      stopped = true;
      clearTimeout(timer);
      await sweeping;
    },
  };
}
