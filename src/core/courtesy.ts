/** Lets work that nobody waits for take one core only while somebody waits. */
export interface Courtesy {
  /** Somebody waits until the returned function is called. */
  begin(): () => void;
  /** A turn at the work that nobody waits for; the returned function ends it. */
  turn(): Promise<() => void>;
}

/** Who asks mostly asks again at once. */
const lastingMillis = 300;

/** While somebody waits, and for a moment after, one turn is given at a time; else as many as are asked for. */
export function createCourtesy(monotonic: () => number = () => performance.now()): Courtesy {
  let waiting = 0;
  let last = Number.NEGATIVE_INFINITY;
  let running = 0;
  const queued: (() => void)[] = [];
  const asked = () => waiting > 0 || monotonic() - last < lastingMillis;

  const start = () => {
    running += 1;
    let done = false;
    return () => {
      if (done) return;
      done = true;
      running -= 1;
      while (queued.length > 0 && (running === 0 || !asked())) queued.shift()?.();
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
      if (running > 0 && asked()) {
        return new Promise((resolve) => {
          queued.push(() => resolve(start()));
        });
      }
      return start();
    },
  };
}
