import { daysInMonth } from '../../core/calendar';
import type { IsoDate } from '../../core/dates';

const two = (n: number) => String(n).padStart(2, '0');

/** Full years on a day. Who was born on 29 February has the birthday on 28 February in common years. */
export function fullYears(birthDate: IsoDate, on: IsoDate): number {
  const year = Number(on.slice(0, 4));
  const born = birthDate.slice(5);
  const birthday = born === '02-29' && daysInMonth(year, 2) === 28 ? '02-28' : born;
  return year - Number(birthDate.slice(0, 4)) - (on.slice(5) < birthday ? 1 : 0);
}

/** The age on a day for every single day that a birth date (`yyyy`, `yyyy-MM` or `yyyy-MM-dd`) may stand for. */
export function possibleAges(birthDate: string, on: IsoDate): ReadonlySet<number> {
  const ages = new Set<number>();
  const [year, month, day] = birthDate.split('-').map(Number) as [number, number?, number?];
  for (let m = month ?? 1; m <= (month ?? 12); m += 1) {
    for (let d = day ?? 1; d <= (day ?? daysInMonth(year, m)); d += 1) ages.add(fullYears(`${two(year)}-${two(m)}-${two(d)}`, on));
  }
  return ages;
}

/** `yes` from 6 to 13 whatever day it was, `unknown` if the birth date leaves that open; none without a birth date. */
export function schoolAge(birthDate: string | null, on: IsoDate): 'yes' | 'unknown' | undefined {
  if (birthDate === null) return undefined;
  let inside = 0;
  const ages = possibleAges(birthDate, on);
  for (const age of ages) if (age >= 6 && age <= 13) inside += 1;
  if (inside === 0) return undefined;
  return inside === ages.size ? 'yes' : 'unknown';
}

/** Under which limit of working age somebody is; `unknown` if the birth date leaves open whether, or under which. */
export function workingAge(birthDate: string | null, on: IsoDate): 'under15' | '15-17' | 'unknown' | undefined {
  if (birthDate === null) return undefined;
  const limits = new Set<'under15' | '15-17' | undefined>();
  for (const age of possibleAges(birthDate, on)) limits.add(age < 15 ? 'under15' : age < 18 ? '15-17' : undefined);
  if (limits.size > 1) return 'unknown';
  const [only] = limits;
  return only;
}
