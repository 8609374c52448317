import type { Logger } from 'pino';
import type { Clock } from '../src/core/clock';
import type { Database } from '../src/infra/db';
import { dueLookups, dueParts, dueRuns } from '../src/operations/runs/due';
import type { DuePart, Queues } from './queues';

export interface Relay {
  /** Something became due: look now. */
  wake(): void;
  /** A look-up was written: hand it on without looking. */
  ask(lookupId: string): void;
  stop(): Promise<void>;
}

/**
 * Moves what is due from its rows to the queues: at once, when it is told of something, and every `everyMillis`.
 * So a lost message, an emptied queue or a killed worker costs no run and no look-up.
 */
export function startRelay(
  deps: { db: Database; queues: Queues; clock: Clock; log: Logger; alsoSweep?: () => Promise<unknown> },
  everyMillis = 2_000,
): Relay {
  const { db, queues, clock, log } = deps;
  const warn = (error: unknown) => log.warn({ code: (error as { code?: string }).code ?? 'relay' }, 'the relay could not sweep');
  let stopped = false;
  let timer: NodeJS.Timeout | undefined;
  let sweeping: Promise<void> | undefined;
  let again = false;

  const sweep = async () => {
    const now = clock();
    // What needs no queue comes first, and whether or not the queue answers.
    await deps.alsoSweep?.().catch(warn);
    for (const run of await dueRuns(db, now)) await queues.announceRun(run);
    for (const parts of byRun(await dueParts(db, now))) await queues.announceParts(parts);
    for (const lookup of await dueLookups(db, now)) await queues.announceLookup(lookup);
  };
  const wake = () => {
    if (stopped) return;
    again = sweeping !== undefined;
    if (again) return;
    clearTimeout(timer);
    sweeping = sweep()
      .catch(warn)
      .then(() => {
        sweeping = undefined;
        if (stopped) return;
        if (again) wake();
        else timer = setTimeout(wake, everyMillis);
      });
  };
  wake();
  return {
    wake,
    ask: (id) => void queues.announceLookup({ id, attempts: 0 }).catch(warn),
    stop: async () => {
      stopped = true;
      clearTimeout(timer);
      await sweeping;
    },
  };
}

function byRun(parts: readonly DuePart[]): DuePart[][] {
  const runs = new Map<number, DuePart[]>();
  for (const part of parts) runs.set(part.runId, [...(runs.get(part.runId) ?? []), part]);
  return [...runs.values()];
}
