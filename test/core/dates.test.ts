import fc from 'fast-check';
import { daysInMonth } from '../../src/core/calendar';
import { addMonths, dateFormats, istanbulDate, istanbulMidnight, parseDate, parsePartialDate, realDate } from '../../src/core/dates';
import { onHost } from './support/onHost';

/** A real day, from the platform's own calendar. */
const day = (from: string, to: string) =>
  fc
    .integer({ min: Date.parse(from) / 86_400_000, max: Date.parse(to) / 86_400_000 })
    .map((n) => new Date(n * 86_400_000).toISOString().slice(0, 10));
const anyDay = day('1800-01-01', '2200-12-31');
const parts = (iso: string) => iso.split('-') as [string, string, string];

describe('the calendar', () => {
  test('each month is as long as the platform says', () => {
    for (const year of [1800, 1899, 1900, 1999, 2000, 2023, 2024, 2100]) {
      for (let month = 1; month <= 12; month += 1) {
        expect([year, month, daysInMonth(year, month)]).toEqual([year, month, new Date(Date.UTC(year, month, 0)).getUTCDate()]);
      }
    }
  });

  test.each([
    ['2024-02-29', [2024, 2, 29]],
    ['2000-02-29', [2000, 2, 29]],
    [undefined, [1900, 2, 29]],
    [undefined, [2023, 2, 29]],
    [undefined, [2024, 4, 31]],
    [undefined, [2024, 0, 1]],
    [undefined, [2024, 13, 1]],
    [undefined, [2024, 1, 0]],
    [undefined, [1, 1, 1]],
    [undefined, [9999, 12, 31]],
  ] as const)('%s from %j', (expected, [y, m, d]) => {
    expect(realDate(y, m, d)).toBe(expected);
  });
});

describe('addMonths', () => {
  test.each([
    ['2024-02-29', 12, '2025-02-28'],
    ['2024-02-29', 48, '2028-02-29'],
    ['2024-01-31', 1, '2024-02-29'],
    ['2023-01-31', 1, '2023-02-28'],
    ['2024-08-31', 1, '2024-09-30'],
    ['2025-03-31', -1, '2025-02-28'],
    ['2024-12-15', 1, '2025-01-15'],
    ['2024-01-15', -1, '2023-12-15'],
    ['2024-01-15', -13, '2022-12-15'],
    ['2024-05-10', 0, '2024-05-10'],
  ])('%s and %i months: %s', (from, months, to) => expect(addMonths(from, months)).toBe(to));

  test('lands in the right month, on the same day or the month’s last', () => {
    fc.assert(
      fc.property(anyDay, fc.integer({ min: -600, max: 600 }), (from, months) => {
        const [y, m, d] = parts(from).map(Number) as [number, number, number];
        const last = new Date(Date.UTC(y, m - 1 + months + 1, 0));
        const expected = new Date(Date.UTC(y, m - 1 + months, Math.min(d, last.getUTCDate())));
        expect(addMonths(from, months)).toBe(expected.toISOString().slice(0, 10));
      }),
    );
  });
});

describe('the day in Istanbul', () => {
  test.each([
    ['2026-03-10T20:59:59.999Z', '2026-03-10'],
    ['2026-03-10T21:00:00.000Z', '2026-03-11'],
    ['2026-12-31T21:00:00Z', '2027-01-01'],
    ['2024-02-28T21:00:00Z', '2024-02-29'],
    // Before 2016 the winter was at UTC+2.
    ['1990-01-14T21:59:59Z', '1990-01-14'],
    ['1990-01-14T22:00:00Z', '1990-01-15'],
  ])('%s is %s', (instant, expected) => expect(istanbulDate(new Date(instant))).toBe(expected));

  test('midnight begins the day, and a millisecond before is the day before', () => {
    expect(istanbulMidnight('2026-03-11').toISOString()).toBe('2026-03-10T21:00:00.000Z');
    fc.assert(
      fc.property(day('2017-01-02', '2200-12-31'), (date) => {
        const midnight = istanbulMidnight(date);
        expect(istanbulDate(midnight)).toBe(date);
        expect(istanbulDate(new Date(midnight.getTime() - 1)) < date).toBe(true);
        expect(istanbulDate(new Date(midnight.getTime() + 86_399_999))).toBe(date);
      }),
    );
  });

  test.each(['America/New_York', 'Pacific/Kiritimati', 'UTC'])('on a host in %s all is the same', (TZ) => {
    const seen = onHost({ TZ }, 'src/core/dates.ts', (m: typeof import('../../src/core/dates')) => [
      new Date('2026-03-10T21:00:00Z').getTimezoneOffset(),
      m.istanbulDate(new Date('2026-03-10T21:00:00Z')),
      m.parseDate('2026-03-10T23:30:00', 'iso-instant'),
      m.istanbulMidnight('2026-03-11').toISOString(),
    ]);
    const offset = { 'America/New_York': 240, 'Pacific/Kiritimati': -840, UTC: 0 }[TZ];
    expect(seen).toEqual([offset, '2026-03-11', '2026-03-10', '2026-03-10T21:00:00.000Z']);
  });
});

const writings: Record<string, (y: string, m: string, d: string) => string> = {
  'yyyy-MM-dd': (y, m, d) => `${y}-${m}-${d}`,
  'dd.MM.yyyy': (y, m, d) => `${d}.${m}.${y}`,
  'dd/MM/yyyy': (y, m, d) => `${d}/${m}/${y}`,
  yyyyMMdd: (y, m, d) => y + m + d,
  'iso-instant': (y, m, d) => `${y}-${m}-${d}T00:00:00`,
};

describe.each(dateFormats)('reading %s', (format) => {
  const write = writings[format] as (y: string, m: string, d: string) => string;

  test('every real day is read back, whole and as a partial date', () => {
    fc.assert(
      fc.property(anyDay, (date) => {
        const text = write(...parts(date));
        expect(parseDate(text, format)).toBe(date);
        expect(parsePartialDate(text, format)).toBe(date);
      }),
    );
  });

  test.each([
    ['2024', '02', '30'],
    ['2023', '02', '29'],
    ['2024', '04', '31'],
    ['2024', '13', '01'],
    ['2024', '00', '15'],
    ['2024', '01', '32'],
    ['0001', '01', '01'],
    ['9999', '12', '31'],
  ])('%s %s %s is no day', (y, m, d) => {
    expect(parseDate(write(y, m, d), format)).toBeUndefined();
    expect(parsePartialDate(write(y, m, d), format)).toBeUndefined();
  });

  test.each([
    (t: string) => ` ${t}`,
    (t: string) => `${t} `,
    (t: string) => `${t}\n`,
    (t: string) => `x${t}`,
    (t: string) => `${t}0`,
    (t: string) => t.replace('2', '２'),
  ])('text around or inside is not overlooked: %s', (spoil) => {
    // A trailing digit may lengthen the seconds' fraction only where there is one.
    expect(parseDate(spoil(write('2024', '02', '29')), format)).toBeUndefined();
  });

  test.each(['', '2024', 'yok', '0', '-', 'null'])('%j is no whole day', (text) => expect(parseDate(text, format)).toBeUndefined());

  test('no other format’s writing is taken for this one', () => {
    for (const other of dateFormats) {
      if (other !== format)
        expect([other, parseDate((writings[other] as typeof write)('2024', '11', '12'), format)]).toEqual([other, undefined]);
    }
  });
});

describe('partial dates', () => {
  test.each([
    ['00.00.2012', 'dd.MM.yyyy', '2012'],
    ['00.05.2012', 'dd.MM.yyyy', '2012-05'],
    ['05.2012', 'dd.MM.yyyy', '2012-05'],
    ['00.2012', 'dd.MM.yyyy', '2012'],
    ['2012', 'dd.MM.yyyy', '2012'],
    ['0/0/2012', 'dd/MM/yyyy', '2012'],
    ['2012-05-00', 'yyyy-MM-dd', '2012-05'],
    ['2012-00-00', 'yyyy-MM-dd', '2012'],
    ['2012-00', 'yyyy-MM-dd', '2012'],
    ['2012-05', 'yyyy-MM-dd', '2012-05'],
    ['20120000', 'yyyyMMdd', '2012'],
    ['20120500', 'yyyyMMdd', '2012-05'],
    ['201205', 'yyyyMMdd', '2012-05'],
    ['201200', 'yyyyMMdd', '2012'],
    ['2012', 'iso-instant', '2012'],
    ['2012-05-06T00:00:00Z', 'iso-instant', '2012-05-06'],
    // A day without its month says nothing that can be kept.
    ['15.00.2012', 'dd.MM.yyyy', undefined],
    ['2012-00-15', 'yyyy-MM-dd', undefined],
    ['2012-13', 'yyyy-MM-dd', undefined],
    ['2012-13-00', 'yyyy-MM-dd', undefined],
    ['00.00.0000', 'dd.MM.yyyy', undefined],
    ['0000', 'yyyy-MM-dd', undefined],
    ['9999', 'yyyy-MM-dd', undefined],
    ['12', 'dd.MM.yyyy', undefined],
    ['', 'yyyy-MM-dd', undefined],
  ] as const)('%j as %s: %s', (text, format, expected) => expect(parsePartialDate(text, format)).toBe(expected));
});

describe('instants', () => {
  test.each([
    // Without a zone the day is the one that is written, in every year.
    ['1990-01-15T00:00:00', '1990-01-15'],
    ['1990-07-15T00:00', '1990-07-15'],
    ['2026-03-10T23:59:59.999', '2026-03-10'],
    // With one it is the day in Istanbul.
    ['1990-01-14T22:00:00Z', '1990-01-15'],
    ['2026-03-10T21:00:00Z', '2026-03-11'],
    ['2026-03-10T20:59:59Z', '2026-03-10'],
    ['2026-03-11T00:30:00+03:00', '2026-03-11'],
    ['2026-03-10T17:00:00-0500', '2026-03-11'],
    ['2026-03-10T25:00:00Z', undefined],
    ['2026-03-10T25:00:00', undefined],
    ['2024-02-30T12:00:00Z', undefined],
    ['0001-01-01T00:00:00', undefined],
    ['2026-03-10', undefined],
    ['2026-03-10T', undefined],
    ['2026-03-10 10:00', undefined],
    ['2026-03-10T10:00 (note)', undefined],
    ['2026-03-10T10:00:00+99:99', undefined],
  ])('%s: %s', (text, expected) => expect(parseDate(text, 'iso-instant')).toBe(expected));
});
