import { parentPort, workerData } from 'node:worker_threads';
import { systemClock } from '../../core/clock';
import type { ToProtect } from './aside';
import { controlLimits, protect } from './protect';
import { controlRules } from './rules';
import { loadSolver } from './search/solver';

/** The thread of `createControl`: one table, one answer. */
const { table, earlier } = workerData as ToProtect;
void loadSolver()
  .then((solver) => protect(solver, table, controlRules, earlier, controlLimits, systemClock))
  .then((result) => parentPort?.postMessage(result));
