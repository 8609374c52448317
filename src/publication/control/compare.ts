import { certainCounts } from './goals';
import { largestOf } from './rules';
import { type Scene, shownOf } from './scene';
import { type Ground, hidden, known } from './system/ground';
import { type System, systemOf } from './system/system';
import type { PublishedTable } from './types';

type Certain = ReadonlyMap<string, { cell: number; count: number }>;
type Unfit = 'too-large' | 'contradiction';

/**
 * Differencing between dates: numbers of the scene's cells whose count is certain, and was certain at another date, and changed by
 * too few; and wholes of which the parts that are hidden at either date changed together by too few. What a table of that date hid
 * needs no look by itself: its guard leaves room for at least the minimum, then as now. But a sum that only a new grouping makes was
 * guarded by nobody: if it was not certain, it counts as changed by too few. Too few are those below the minimum; of a sum, all
 * that one contributor could account for. `too-large` or `contradiction` where another date's tables are that.
 */
export function changesTooSmall(scene: Scene, ground: Ground, limit: number): number[] | Unfit {
  const now: Certain = certainCounts(ground) ?? new Map();
  const found = new Set<number>();
  for (const tables of byDate(scene.others)) {
    const own = systemOf(tables, [], limit);
    if (typeof own === 'string') return own;
    const then = certainThen(tables, [scene.table, ...scene.others], limit);
    if (typeof then === 'string') return then;
    const least = leastChange(scene, tables);
    const few = (change: number) => change !== 0 && Math.abs(change) < least;
    const guarded = new Set(own.keys);
    for (const key of then.system.keys) {
      const here = now.get(key);
      const before = then.counts.get(key);
      if (!here || (!before && guarded.has(key))) continue;
      if (few(before ? here.count - before.count : 1)) found.add(here.cell);
    }
    for (const { whole, change } of restsOf(scene.system, now, then.counts)) if (few(change)) found.add(whole);
  }
  return [...found];
}

/** By how many the parts of a whole that are not certain at both dates changed together, where the whole is certain at both. */
function restsOf({ relations, keys }: System, now: Certain, then: Certain): { whole: number; change: number }[] {
  const changeOf = (cell: number) => {
    const [here, before] = [now, then].map((counts) => counts.get(keys[cell] as string)?.count);
    return here === undefined || before === undefined ? undefined : here - before;
  };
  return relations.flatMap(({ whole, parts }) => {
    const all = changeOf(whole);
    return all === undefined ? [] : [{ whole, change: parts.reduce((left, part) => left - (changeOf(part) ?? 0), all) }];
  });
}

/**
 * The same between populations of which one may hold the other, whatever their dates: numbers of the scene's cells whose certain
 * count differs by too few from one of such a population, in the same place, or where either is its table's total. The rest would
 * be a few people whom neither table shows.
 */
export function tooCloseToOthers(scene: Scene, ground: Ground, limit: number): number[] | Unfit {
  const now: Certain = certainCounts(ground) ?? new Map();
  const total = now.get('');
  const found = new Set<number>();
  const least = scene.minimum;
  const close = (one: number, other: number) => one !== other && Math.abs(one - other) < least;
  for (const tables of bySystem(scene.overlapping)) {
    const then = certainThen(tables, [], limit);
    if (typeof then === 'string') return then;
    const whole = then.counts.get('');
    for (const [key, { cell, count }] of now) {
      const same = then.counts.get(key);
      if ((same && close(count, same.count)) || (whole && close(count, whole.count))) found.add(cell);
    }
    if (total && [...then.counts.values()].some(({ count }) => close(total.count, count))) found.add(total.cell);
  }
  return [...found];
}

/** A change must be more than one contributor could make: by coming, going, or counting anew. */
function leastChange({ table, minimum, rules }: Scene, then: readonly PublishedTable[]): number {
  const here = largestOf(table);
  if (here === undefined) return minimum;
  const before = then.map(({ largest }) => largest ?? Number.POSITIVE_INFINITY);
  return Math.max(minimum, Math.floor((Math.max(here, ...before) * 100) / rules.share) + 1);
}

/** What is certain of tables of one population and date. */
function certainThen(
  tables: readonly PublishedTable[],
  others: Parameters<typeof systemOf>[1],
  limit: number,
): { system: System; counts: Certain } | Unfit {
  const system = systemOf(tables, others, limit);
  if (typeof system === 'string') return system;
  const counts = certainCounts(published(system, tables));
  return counts ? { system, counts } : 'contradiction';
}

const byDate = (tables: readonly PublishedTable[]): PublishedTable[][] => grouped(tables, ({ date }) => date);
const bySystem = (tables: readonly PublishedTable[]): PublishedTable[][] =>
  grouped(tables, ({ statistic, date }) => `${date} ${statistic}`);

function grouped(tables: readonly PublishedTable[], nameOf: (table: PublishedTable) => string): PublishedTable[][] {
  const names = [...new Set(tables.map(nameOf))].sort();
  return names.map((name) => tables.filter((table) => nameOf(table) === name));
}

/** What is known of another date; hidden cells count as 0 here, which nobody asks for. */
function published(system: System, tables: readonly PublishedTable[]): Ground {
  const shown = new Map(tables.flatMap((table) => shownOf(system, table)));
  const counts = [...system.cells.keys()].map((cell) => shown.get(cell) ?? 0);
  return { system, counts, status: Uint8Array.from(counts, (_, cell) => (shown.has(cell) ? known : hidden)) };
}
