import { minimumOf } from './rules';
import { goalOf, guardsOf, type Scene } from './scene';
import type { Goal } from './search/moves';
import { certainBounds, type Ground } from './system/ground';

/** Everything that must not be found out, with what is hidden now: the table's own guards, earlier ones, derived cells. */
export function goalsOf(scene: Scene, ground: Ground): Goal[] {
  const own = guardsOf(scene, ground.status).map((guard) => goalOf(scene.system, scene.table, guard));
  return [...own, ...scene.guardedBefore, ...derivedGoals(scene, ground)];
}

/**
 * A cell that no table has must be as uncertain as a hidden one, unless it is certainly nobody, or certainly enough to be
 * shown.
 */
function derivedGoals(scene: Scene, ground: Ground): Goal[] {
  if (scene.derived.length === 0) return [];
  const bounds = certainBounds(ground);
  return scene.derived.flatMap((cell) => {
    const width = minimumAt(scene, cell);
    const least = bounds?.low[cell] ?? 0;
    const certain = bounds?.high[cell] === least && (least === 0 || least >= width);
    return certain ? [] : [{ of: [{ cell, sign: 1 as const }], width, still: [] }];
  });
}

function minimumAt({ system, rules, minimum }: Scene, cell: number): number {
  const axes = system.axes.filter(({ nodes }, n) => system.cells[cell]?.[n] !== nodes.length - 1);
  const dimensions = axes.map(({ id }) => ({ id, label: id, categories: [] }));
  return Math.max(minimum, minimumOf({ dimensions }, rules));
}

/** Cells whose value is certain, by the name that they have in every system; undefined if what is shown contradicts itself. */
export function certainCounts(ground: Ground): ReadonlyMap<string, { cell: number; count: number }> | undefined {
  const bounds = certainBounds(ground);
  if (!bounds) return undefined;
  const { low, high } = bounds;
  return new Map(
    ground.system.keys.flatMap((key, cell) => (low[cell] === high[cell] ? [[key, { cell, count: low[cell] as number }] as const] : [])),
  );
}
