import { cancelled } from '../ask/failure';

/** A task under way, with the means to give it up. */
interface Task<K, R> {
  key: K;
  done: Promise<R>;
  drop: () => void;
}

/** A row of tasks that run at once and are taken in order. Whatever is left when the row ends is aborted and waited for. */
export function taskRow<K, R>(run: (key: K, signal: AbortSignal) => Promise<R>, outer: AbortSignal) {
  const row: Task<K, R>[] = [];
  const running = new Set<Promise<unknown>>();

  const add = (key: K) => {
    const controller = new AbortController();
    const abort = () => controller.abort();
    if (outer.aborted) abort();
    outer.addEventListener('abort', abort);
    const done = run(key, controller.signal).finally(() => {
      outer.removeEventListener('abort', abort);
      running.delete(settled);
    });
    // Failures are thrown where the task is taken; one that is dropped fails unheard.
    const settled = done.catch(() => undefined);
    running.add(settled);
    row.push({ key, done, drop: abort });
  };

  const clear = () => {
    for (const task of row.splice(0)) task.drop();
  };

  return {
    add,
    clear,
    /** Gives the next one up. */
    drop: () => row.shift()?.drop(),
    keys: (): readonly K[] => row.map((task) => task.key),
    take: async (): Promise<R> => {
      const task = row.shift();
      if (!task) throw new Error('the row is empty');
      try {
        return await task.done;
      } catch (error) {
        throw outer.aborted ? cancelled() : error;
      }
    },
    end: async () => {
      clear();
      await Promise.all(running);
    },
  };
}
