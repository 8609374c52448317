import {
  BrokenCircuitError,
  ConsecutiveBreaker,
  circuitBreaker,
  DelegateBackoff,
  handleWhen,
  type IRetryBackoffContext,
  retry,
} from 'cockatiel';
import type { KopruError } from '../../core/errors';
import type { SourceConfig } from '../configure/config';
import { cancelled, isRepeatable, SourceFailure } from './failure';
import type { Sleep } from './sleep';

/** What is told of each retry, for the log. */
export interface RetryNotice {
  source: string;
  code: string;
  /** The attempt that failed, from 1. */
  attempt: number;
  waitSeconds: number;
}

/** Carries one attempt through retries and the circuit breaker. */
export type Patience = <T>(attempt: () => Promise<T>, signal: AbortSignal) => Promise<T>;

export interface PatienceDeps {
  sleep: Sleep;
  random: () => number;
  onRetry?: ((notice: RetryNotice) => void) | undefined;
}

/**
 * Retries with decorrelated jitter between firstSeconds and maxSeconds, or as long as the source's Retry-After asks.
 * The breaker is the source's own and shared by all its requests; while it is open they fail at once.
 */
export function createPatience(id: string, config: SourceConfig, deps: PatienceDeps): Patience {
  const { attempts, firstSeconds, maxSeconds } = config.retry;
  const breaker = circuitBreaker(handleWhen(isRepeatable), {
    halfOpenAfter: config.breaker.coolDownSeconds * 1000,
    breaker: new ConsecutiveBreaker(config.breaker.failures),
  });

  return (attempt, signal) => {
    let waitSeconds = 0;
    const backoff = new DelegateBackoff<IRetryBackoffContext<unknown>, number>((context, last = firstSeconds) => {
      const state = Math.min(maxSeconds, firstSeconds + deps.random() * (last * 3 - firstSeconds));
      const error = (context.result as { error: Error }).error as KopruError;
      waitSeconds = Math.max(state, (error instanceof SourceFailure && error.waitSeconds) || 0);
      deps.onRetry?.({ source: id, code: error.code, attempt: context.attempt, waitSeconds });
      // The waiting is ours, below: cockatiel's own can be neither cancelled nor replaced in tests.
      return { delay: 0, state };
    });
    return retry(handleWhen(isRepeatable), { maxAttempts: attempts - 1, backoff }).execute(async (context) => {
      if (context.attempt > 0) await deps.sleep(waitSeconds * 1000, signal);
      if (signal.aborted) throw cancelled();
      try {
        return await breaker.execute(attempt);
      } catch (error) {
        throw error instanceof BrokenCircuitError ? broken(config) : error;
      }
    }, signal);
  };
}

function broken({ service, breaker }: SourceConfig): SourceFailure {
  return new SourceFailure(
    'source-unreachable',
    `${service} failed ${breaker.failures} times in a row, so its circuit breaker is open and it is not asked.`,
    {
      hint: `It is tried again ${breaker.coolDownSeconds} seconds after the last failure.`,
      final: true,
    },
  );
}
