import { istanbulMidnightAfter } from '../../core/dates';
import { asKopruError, type KopruError } from '../../core/errors';

const maxFailures = 5;

/** What becomes of a step that failed. */
export type Outcome =
  | { next: 'handOver'; error: KopruError }
  | { next: 'wait'; error: KopruError; resumeAt: Date; failures: number }
  | { next: 'giveUp'; error: KopruError };

/** By the error's severity: what may succeed later is tried again, ever more rarely; the rest is given up and says why. */
export function outcomeOf(thrown: unknown, { failures, now, stopped }: { failures: number; now: Date; stopped: boolean }): Outcome {
  const error = asKopruError(thrown);
  // Ordered shutdown: the checkpoint is kept, and the next process goes on.
  if (stopped) return { next: 'handOver', error };
  if (error.code === 'source-limit') {
    // The daily limit is no failure: the pull goes on after Istanbul's midnight (V.Ç.7).
    return { next: 'wait', error, failures: 0, resumeAt: istanbulMidnightAfter(now) };
  }
  const more = failures + 1;
  if (error.severity === 'retry' && more < maxFailures)
    return { next: 'wait', error, failures: more, resumeAt: new Date(now.getTime() + 2 ** more * 1000) };
  return { next: 'giveUp', error };
}
