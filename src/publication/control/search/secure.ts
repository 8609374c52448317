import { type Ground, hidden, shown } from '../system/ground';
import type { Move } from '../types';
import type { Boxes } from './boxes';
import { addMove, type Goal, isPossible, reachOf, type Worlds } from './moves';
import { searchAreas } from './nearby';
import { cheapestMove, type Solver } from './solver';

export interface Search {
  ground: Ground;
  costs: Float64Array;
  worlds: Worlds;
  boxes: Boxes;
  solver: Solver;
  iterations: number;
  /** Called before the solver is asked; may throw. */
  spend: () => void;
}

/** A goal asks for at most three things; a move that brings it no nearer is none to go on from. */
const attempts = 4;

/** Finds worlds in which the goal holds, hiding more where it must. Returns whether it now holds. */
export function secure(search: Search, goal: Goal): boolean {
  for (let attempt = 0; ; attempt++) {
    const { value, low, high } = reachOf(search.ground, search.worlds, goal);
    const up = goal.high !== undefined && high < goal.high;
    const down = goal.low !== undefined && low > goal.low;
    const narrow = (goal.width ?? 0) - (high - low);
    if (!up && !down && narrow <= 0) return true;
    if (attempt === attempts) return false;
    // Whichever comes first: wide enough at once where that can be; else just far enough.
    const ways = down
      ? [(goal.low as number) - value]
      : up
        ? [...new Set([Math.max((goal.high as number) - value, goal.width ?? 0), (goal.high as number) - value])]
        : [high - value + narrow, low - value - narrow];
    const move = cheapest(search, goal, ways);
    if (!move || !accept(search, move)) return false;
  }
}

/** Takes the move, and hides what it changes. Returns whether it is a possible world. */
function accept({ ground, worlds }: Search, move: Move): boolean {
  for (const [cell] of move) if (ground.status[cell] === shown) ground.status[cell] = hidden;
  if (!isPossible(ground, move)) return false;
  addMove(worlds, move);
  return true;
}

/**
 * A move that changes the goal in one of the ways: a box of hidden cells, else whatever hides least of boxes and what the
 * solver finds nearby, else several boxes, else what the solver finds anywhere.
 */
function cheapest(search: Search, goal: Goal, ways: readonly number[]): Move | undefined {
  const { ground, costs, solver, iterations } = search;
  const [box] = ways.flatMap((difference) => cheapestBox(search, goal, difference) ?? []).sort((a, b) => a.cost - b.cost);
  if (box?.cost === 0) return box.move;
  const ask = (area: readonly number[], wholeNumbers: boolean) => {
    for (const difference of ways) {
      search.spend();
      const move = cheapestMove(solver, ground, area, costs, goal, difference, { iterations, wholeNumbers });
      if (move) return move;
    }
    return undefined;
  };
  const [near = [], ...far] = searchAreas(ground, goal);
  const move = ask(near, false);
  if (box) return move && costOf(search, move) < box.cost ? move : box.move;
  if (move) return move;
  for (const difference of ways) {
    const walked = walk(search, goal, difference);
    if (walked) return walked;
  }
  for (const area of far) {
    const found = ask(area, false);
    if (found) return found;
  }
  return ask(near, true);
}

const costOf = ({ ground, costs }: Search, move: Move) =>
  move.reduce((sum, [cell]) => sum + (ground.status[cell] === shown ? (costs[cell] as number) : 0), 0);

/** A way in several boxes, each from the world that the last one led to: where no single one goes as far. */
function walk(search: Search, goal: Goal, difference: number): Move | undefined {
  const counts = [...search.ground.counts];
  const status = search.ground.status.slice();
  const changes = new Map<number, number>();
  const from = { ...search, ground: { ...search.ground, counts, status } };
  for (let left = difference; left !== 0; ) {
    let stride = left;
    let box = cheapestBox(from, goal, stride);
    while (!box && Math.abs(stride) > 1) {
      stride = Math.trunc(stride / 2);
      box = cheapestBox(from, goal, stride);
    }
    if (!box) return undefined;
    for (const [cell, by] of box.move) {
      counts[cell] = (counts[cell] as number) + by;
      status[cell] = hidden;
      changes.set(cell, (changes.get(cell) ?? 0) + by);
    }
    left -= stride;
  }
  return [...changes].filter(([, by]) => by !== 0);
}

/** The cheapest box for the goal. For a whole without one part, any other part may be the one that grows. */
function cheapestBox({ boxes, costs, ground }: Search, { of, still }: Goal, difference: number) {
  const [first, second] = of;
  if (!first) return undefined;
  const cells = second ? otherParts(ground, first.cell, second.cell) : [first.cell];
  const found = cells.flatMap((cell) => boxes.cheapest(ground, cell, second ? difference : first.sign * difference, costs, still) ?? []);
  return found.sort((a, b) => a.cost - b.cost)[0];
}

function otherParts({ system }: Ground, whole: number, part: number): number[] {
  const relations = (system.relationsOf[whole] ?? []).map((n) => system.relations[n]);
  const sum = relations.find((relation) => relation?.whole === whole && relation.parts.includes(part));
  return sum?.parts.filter((other) => other !== part) ?? [];
}
