import type { Clock } from '../../core/clock';
import { KopruError } from '../../core/errors';

/** How often in so long an address may come without a credential that is known (policy). */
const [mostAttempts, windowMillis] = [100, 60_000];
/** So many addresses are remembered; beyond that the oldest windows are forgotten. */
const mostAddresses = 10_000;

export interface Attempts {
  /**
   * Counts an attempt without a known credential. Whoever has a known one is never held up.
   * @throws KopruError `too-many-attempts` once an address has had its share
   */
  count(address: string): void;
  /** Counts nothing. @throws KopruError as `count`, to an address that has had its share */
  check(address: string): void;
}

export function createAttempts(clock: Clock): Attempts {
  const windows = new Map<string, { until: number; attempts: number }>();
  const refuse = ({ until }: { until: number }, now: number) => {
    const seconds = Math.ceil((until - now) / 1000);
    throw new KopruError('too-many-attempts', 'Too many requests without a valid credential came from this address.', {
      hint: `Ask again in ${seconds} seconds, with a valid one.`,
      retryAfter: seconds,
    });
  };
  return {
    check: (address) => {
      const now = clock().getTime();
      const window = windows.get(address);
      if (window && window.until > now && window.attempts >= mostAttempts) refuse(window, now);
    },
    count: (address) => {
      const now = clock().getTime();
      const open = windows.get(address);
      const window = open && open.until > now ? open : { until: now + windowMillis, attempts: 0 };
      window.attempts += 1;
      windows.delete(address);
      windows.set(address, window);
      if (windows.size > mostAddresses) windows.delete(windows.keys().next().value as string);
      if (window.attempts > mostAttempts) refuse(window, now);
    },
  };
}
