import { setTimeout as pause } from 'node:timers/promises';

/**
 * So many at once are a crowd. After one, fewer than `few` wait a moment for more, since a statement costs more than what is in it;
 * whoever asks beside a handful of others waits for nobody.
 */
const [crowd, few, gatherMillis] = [8, 32, 5];

/**
 * Does together what is asked in one turn of the event loop, and then whatever came while that was under way, so that nobody is
 * given an answer that is older than the question. What fails, fails for all of them.
 */
export function together<I, O>(work: (items: readonly I[]) => Promise<readonly O[]>, most = 100): (item: I) => Promise<O> {
  const waiting: { item: I; done(outcome: O): void; failed(error: unknown): void }[] = [];
  let [working, many] = [false, false];
  const workAll = async () => {
    while (waiting.length > 0) {
      if (many && waiting.length < Math.min(few, most)) await pause(gatherMillis);
      const batch = waiting.splice(0, most);
      many = batch.length >= Math.min(crowd, most);
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
