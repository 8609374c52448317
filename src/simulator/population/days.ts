import type { IsoDate } from '../../core/dates';

const msPerDay = 86_400_000;
const texts: IsoDate[] = [];

/** Days from 1 January 1900 to a date. */
export function dayNumber(date: IsoDate): number {
  return Math.round((Date.parse(`${date}T00:00:00Z`) - Date.UTC(1900, 0, 1)) / msPerDay);
}

/** The date that many days after 1 January 1900; kept, as a population of a million asks for the same few thousand days. */
export function isoDay(day: number): IsoDate {
  const known = texts[day];
  if (known !== undefined) return known;
  const text = new Date(Date.UTC(1900, 0, 1) + day * msPerDay).toISOString().slice(0, 10);
  texts[day] = text;
  return text;
}

/** `day` or, for some, only what is known of it: `yyyy`, `yyyy-MM` or nothing. Shares are out of 100. */
export function partialDay(day: number, drawn: number, shares: { none: number; year: number; month: number }): string | null {
  const place = drawn % 100;
  if (place < shares.none) return null;
  const text = isoDay(day);
  if (place < shares.none + shares.year) return text.slice(0, 4);
  return place < shares.none + shares.year + shares.month ? text.slice(0, 7) : text;
}
