import type { Axis } from '../system/axes';
import { type Ground, hidden, known } from '../system/ground';
import type { System } from '../system/system';
import type { Move } from '../types';

/** Along one axis: on which nodes people are added (1) and taken away (-1), so that they add up. */
type Shift = readonly (readonly [node: number, sign: 1 | -1])[];

/** Shifts of each axis: of one class alone (the total follows), and from one class to another. */
interface Shifts {
  alone: readonly Shift[];
  between(to: number, from: number): Shift;
}

export interface Box {
  move: Move;
  cost: number;
}

export interface Boxes {
  /**
   * The cheapest move that changes a cell by `difference` and spans a box: along each axis two classes change places, or one
   * changes with its totals. Undefined if there is none. The first of equals is taken, so the answer is always the same.
   */
  cheapest(ground: Ground, cell: number, difference: number, costs: Float64Array, still: readonly number[]): Box | undefined;
}

/** Most secrets are kept by a box (as in the hypercube method, Repsilber 1994); finding one needs no solver. */
export function boxesOf(system: System): Boxes {
  const shifts = system.axes.map(shiftsOf);
  const shared = cellsOfSeveralBlocks(system);
  return {
    cheapest(ground, cell, difference, costs, still) {
      const nodes = system.cells[cell] as readonly number[];
      const block = system.blocks.find((axes) => isWithin(system, nodes, axes));
      if (!block) return undefined;
      const choices = block.map((n) => choicesFor(system, n, nodes[n] as number, shifts[n] as Shifts));
      const forbidden = (at: number) => ground.status[at] === known || shared[at] === 1 || still.includes(at);
      return cheapestBox(ground, choices, { cell, difference, costs, forbidden });
    },
  };
}

const lastNode = (system: System, n: number) => (system.axes[n]?.nodes.length ?? 0) - 1;

const isWithin = (system: System, nodes: readonly number[], axes: readonly number[]) =>
  nodes.every((node, n) => axes.includes(n) || node === lastNode(system, n));

function shiftsOf({ nodes, classes }: Axis): Shifts {
  const of = Array.from({ length: classes }, (_, one) => nodes.flatMap((node, n) => (node.classes.includes(one) ? [n] : [])));
  const only = (one: number, other: number, sign: 1 | -1): Shift =>
    (of[one] ?? []).filter((node) => !of[other]?.includes(node)).map((node) => [node, sign]);
  return {
    alone: of.map((all) => all.map((node) => [node, 1])),
    between: (to, from) => [...only(to, from, 1), ...only(from, to, -1)],
  };
}

/**
 * The shifts of axis `n` that change a node by 1: what else they change, as differences of codes with their signs.
 */
function choicesFor({ axes, weights }: System, n: number, node: number, shifts: Shifts): Shift[] {
  const { classes, nodes } = axes[n] as Axis;
  const inside = nodes[node]?.classes ?? [];
  const outside = [...Array(classes).keys()].filter((one) => !inside.includes(one));
  const whole = inside.flatMap((to) => [...outside.map((from) => shifts.between(to, from)), shifts.alone[to] as Shift]);
  return whole.map((shift) =>
    shift.flatMap(([other, sign]) => (other === node ? [] : [[(other - node) * (weights[n] as number), sign] as const])),
  );
}

interface Wanted {
  cell: number;
  difference: number;
  costs: Float64Array;
  forbidden(cell: number): boolean;
}

/** Goes through all choices, axis by axis, and leaves off as soon as a cell may not change or it gets too dear. */
function cheapestBox({ system, counts, status }: Ground, choices: readonly Shift[][], { cell, difference, costs, forbidden }: Wanted) {
  const start = (system.cells[cell] ?? []).reduce((code, node, n) => code + node * (system.weights[n] as number), 0);
  let best: Box | undefined;
  const codes = [start];
  const signs = [1];
  const costOf = (code: number, sign: number): number => {
    const at = system.atCode(code) as number;
    if (forbidden(at) || (counts[at] as number) + sign * difference < 0) return Number.POSITIVE_INFINITY;
    return status[at] === hidden ? 0 : (costs[at] as number);
  };
  const extend = (depth: number, cost: number): void => {
    if (cost >= (best?.cost ?? Number.POSITIVE_INFINITY)) return;
    const shifts = choices[depth];
    if (!shifts) {
      best = { cost, move: codes.map((code, n) => [system.atCode(code) as number, (signs[n] as number) * difference]) };
      return;
    }
    const size = codes.length;
    for (const shift of shifts) {
      let sum = cost;
      for (const [by, way] of shift) {
        for (let n = 0; n < size && sum < Number.POSITIVE_INFINITY; n++) {
          codes.push((codes[n] as number) + by);
          signs.push((signs[n] as number) * way);
          sum += costOf(codes.at(-1) as number, signs.at(-1) as number);
        }
      }
      extend(depth + 1, sum);
      codes.length = size;
      signs.length = size;
    }
  };
  extend(0, costOf(start, 1));
  return best as Box | undefined;
}

/** Cells that more than one block has: a box in one block must leave them alone. */
function cellsOfSeveralBlocks(system: System): Uint8Array {
  return Uint8Array.from(system.cells, (nodes) => (system.blocks.filter((axes) => isWithin(system, nodes, axes)).length > 1 ? 1 : 0));
}
