/** Keeps work that nobody waits for to a fifth of one core while somebody waits. */
export interface Courtesy {
  /** Somebody waits until the returned function is called. */
  begin(): () => void;
  /** A turn at the work that nobody waits for; the returned function ends it. */
  turn(): Promise<() => void>;
}

/** Who asks mostly asks again at once. */
const lastingMillis = 300;
/** After a turn beside somebody who waits, rest for so many times as long as it took. */
const rest = 4;

/**
 * While somebody waits, and for a moment after, one turn is given at a time, with a rest after it; else as many as are asked for.
 * So look-ups are answered nearly as if there were no pull, and a pull beside look-ups without end still gets on.
 */
export function createCourtesy(
  monotonic: () => number = () => performance.now(),
  later: (act: () => void, millis: number) => unknown = setTimeout,
): Courtesy {
  let waiting = 0;
  let last = Number.NEGATIVE_INFINITY;
  /** Turns that are under way or rest. */
  let busy = 0;
  const queued: (() => void)[] = [];
  const asked = () => waiting > 0 || monotonic() - last < lastingMillis;

  const start = () => {
    busy += 1;
    const begun = monotonic();
    let done = false;
    const over = () => {
      busy -= 1;
      while (queued.length > 0 && (busy === 0 || !asked())) queued.shift()?.();
    };
    return () => {
      if (done) return;
      done = true;
      if (asked()) later(over, rest * (monotonic() - begun));
      else over();
    };
  };
  return {
    begin: () => {
      let done = false;
      waiting += 1;
      return () => {
        if (done) return;
        done = true;
        waiting -= 1;
        last = monotonic();
      };
    },
    turn: async () => {
      if (busy > 0 && asked()) {
        return new Promise((resolve) => {
          queued.push(() => resolve(start()));
        });
      }
      return start();
    },
  };
}
