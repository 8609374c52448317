import type { Agreement } from '../../agreements/language';

/** What a person read on a day of Istanbul. */
export interface Reading {
  /** Records that left one by one (record, look-up). */
  single: number;
  /** Records that left in pages, exports, changes and findings. */
  bulk: number;
  /** Different ids that were asked for one by one, and how many of them are not there. */
  asked: number;
  notFound: number;
}

const measures = ['single', 'bulk', 'asked'] as const;
export type Reason = (typeof measures)[number] | 'sweep';

/** The median of each measure over a person's earlier days; 0 without any. */
export function habitOf(earlier: readonly Reading[]): Pick<Reading, (typeof measures)[number]> {
  const of = (measure: (typeof measures)[number]) => median(earlier.map((day) => day[measure]));
  return { single: of('single'), bulk: of('bulk'), asked: of('asked') };
}

/**
 * Why a day's reading is to be looked at; empty for a usual day. It decides nothing about anybody. Pure; all bounds are policy.
 * A sweep is many different ids of which a large share is not there.
 */
export function beyondHabit(day: Reading, earlier: readonly Reading[], rule: Agreement['thresholds']['harvest']): Reason[] {
  const habit = habitOf(earlier);
  const least = { single: rule.least, bulk: rule.leastBulk, asked: rule.least };
  const above = measures.filter((measure) => day[measure] >= least[measure] && day[measure] > rule.factor * habit[measure]);
  const sweeps = day.asked >= rule.leastAsked && day.notFound >= rule.notFound * day.asked;
  return [...above, ...(sweeps ? (['sweep'] as const) : [])];
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  if (sorted.length === 0) return 0;
  return ((sorted[Math.ceil(middle) - 1] as number) + (sorted[Math.floor(middle)] as number)) / 2;
}
