import { setTimeout as pause } from 'node:timers/promises';
import { KopruError } from '../../core/errors';

/**
 * Work that is asked for again and again by whoever watches: one at a time, shared by all who ask meanwhile, so that what hangs
 * gathers no connections; and nobody waits for it longer than `millis`.
 * @throws KopruError `not-ready` when it takes too long
 */
export function patiently<T>(what: string, work: () => Promise<T>, millis = 5_000): () => Promise<T> {
  let underWay: Promise<T> | undefined;
  return async () => {
    underWay ??= Promise.resolve()
      .then(work)
      .finally(() => {
        underWay = undefined;
      });
    const done = new AbortController();
    const late = async () => {
      await pause(millis, undefined, { signal: done.signal });
      throw new KopruError('not-ready', `${what} takes longer than ${millis / 1000} s.`, { hint: 'Look whether the database hangs.' });
    };
    try {
      return await Promise.race([underWay, late()]);
    } finally {
      done.abort();
    }
  };
}
