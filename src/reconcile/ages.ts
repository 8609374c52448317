import { addMonths, type IsoDate } from '../core/dates';

/** Ages in full years, both ends included. */
export interface AgeBand {
  name: string;
  from: number;
  to: number;
}

/** Why no band can be named: the birth date lacks its day or month, and both answers are possible. */
export const unknownAge = 'bilinmiyor';

/** Full years on a day; who was born on 29 February comes of age on the 28th in common years. */
export function ageOn(birth: IsoDate, day: IsoDate): number {
  const years = Number(day.slice(0, 4)) - Number(birth.slice(0, 4));
  return addMonths(birth, years * 12) <= day ? years : years - 1;
}

/**
 * The band of somebody born on a date that may be partial (`yyyy`, `yyyy-MM`): undefined if in none, `unknownAge` if
 * some of the days that it may stand for lie in a band and not all in the same one.
 */
export function bandOf(birth: string, day: IsoDate, bands: readonly AgeBand[]): string | undefined {
  const [first, last] = daysOf(birth);
  // A year or month that is not over yet holds days to come.
  const [least, most] = [Math.max(0, ageOn(last, day)), Math.max(0, ageOn(first, day))];
  const inside = bands.find((band) => band.from <= least && most <= band.to);
  if (inside) return inside.name;
  return bands.some((band) => band.from <= most && least <= band.to) ? unknownAge : undefined;
}

function daysOf(birth: string): [IsoDate, IsoDate] {
  if (birth.length === 4) return [`${birth}-01-01`, `${birth}-12-31`];
  if (birth.length === 7) {
    const end = addMonths(`${birth}-01`, 1);
    return [`${birth}-01`, new Date(Date.parse(`${end}T00:00:00Z`) - 86_400_000).toISOString().slice(0, 10)];
  }
  return [birth, birth];
}

/**
 * The same as SQL over the year of birth alone, where that decides: a band's name, '' for none, or null where the whole date is needed.
 * `born` and `year` are SQL of whole numbers; the bands' names and bounds come as parameters from `parameter` on.
 */
export function bandByYear(
  born: string,
  year: string,
  bands: readonly AgeBand[],
  parameter: number,
): { sql: string; values: (string | number)[] } {
  const most = `(${year} - ${born})`;
  const least = `greatest(${most} - 1, 0)`;
  const at = (i: number, k: number) => `$${parameter + i * 3 + k}`;
  const inside = bands.map((_, i) => `when ${least} >= ${at(i, 1)}::int and ${most} <= ${at(i, 2)}::int then ${at(i, 0)}::text`);
  const apart = bands.map((_, i) => `(${most} < ${at(i, 1)}::int or ${least} > ${at(i, 2)}::int)`);
  return {
    sql: `case ${inside.join(' ')} when ${apart.join(' and ')} then '' else null end`,
    values: bands.flatMap(({ name, from, to }) => [name, from, to]),
  };
}
