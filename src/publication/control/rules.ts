import { contains, isStructural, partsOf, placeText } from './table';
import {
  type ControlRules,
  type CountedCell,
  type CountTable,
  type Guard,
  type HiddenFor,
  type Place,
  type TableFrame,
  total,
} from './types';

/** Policy: no article gives numbers. The ids are those of the catalogue's dimensions. */
export const controlRules: ControlRules = {
  minimum: 5,
  finer: [{ dimensions: ['province', 'ageGroup', 'sector'], minimum: 10 }],
  share: 75,
  percent: 15,
};

/** The smallest count, other than 0, that the table may show. */
export function minimumOf({ dimensions }: Pick<TableFrame, 'dimensions'>, rules: ControlRules): number {
  const ids = dimensions.map(({ id }) => id);
  const finer = rules.finer.filter((rule) => rule.dimensions.every((id) => ids.includes(id)));
  return Math.max(rules.minimum, ...finer.map(({ minimum }) => minimum));
}

/** The largest contribution to any of a table's sums; undefined where people are counted. */
export function largestOf({ cells }: Pick<CountTable, 'cells'>): number | undefined {
  const all = cells.flatMap(({ contributions }) => contributions?.largest ?? []);
  return all.length === 0 ? undefined : Math.max(...all);
}

/** Something that tells of people by itself: the cell to hide for it, and what must not be found out. */
export interface Sensitive {
  cell: CountedCell;
  why: Exclude<HiddenFor, 'secondary'>;
  guard: Guard;
}

/** What in the table tells of people. `cells` are those of `wholeTable`. */
export function sensitiveCells(table: CountTable, cells: readonly CountedCell[], rules: ControlRules): Sensitive[] {
  const minimum = minimumOf(table, rules);
  const byPlace = new Map(cells.map((cell) => [placeText(cell.at), cell]));
  const cellAt = (at: Place) => byPlace.get(placeText(at));
  const single = cells.filter(({ contributions }) => contributions?.contributors === 1);
  return cells.flatMap((cell) => {
    const found: Sensitive[] = [];
    const { at, count } = cell;
    const still = single.filter((other) => other !== cell && !sameContributor(other, cell)).map((other) => other.at);
    const of = [{ at, sign: 1 as const }];
    if (count > 0 && count < minimum)
      found.push({ cell, why: 'small', guard: { of, low: 0, high: minimum, width: minimum, ...(still.length > 0 && { still }) } });
    const distance = dominance(cell, rules, minimum);
    if (distance > 0) {
      const guard = { of, low: Math.max(0, count - distance), high: count + distance, ...(still.length > 0 && { still }) };
      found.push({ cell, why: 'dominance', guard });
    }
    return [...found, ...completeness(table, cellAt, cell, minimum)];
  });
}

/** Two cells of one contributor each, one within the other: the same one. */
const sameContributor = (one: CountedCell, other: CountedCell) =>
  other.contributions?.contributors === 1 && (contains(one.at, other.at) || contains(other.at, one.at));

/** How far off the estimate of a sum must be able to be, so that no contributor is told too closely; 0 if none is anyhow. */
function dominance({ count, contributions }: CountedCell, rules: ControlRules, minimum: number): number {
  if (!contributions || count === 0) return 0;
  const { contributors, largest, second } = contributions;
  const needed = Math.ceil((largest * rules.percent) / 100);
  const dominated = largest * 100 > rules.share * count;
  const estimable = (count - largest - second) * 100 < rules.percent * largest;
  if (!dominated && !estimable && contributors >= minimum) return 0;
  return Math.max(1, needed, dominated ? Math.ceil((largest * 100) / rules.share) - count : 0);
}

/**
 * A whole of which everybody is in one part: where the others are counted as 0, at least the minimum must be possible.
 * Parts in which nobody can be tell nothing.
 */
function completeness(table: CountTable, cellAt: (at: Place) => CountedCell | undefined, whole: CountedCell, minimum: number): Sensitive[] {
  if (whole.count === 0) return [];
  return whole.at.flatMap((code, n) => {
    if (code !== total) return [];
    const parts = partsOf(table, whole.at, n).filter((at) => !isStructural(table, at));
    const part = parts.map(cellAt).find((one) => one?.count === whole.count);
    if (!part || parts.length === 1) return [];
    const of = [
      { at: whole.at, sign: 1 as const },
      { at: part.at, sign: -1 as const },
    ];
    return [{ cell: part, why: 'complete' as const, guard: { of, high: minimum } }];
  });
}
