import type { System } from './system';

/** What a cell is to somebody who reads everything: known from elsewhere, shown by the table at hand, or unknown. */
export const known = 0;
export const shown = 1;
export const hidden = 2;

/** A system with true counts (or, for cells of earlier tables, possible ones) and what is known of them. */
export interface Ground {
  system: System;
  counts: readonly number[];
  /** Of each cell `known`, `shown` or `hidden`. Only `shown` may change, to `hidden`. */
  status: Uint8Array;
}

/** Whether the counts are whole, not negative, and add up everywhere. */
export function addsUp({ relations }: System, counts: readonly number[]): boolean {
  return (
    counts.every((count) => Number.isSafeInteger(count) && count >= 0) &&
    relations.every(({ whole, parts }) => parts.reduce((sum, part) => sum + (counts[part] as number), 0) === counts[whole])
  );
}

/** How often a relation is looked at, on average, before its bounds are left as they are: they only get narrower. */
const looks = 50;

/**
 * Bounds of each cell that follow one relation at a time from what is not hidden. They need no solver, hold for certain, and
 * may be wider than what can be found out. Undefined if what is not hidden contradicts itself.
 */
export function certainBounds({ system, counts, status }: Ground): { low: number[]; high: number[] } | undefined {
  const low = counts.map((count, n) => (status[n] === hidden ? 0 : count));
  const high = counts.map((count, n) => (status[n] === hidden ? Number.POSITIVE_INFINITY : count));
  const waiting = new Set(system.relations.keys());
  const narrow = (cell: number, from: number, to: number) => {
    if (from <= (low[cell] as number) && to >= (high[cell] as number)) return;
    low[cell] = Math.max(low[cell] as number, from);
    high[cell] = Math.min(high[cell] as number, to);
    for (const relation of system.relationsOf[cell] ?? []) waiting.add(relation);
  };
  let left = looks * system.relations.length;
  for (const relation of waiting) {
    if (left-- === 0) break;
    waiting.delete(relation);
    const { whole, parts } = system.relations[relation] as System['relations'][number];
    const least = parts.reduce((sum, part) => sum + (low[part] as number), 0);
    const open = parts.filter((part) => high[part] === Number.POSITIVE_INFINITY);
    const most = parts.reduce((sum, part) => sum + (open.includes(part) ? 0 : (high[part] as number)), 0);
    narrow(whole, least, open.length > 0 ? Number.POSITIVE_INFINITY : most);
    if ((low[whole] as number) > (high[whole] as number)) return undefined;
    for (const part of parts) {
      const othersOpen = open.length - (open.includes(part) ? 1 : 0);
      const others = most - (open.includes(part) ? 0 : (high[part] as number));
      const from = othersOpen > 0 ? 0 : (low[whole] as number) - others;
      narrow(part, from, (high[whole] as number) - (least - (low[part] as number)));
      if ((low[part] as number) > (high[part] as number)) return undefined;
    }
  }
  return { low, high };
}
