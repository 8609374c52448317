import { type Ground, hidden } from '../system/ground';
import type { Move } from '../types';

/** A guard by numbers of cells. */
export interface Goal {
  of: readonly { cell: number; sign: 1 | -1 }[];
  low?: number;
  high?: number;
  width?: number;
  still: readonly number[];
}

/** Possible worlds that were found, by the cells that differ in them. */
export interface Worlds {
  moves: Move[];
  /** Of each cell, the moves that change it, with the difference. */
  byCell: Map<number, Map<number, number>>;
}

export const noWorlds = (): Worlds => ({ moves: [], byCell: new Map() });

export function addMove({ moves, byCell }: Worlds, move: Move): void {
  const number = moves.push(move) - 1;
  for (const [cell, difference] of move) byCell.set(cell, (byCell.get(cell) ?? new Map()).set(number, difference));
}

/** Whether the counts changed by the move are a world that fits all that is not hidden: checked in whole numbers. */
export function isPossible({ system, counts, status }: Ground, move: Move): boolean {
  const differences = new Map(move);
  if (differences.size !== move.length || move.length === 0) return false;
  const relations = new Set<number>();
  for (const [cell, difference] of move) {
    const count = counts[cell];
    if (count === undefined || status[cell] !== hidden || !Number.isSafeInteger(difference) || count + difference < 0) return false;
    for (const relation of system.relationsOf[cell] ?? []) relations.add(relation);
  }
  return [...relations].every((n) => {
    const { whole, parts } = system.relations[n] as { whole: number; parts: readonly number[] };
    return parts.reduce((sum, part) => sum + (differences.get(part) ?? 0), 0) === (differences.get(whole) ?? 0);
  });
}

/** The least and the most that what is guarded comes to, in the worlds found that leave `still` alone. */
export function reachOf({ counts }: Ground, { moves, byCell }: Worlds, { of, still }: Goal): { value: number; low: number; high: number } {
  const value = of.reduce((sum, { cell, sign }) => sum + sign * (counts[cell] as number), 0);
  const reach = { value, low: value, high: value };
  const touching = new Set(of.flatMap(({ cell }) => [...(byCell.get(cell)?.keys() ?? [])]));
  for (const number of touching) {
    if (still.length > 0 && moves[number]?.some(([cell]) => still.includes(cell))) continue;
    const there = of.reduce((sum, { cell, sign }) => sum + sign * (byCell.get(cell)?.get(number) ?? 0), value);
    reach.low = Math.min(reach.low, there);
    reach.high = Math.max(reach.high, there);
  }
  return reach;
}

/** Whether the worlds found show that the guard holds. */
export function holds(ground: Ground, worlds: Worlds, goal: Goal): boolean {
  const { low, high } = reachOf(ground, worlds, goal);
  return low <= (goal.low ?? low) && high >= (goal.high ?? high) && high - low >= (goal.width ?? 0);
}
