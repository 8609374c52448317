import { certainCounts } from './goals';
import { type Scene, shownOf } from './scene';
import { type Ground, hidden, known } from './system/ground';
import { type System, systemOf } from './system/system';
import type { PublishedTable } from './types';

/**
 * Differencing: cells of the scene whose count is certain, and was certain at another date, and changed by fewer than the
 * minimum. What a table of that date hid needs no look: its guard leaves room for at least the minimum, then as now. But a
 * sum that only a new grouping makes was guarded by nobody: if it was not certain, it counts as changed by too few.
 * `too-large` or `contradiction` where another date's tables are that.
 */
export function changesTooSmall(scene: Scene, ground: Ground, limit: number): number[] | 'too-large' | 'contradiction' {
  const now = certainCounts(ground) ?? new Map<string, { cell: number; count: number }>();
  const found = new Set<number>();
  for (const tables of byDate(scene.others)) {
    const own = systemOf(tables, [], limit);
    const system = systemOf(tables, [scene.table, ...scene.others], limit);
    if (typeof own === 'string') return own;
    if (typeof system === 'string') return system;
    const then = certainCounts(published(system, tables));
    if (!then) return 'contradiction';
    const guarded = new Set(own.keys);
    for (const key of system.keys) {
      const here = now.get(key);
      const before = then.get(key);
      if (!here || (!before && guarded.has(key))) continue;
      const change = before ? Math.abs(here.count - before.count) : 1;
      if (change > 0 && change < scene.minimum) found.add(here.cell);
    }
  }
  return [...found];
}

function byDate(tables: readonly PublishedTable[]): PublishedTable[][] {
  const dates = [...new Set(tables.map(({ date }) => date))].sort();
  return dates.map((date) => tables.filter((table) => table.date === date));
}

/** What is known of another date; hidden cells count as 0 here, which nobody asks for. */
function published(system: System, tables: readonly PublishedTable[]): Ground {
  const shown = new Map(tables.flatMap((table) => shownOf(system, table)));
  const counts = [...system.cells.keys()].map((cell) => shown.get(cell) ?? 0);
  return { system, counts, status: Uint8Array.from(counts, (_, cell) => (shown.has(cell) ? known : hidden)) };
}
