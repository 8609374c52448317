/**
 * Does together what is asked in one turn of the event loop, and then whatever came while that was under way, so that nobody is
 * given an answer that is older than the question. What fails, fails for all of them.
 */
export function together<I, O>(work: (items: readonly I[]) => Promise<readonly O[]>, most = 100): (item: I) => Promise<O> {
  const waiting: { item: I; done(outcome: O): void; failed(error: unknown): void }[] = [];
  let working = false;
  const workAll = async () => {
    while (waiting.length > 0) {
      const batch = waiting.splice(0, most);
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
