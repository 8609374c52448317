import { setTimeout as pause } from 'node:timers/promises';

/** Looks until a state is there; jest's own time limit ends a wait in vain. */
export async function until<T>(look: () => Promise<T | undefined | false>): Promise<T> {
  for (;;) {
    const found = await look();
    if (found !== undefined && found !== false) return found;
    await pause(20);
  }
}
