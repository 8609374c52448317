import { setTimeout as pause } from 'node:timers/promises';

/** Fewer than this are few: while many ask, so few wait this long for more, since a statement costs more than what is in it. */
const [few, gatherMillis] = [32, 5];

/**
 * Does together what is asked in one turn of the event loop, and then whatever came while that was under way, so that nobody is
 * given an answer that is older than the question. Who asks alone waits for nobody. What fails, fails for all of them.
 */
export function together<I, O>(work: (items: readonly I[]) => Promise<readonly O[]>, most = 100): (item: I) => Promise<O> {
  const waiting: { item: I; done(outcome: O): void; failed(error: unknown): void }[] = [];
  let [working, many] = [false, false];
  const workAll = async () => {
    while (waiting.length > 0) {
      if (many && waiting.length < Math.min(few, most)) await pause(gatherMillis);
      const batch = waiting.splice(0, most);
      many = batch.length > 1;
      try {
        const outcomes = await work(batch.map(({ item }) => item));
        batch.forEach(({ done }, i) => {
          done(outcomes[i] as O);
        });
      } catch (error) {
        for (const { failed } of batch) failed(error);
      }
    }
    working = false;
  };
  return (item) =>
    new Promise((done, failed) => {
      waiting.push({ item, done, failed });
      if (working) return;
      working = true;
      setImmediate(() => void workAll());
    });
}
