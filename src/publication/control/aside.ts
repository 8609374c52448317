import path from 'node:path';
import { Worker } from 'node:worker_threads';
import type { Clock } from '../../core/clock';
import { controlLimits, protect } from './protect';
import { controlRules } from './rules';
import { loadSolver } from './search/solver';
import type { CountTable, Protected, PublishedTable, Refused } from './types';

/** What of a table may be shown, beside the earlier ones of its population. */
export type Control = (table: CountTable, earlier: readonly PublishedTable[]) => Promise<Protected | Refused>;

/** Work for the thread. */
export interface ToProtect {
  table: CountTable;
  earlier: readonly PublishedTable[];
}

/**
 * Disclosure control under our rules, in a thread of its own: proving a large table takes seconds, in which readers go on. Without a
 * `folder` of compiled code, on the calling thread. What does not end long after its time is refused as too late.
 */
export function createControl({ folder, clock }: { folder?: string | undefined; clock: Clock }): Control {
  if (folder === undefined)
    return async (table, earlier) => protect(await loadSolver(), table, controlRules, earlier, controlLimits, clock);
  return (table, earlier) =>
    new Promise((resolve, reject) => {
      const workerData: ToProtect = { table, earlier };
      const thread = new Worker(path.join(folder, 'thread.js'), { workerData });
      const patience = setTimeout(() => {
        resolve({ outcome: 'refused', reason: 'too-late', cells: [] });
        void thread.terminate();
      }, controlLimits.deadline * 2);
      thread.once('message', resolve);
      thread.once('error', reject);
      thread.once('exit', () => {
        clearTimeout(patience);
        reject(new Error('the thread of disclosure control ended without an answer'));
      });
    });
}
