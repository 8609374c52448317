import { addDays, addMonths, type IsoDate } from '../core/dates';
import { text } from './inputs';

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

/**
 * Until when, at least, `bandOf` says the same within the day's year; undefined for as long as the year lasts. Told to the month only,
 * so that what is kept of somebody does not tell the birthday.
 */
export function bandHoldsUntil(birth: string, day: IsoDate, bands: readonly AgeBand[]): IsoDate | undefined {
  const now = bandOf(birth, day, bands);
  const year = day.slice(0, 4);
  for (let month = Number(day.slice(5, 7)); month <= 12; month += 1) {
    const first = `${year}-${String(month).padStart(2, '0')}-01`;
    if (bandOf(birth, dayBefore(addMonths(first, 1)), bands) === now) continue;
    return first > day ? first : dayAfter(day);
  }
  return undefined;
}

function daysOf(birth: string): [IsoDate, IsoDate] {
  if (birth.length === 4) return [`${birth}-01-01`, `${birth}-12-31`];
  if (birth.length === 7) {
    return [`${birth}-01`, dayBefore(addMonths(`${birth}-01`, 1))];
  }
  return [birth, birth];
}

const dayBefore = (day: IsoDate) => addDays(day, -1);
const dayAfter = (day: IsoDate) => addDays(day, 1);

/**
 * The same as SQL over the year of birth alone, where that decides: a band's name, '' for none, or null where the whole date is needed.
 * `born` is SQL of a whole number.
 */
export function bandByYear(born: string, day: IsoDate, bands: readonly AgeBand[]): string {
  const most = `(${Number(day.slice(0, 4))} - ${born})`;
  const least = `greatest(${most} - 1, 0)`;
  const inside = bands.map(({ name, from, to }) => `when ${least} >= ${Number(from)} and ${most} <= ${Number(to)} then ${text(name)}`);
  const apart = bands.map(({ from, to }) => `(${most} < ${Number(from)} or ${least} > ${Number(to)})`);
  return `case ${inside.join(' ')} when ${apart.join(' and ')} then '' else null end`;
}
