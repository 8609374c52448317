import { daysInMonth } from './calendar';

/** A calendar date `yyyy-MM-dd`, as Europe/Istanbul sees it where it comes from an instant. */
export type IsoDate = string;

const dayMillis = 24 * 3_600_000;

const istanbul = new Intl.DateTimeFormat('en-CA', {
  timeZone: 'Europe/Istanbul',
  year: 'numeric',
  month: '2-digit',
  day: '2-digit',
});

/** Every decision asks what day it is and when the next one begins, and no day begins within a minute. */
const asked = new Map<number, IsoDate>();
const mostAsked = 100;

/** The calendar date in Europe/Istanbul at an instant. */
export function istanbulDate(instant: Date): IsoDate {
  const minute = Math.floor(instant.getTime() / 60_000);
  const known = asked.get(minute);
  if (known !== undefined) return known;
  const parts = Object.fromEntries(istanbul.formatToParts(instant).map((p) => [p.type, p.value]));
  const date = `${parts.year}-${parts.month}-${parts.day}`;
  if (asked.size >= mostAsked) asked.clear();
  asked.set(minute, date);
  return date;
}

/** The instant at which a calendar date begins in Europe/Istanbul (UTC+3 all year since 2016). */
export function istanbulMidnight(date: IsoDate): Date {
  return new Date(`${date}T00:00:00+03:00`);
}

/** The instant of the next midnight in Istanbul; at midnight itself, the one after. */
export function istanbulMidnightAfter(instant: Date): Date {
  return istanbulMidnight(istanbulDate(new Date(instant.getTime() + dayMillis)));
}

/** A day so many days later, or earlier. */
export function addDays(date: IsoDate, days: number): IsoDate {
  return new Date(Date.parse(`${date}T00:00:00Z`) + days * 86_400_000).toISOString().slice(0, 10);
}

/** Date plus whole months, clamped to the month's last day (29 February + 12 months → 28 February). */
export function addMonths(date: IsoDate, months: number): IsoDate {
  const [year, month, day] = date.split('-').map(Number) as [number, number, number];
  const index = year * 12 + (month - 1) + months;
  const y = Math.floor(index / 12);
  const m = (index % 12) + 1;
  return isoDate(y, m, Math.min(day, daysInMonth(y, m)));
}

/** `yyyy-MM-dd` if the three numbers name a real day, else undefined. */
export function realDate(year: number, month: number, day: number): IsoDate | undefined {
  if (year < 1800 || year > 2200 || month < 1 || month > 12 || day < 1 || day > daysInMonth(year, month)) return undefined;
  return isoDate(year, month, day);
}

function isoDate(year: number, month: number, day: number): IsoDate {
  return `${String(year).padStart(4, '0')}-${String(month).padStart(2, '0')}-${String(day).padStart(2, '0')}`;
}

/** The ways in which a source may write a date. */
export const dateFormats = ['yyyy-MM-dd', 'dd.MM.yyyy', 'dd/MM/yyyy', 'yyyyMMdd', 'iso-instant'] as const;
export type DateFormat = (typeof dateFormats)[number];

const patterns: Record<Exclude<DateFormat, 'iso-instant'>, { full: RegExp; month: RegExp; order: [number, number, number] }> = {
  'yyyy-MM-dd': { full: /^(\d{4})-(\d{2})-(\d{2})$/, month: /^(\d{4})-(\d{2})$/, order: [1, 2, 3] },
  'dd.MM.yyyy': { full: /^(\d{1,2})\.(\d{1,2})\.(\d{4})$/, month: /^(\d{1,2})\.(\d{4})$/, order: [3, 2, 1] },
  'dd/MM/yyyy': { full: /^(\d{1,2})\/(\d{1,2})\/(\d{4})$/, month: /^(\d{1,2})\/(\d{4})$/, order: [3, 2, 1] },
  yyyyMMdd: { full: /^(\d{4})(\d{2})(\d{2})$/, month: /^(\d{4})(\d{2})$/, order: [1, 2, 3] },
};

const isoInstant = /^(\d{4})-(\d{2})-(\d{2})T\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(Z|[+-]\d{2}:?\d{2})?$/;

/**
 * A full date in the given format as `yyyy-MM-dd`; undefined if it is not a real day. An instant counts as its Istanbul day;
 * without a zone its day is the one that is written (Istanbul has not always been at UTC+3).
 */
export function parseDate(text: string, format: DateFormat): IsoDate | undefined {
  if (format === 'iso-instant') {
    const match = isoInstant.exec(text);
    const written = match && realDate(Number(match[1]), Number(match[2]), Number(match[3]));
    const instant = match && new Date(match[4] ? text : `${text}Z`);
    if (!written || !instant || Number.isNaN(instant.getTime())) return undefined;
    return match[4] ? istanbulDate(instant) : written;
  }
  const { full, order } = patterns[format];
  const match = full.exec(text);
  return match ? realDate(Number(match[order[0]]), Number(match[order[1]]), Number(match[order[2]])) : undefined;
}

/**
 * A date that may lack its day, or its month and day: `yyyy`, `yyyy-MM` or `yyyy-MM-dd`.
 * A zero day or month (`00.00.2012`, `2012-05-00`) also means that it is not known.
 */
export function parsePartialDate(text: string, format: DateFormat): string | undefined {
  if (/^\d{4}$/.test(text)) return realDate(Number(text), 1, 1)?.slice(0, 4);
  if (format === 'iso-instant') return parseDate(text, format);
  const { full, month, order } = patterns[format];
  const match = full.exec(text);
  if (match) {
    const [y, m, d] = order.map((i) => Number(match[i])) as [number, number, number];
    if (m === 0) return d === 0 ? realDate(y, 1, 1)?.slice(0, 4) : undefined;
    if (d === 0) return realDate(y, m, 1)?.slice(0, 7);
    return realDate(y, m, d);
  }
  const short = month.exec(text);
  if (!short) return undefined;
  const [y, m] = order[0] === 1 ? [Number(short[1]), Number(short[2])] : [Number(short[2]), Number(short[1])];
  return m === 0 ? realDate(y, 1, 1)?.slice(0, 4) : realDate(y, m, 1)?.slice(0, 7);
}
