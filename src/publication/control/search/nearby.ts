import { type Ground, hidden, known } from '../system/ground';
import type { Goal } from './moves';

/** Classes of the longest axis that are looked at first, besides the goal's own. */
const classesNearby = 12;

/**
 * Cells among which a move for the goal is looked for: first those of some classes of the longest axis (81 provinces, mostly),
 * the goal's own and those where most is hidden already; then all. A small question is answered in milliseconds.
 */
export function searchAreas(ground: Ground, goal: Goal): number[][] {
  const { axes, cells } = ground.system;
  const free = [...cells.keys()].filter((cell) => ground.status[cell] !== known);
  const longest = axes.reduce((best, axis, n) => (axis.classes > (axes[best]?.classes ?? 0) ? n : best), 0);
  const classes = axes[longest]?.classes ?? 0;
  if (classes <= 2 * classesNearby) return [free];

  const nodeOf = (cell: number) => cells[cell]?.[longest] as number;
  const hiddenIn = new Array<number>(classes).fill(0);
  for (const cell of free)
    if (nodeOf(cell) < classes && ground.status[cell] === hidden) hiddenIn[nodeOf(cell)] = (hiddenIn[nodeOf(cell)] ?? 0) + 1;
  const byCover = [...hiddenIn.keys()].sort((a, b) => (hiddenIn[b] as number) - (hiddenIn[a] as number) || a - b);
  const own = goal.of.flatMap(({ cell }) => (nodeOf(cell) < classes ? [nodeOf(cell)] : []));
  const chosen = new Set([...own, ...byCover.slice(0, classesNearby)]);
  return [free.filter((cell) => nodeOf(cell) >= classes || chosen.has(nodeOf(cell))), free];
}
