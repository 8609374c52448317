import type { Envelope, Place, Share } from '../sources/page';
import type { Checkpoint } from './checkpoint';
import { addStats, emptyStats } from './stats';

/** How a listing counts its pages, for ranges of them. */
export type Counting = { style: 'page'; first: number } | { style: 'offset' };

const mostParts = 64;

/**
 * Ranges of pages of about `records` records that together are the whole; undefined where there is too little to split,
 * or the first page does not say how much there is. The last one is open: the source says where it ends.
 */
export function rangesOf(counting: Counting, first: Envelope, records: number): Share[] | undefined {
  const size = first.count;
  if (size === 0) return undefined;
  const pages = first.pages ?? (first.total === undefined ? 0 : Math.ceil(first.total / size));
  const parts = Math.min(mostParts, Math.ceil((pages * size) / records));
  const each = Math.ceil(pages / Math.max(parts, 1));
  if (parts < 2 || each === 0) return undefined;
  const place = (page: number): Place => (counting.style === 'page' ? { page: counting.first + page } : { offset: page * size });
  const shares: Share[] = [];
  for (let page = 0; page < pages; page += each) {
    shares.push({ from: place(page), ...(page + each < pages ? { to: place(page + each) } : {}) });
  }
  return shares.length < 2 ? undefined : shares;
}

/** Whether two parts saw different states of the source. `ranges`: both told the total of the whole, not their own. */
export function differentStates(points: readonly Checkpoint[], ranges: boolean): boolean {
  const said = (value: (point: Checkpoint) => string | number | undefined) =>
    new Set(points.map(value).filter((v) => v !== undefined)).size > 1;
  return said((p) => p.version) || (ranges && said((p) => p.total));
}

/** The reading of the whole out of its parts', as `like` began it. Totals of ranges are the whole's; others add up. */
export function wholeOf(points: readonly Checkpoint[], like: Checkpoint, ranges: boolean): Checkpoint {
  const stats = emptyStats(like.stats.missing.length);
  for (const point of points) addStats(stats, point.stats);
  const totals = points.map((p) => p.total);
  const total = ranges ? totals.find((t) => t !== undefined) : sum(totals);
  const times = points.flatMap((p) => p.sourceTime ?? []).sort();
  const version = points.find((p) => p.version !== undefined)?.version;
  const { next: _, ...begun } = like;
  return {
    ...begun,
    complete: true,
    pages: sum(points.map((p) => p.pages)) ?? 0,
    staged: sum(points.map((p) => p.staged)) ?? 0,
    stats,
    ...(total === undefined ? {} : { total }),
    ...(version === undefined ? {} : { version }),
    ...(times[0] === undefined ? {} : { sourceTime: times[0] }),
  };
}

function sum(numbers: readonly (number | undefined)[]): number | undefined {
  return numbers.includes(undefined) ? undefined : (numbers as number[]).reduce((a, b) => a + b, 0);
}
