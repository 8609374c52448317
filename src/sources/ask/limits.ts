import type { Clock } from '../../core/clock';
import { istanbulDate } from '../../core/dates';
import type { SourceConfig } from '../configure/config';
import { SourceFailure } from './failure';
import type { Sleep } from './sleep';

/** Counts requests durably per source and Istanbul day; false means that the day's limit is used up and nothing was counted. */
export interface Ledger {
  take(source: string, istanbulDay: string, limit: number): Promise<boolean>;
}

/** Lets one HTTP request through: at the configured pace, and within the day's limit. */
export type Gate = (signal: AbortSignal) => Promise<void>;

export function createGate(id: string, config: SourceConfig, deps: { clock: Clock; sleep: Sleep; ledger: Ledger }): Gate {
  const { requestsPerSecond, requestsPerDay } = config.limits;
  const pace = requestsPerSecond === undefined ? undefined : pacing(1000 / requestsPerSecond, deps);
  return async (signal) => {
    // The pace first, so that a request is counted to the day on which it is sent.
    await pace?.(signal);
    if (requestsPerDay === undefined) return;
    const day = istanbulDate(deps.clock());
    if (await deps.ledger.take(id, day, requestsPerDay)) return;
    throw new SourceFailure('source-limit', `The ${requestsPerDay} requests a day that ${config.service} allows are used up for ${day}.`, {
      hint: 'They renew at midnight in Istanbul; the run goes on from its place then.',
      final: true,
    });
  };
}

/** Even spacing: each request takes the next free moment. */
function pacing(interval: number, { clock, sleep }: { clock: Clock; sleep: Sleep }): Gate {
  let free = 0;
  let waiting = 0;
  return async (signal) => {
    const now = clock().getTime();
    // A clock that was set back must not make us wait for the old time to come round again.
    const at = Math.min(Math.max(now, free), now + interval * (waiting + 1));
    free = at + interval;
    if (at === now) return;
    waiting += 1;
    try {
      await sleep(at - now, signal);
    } finally {
      waiting -= 1;
    }
  };
}
