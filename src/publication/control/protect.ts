import { setImmediate } from 'node:timers/promises';
import type { Clock } from '../../core/clock';
import { changesTooSmall, tooCloseToOthers } from './compare';
import { digestOf } from './digest';
import { goalsOf } from './goals';
import { largestOf } from './rules';
import { groundOf, guardsOf, hiddenFirst, placesIn, type Scene, sceneOf } from './scene';
import { boxesOf } from './search/boxes';
import { type Budget, budgetOf, Refusal } from './search/budget';
import { costsOf } from './search/costs';
import { type Goal, holds, noWorlds } from './search/moves';
import { type Search, secure } from './search/secure';
import { missingCounts, type Solver } from './search/solver';
import { type Ground, hidden } from './system/ground';
import type { ControlRules, CountTable, HiddenFor, Limits, Protected, PublishedTable, Refused } from './types';
import { faultsOf } from './verify';

/** Policy. Enough for 81 provinces by 12 months, and by 4 by 6, with room. */
export const controlLimits: Limits = { cells: 20_000, steps: 20_000, iterations: 50_000, deadline: 60_000 };

/**
 * What of a table may be shown, or that nothing may. Hides what tells of people (`sensitiveCells`), then as much more as it
 * takes that nobody can find it out: not from the rest of the table and its totals, nor from `earlier`, all that was published
 * of the statistic; and holds it against what was published of those that overlap with it. Other tables in `earlier` are left out.
 * The same input gives the same answer, unless the deadline comes first. Throws `table-invalid`.
 */
export async function protect(
  solver: Solver,
  table: CountTable,
  rules: ControlRules,
  earlier: readonly PublishedTable[],
  limits: Limits,
  clock: Clock,
): Promise<Protected | Refused> {
  const scene = sceneOf(table, rules, earlier, limits.cells);
  if ('reason' in scene) return { outcome: 'refused', ...scene };
  try {
    const budget = budgetOf(limits, clock);
    const found = await search(solver, scene, limits, budget);
    const result = resultOf(scene, found, budget);
    const faults = faultsOf(table, rules, earlier, limits, result);
    return faults.length === 0
      ? result
      : { outcome: 'refused', reason: faults.find((fault) => fault === 'differencing' || fault === 'overlap') ?? 'unproven', cells: [] };
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return { outcome: 'refused', reason: error.reason, cells: error.cells };
  }
}

interface Found {
  ground: Ground;
  assumed: ReadonlyMap<number, number>;
  search: Search;
  goals: readonly Goal[];
}

async function search(solver: Solver, scene: Scene, limits: Limits, budget: Budget): Promise<Found> {
  const assumed = assumedOf(solver, scene, limits, budget);
  const ground = groundOf(scene, assumed, hiddenFirst(scene));
  if (!ground) throw new Refusal('contradiction');
  const costs = costsOf(ground);
  const { iterations } = limits;
  const search = { ground, costs, worlds: noWorlds(), boxes: boxesOf(scene.system), solver, iterations, spend: budget.spend };
  // Each pass may hide more, and what is hidden has guards of its own.
  for (let open = goalsOf(scene, ground); open.length > 0; ) {
    for (const goal of open) {
      if (!secure(search, goal))
        throw new Refusal(
          'unprotectable',
          placesIn(
            scene,
            goal.of.map(({ cell }) => cell),
          ),
        );
      budget.onTime();
      await setImmediate();
    }
    open = goalsOf(scene, ground).filter((goal) => !holds(ground, search.worlds, goal));
  }
  const changes = changesTooSmall(scene, ground, limits.cells);
  if (typeof changes === 'string') throw new Refusal(changes);
  if (changes.length > 0) throw new Refusal('differencing', placesIn(scene, changes));
  const close = tooCloseToOthers(scene, ground, limits.cells);
  if (typeof close === 'string') throw new Refusal(close);
  if (close.length > 0) throw new Refusal('overlap', placesIn(scene, close));
  return { ground, assumed, search, goals: goalsOf(scene, ground) };
}

/** Possible counts for what only earlier tables have. */
function assumedOf(solver: Solver, { system, given }: Scene, { iterations }: Limits, budget: Budget): ReadonlyMap<number, number> {
  if (given.size === system.cells.length) return new Map();
  budget.spend();
  const counts = missingCounts(solver, system, given, iterations);
  if (counts === 'none') throw new Refusal('contradiction');
  if (!counts) throw new Refusal('too-many-steps');
  return counts;
}

function resultOf(scene: Scene, { ground, assumed, search, goals }: Found, budget: Budget): Protected {
  const { table, cells, numbers } = scene;
  const isHidden = numbers.map((number) => ground.status[number] === hidden);
  if (isHidden.every((one) => one)) throw new Refusal('nothing-left');
  const { id, statistic, date, dimensions, structural } = table;
  const largest = largestOf(table);
  const published: PublishedTable = {
    ...{ id, statistic, date, dimensions },
    ...(structural && { structural }),
    cells: cells.map(({ at, count }, n) => ({ at, count: isHidden[n] ? null : count })),
    guards: guardsOf(scene, ground.status),
    ...(largest !== undefined && { largest }),
  };
  const why = new Map<unknown, HiddenFor>();
  for (const { cell, why: first } of scene.sensitive) if (!why.has(cell)) why.set(cell, first);
  return {
    outcome: 'protected',
    published,
    reasons: cells.map((cell, n) => (isHidden[n] ? (why.get(cell) ?? 'secondary') : null)),
    proof: { moves: search.worlds.moves, assumed: [...assumed], guards: goals.length, steps: budget.spent() },
    digest: digestOf(published),
  };
}
