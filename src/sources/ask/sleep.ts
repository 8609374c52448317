import { setTimeout as wait } from 'node:timers/promises';
import { cancelled } from './failure';

/** Waits some milliseconds, or until the signal; tests pass their own that does not wait. */
export type Sleep = (milliseconds: number, signal: AbortSignal) => Promise<void>;

/** The longest a timer of Node can run. */
export const longest = 2 ** 31 - 1;

export const realSleep: Sleep = async (milliseconds, signal) => {
  try {
    await wait(Math.min(milliseconds, longest), undefined, { signal });
  } catch {
    throw cancelled();
  }
};
