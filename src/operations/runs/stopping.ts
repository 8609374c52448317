import type { Broker } from '../broker';

/** Runs that this process works on, to be stopped one by one. */
export interface Stops {
  /** Stops what this process does for a run, at the next page. */
  stop(runId: number): void;
  on(runId: number, stop: () => void): () => void;
}

export function createStops(): Stops {
  const live = new Map<number, Set<() => void>>();
  return {
    stop: (runId) => {
      for (const stop of live.get(runId) ?? []) stop();
    },
    on: (runId, stop) => {
      const all = live.get(runId) ?? new Set();
      live.set(runId, all.add(stop));
      return () => {
        all.delete(stop);
        if (all.size === 0) live.delete(runId);
      };
    },
  };
}

/** Works for a run with a signal that ends with the process's work, or when the run is cancelled. */
export async function stoppable(
  broker: Broker,
  runId: number,
  outer: AbortSignal,
  work: (signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const controller = new AbortController();
  const off = broker.stops.on(runId, () => controller.abort());
  try {
    await work(AbortSignal.any([outer, controller.signal]));
  } finally {
    off();
  }
}
