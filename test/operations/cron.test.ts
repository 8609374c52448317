import fc from 'fast-check';
import { validate } from 'node-cron';
import { isCron } from '../../src/agreements/language';
import { KopruError } from '../../src/core/errors';
import { checkCron, latestOccurrence, nextOccurrences, occurrences, timesOfDay } from '../../src/operations/schedules/cron';

const at = (text: string) => new Date(text);
const told = (times: Date[]) => times.map((t) => t.toISOString());

describe('occurrences', () => {
  test('are times of Istanbul: two in the morning is eleven in the evening of UTC', () => {
    expect(told(nextOccurrences('0 2 * * *', at('2026-11-20T12:00:00Z'), 2))).toEqual([
      '2026-11-20T23:00:00.000Z',
      '2026-11-21T23:00:00.000Z',
    ]);
    expect(told(nextOccurrences('0 4 2 1 *', at('2026-11-20T12:00:00Z'), 2))).toEqual([
      '2027-01-02T01:00:00.000Z',
      '2028-01-02T01:00:00.000Z',
    ]);
  });

  test('the beginning is left out, the end is taken in', () => {
    const days = (from: string, to: string) => told(occurrences('0 2 * * *', at(from), at(to), 100));
    expect(days('2026-11-19T23:00:00Z', '2026-11-21T23:00:00Z')).toEqual(['2026-11-20T23:00:00.000Z', '2026-11-21T23:00:00.000Z']);
    expect(days('2026-11-19T22:59:59.999Z', '2026-11-20T22:59:59.999Z')).toEqual(['2026-11-19T23:00:00.000Z']);
    expect(days('2026-11-19T23:00:00.000Z', '2026-11-20T22:59:59.999Z')).toEqual([]);
    expect(days('2026-11-21T00:00:00Z', '2026-11-20T00:00:00Z')).toEqual([]);
  });

  test('of too many the latest are taken, in order', () => {
    const found = occurrences('* * * * *', at('2026-11-20T00:00:00Z'), at('2026-11-21T00:00:00.500Z'), 3);
    expect(told(found)).toEqual(['2026-11-20T23:58:00.000Z', '2026-11-20T23:59:00.000Z', '2026-11-21T00:00:00.000Z']);
  });

  test('the latest one may be now', () => {
    for (const now of ['2026-11-20T23:00:00.000Z', '2026-11-20T23:00:00.001Z', '2026-11-21T22:59:59.999Z'])
      expect(latestOccurrence('0 2 * * *', at(now)).toISOString()).toBe('2026-11-20T23:00:00.000Z');
    expect(latestOccurrence('0 0 29 2 *', at('2027-05-01T00:00:00Z')).toISOString()).toBe('2024-02-28T21:00:00.000Z');
  });
});

const bounds = [
  [0, 59],
  [0, 23],
  [1, 31],
  [1, 12],
  [0, 7],
] as const;
const field = ([least, most]: readonly [number, number]) => {
  const number = fc.integer({ min: least, max: most });
  const step = fc.option(fc.integer({ min: 1, max: 99 }), { nil: undefined, freq: 2 });
  const range = fc.tuple(number, number).map(([a, b]) => `${Math.min(a, b)}-${Math.max(a, b)}`);
  const part = fc.tuple(fc.oneof(fc.constant('*'), number.map(String), range), step).map(([base, n]) => (n ? `${base}/${n}` : base));
  return fc.array(part, { minLength: 1, maxLength: 3 }).map((parts) => parts.join(','));
};
const crons = fc.tuple(...bounds.map(field)).map((fields) => fields.join(' '));

describe('what the language lets pass', () => {
  test('comes again and again, and a clock can be set to its times of day', () => {
    fc.assert(
      fc.property(crons, fc.date({ min: at('2026-01-01'), max: at('2060-01-01'), noInvalidDate: true }), (cron, now) => {
        fc.pre(isCron(cron));
        const [first, second] = nextOccurrences(cron, now, 2) as [Date, Date];
        expect(first.getTime()).toBeGreaterThan(now.getTime());
        expect(told(occurrences(cron, now, second, 5))).toEqual(told([first, second]));
        expect(latestOccurrence(cron, new Date(second.getTime() - 1))).toEqual(first);
        const times = timesOfDay(cron);
        expect([cron, times, validate(times)]).toEqual([cron, times, true]);
        expect(latestOccurrence(times, first)).toEqual(first);
      }),
      { numRuns: 300 },
    );
  });

  test('one that its months never have does not', () => {
    for (const never of ['0 2 30 2 *', '0 2 31 4,6,9,11 *', '0 2 31 2/12 1']) expect([never, isCron(never)]).toEqual([never, false]);
    for (const rare of ['0 2 29 2 *', '0 2 31 1/2 *', '0 2 30,31 4 *']) expect([rare, isCron(rare)]).toEqual([rare, true]);
  });

  test('ranges, steps and doubles are read as they are meant', () => {
    // Steps after one number go on from there.
    expect(timesOfDay('5/20,5 6-22/8 * * *')).toBe('5,25,45 6,14,22 * * *');
    expect(timesOfDay('* 2-2 1 1 1')).toBe('* 2 * * *');
    const sundays = ['2026-11-21T23:00:00.000Z', '2026-11-28T23:00:00.000Z'];
    for (const cron of ['0 2 * * 0', '0 2 * * 7', '0 2 * * 0,7', '0 2 * * 7/2'])
      expect([cron, told(nextOccurrences(cron, at('2026-11-20T12:00:00Z'), 2))]).toEqual([cron, sundays]);
    // A day and a weekday: either does.
    expect(told(nextOccurrences('0 2 24 * 0', at('2026-11-20T12:00:00Z'), 2))).toEqual([sundays[0], '2026-11-23T23:00:00.000Z']);
  });

  test('an operator’s is held to the same', () => {
    expect(() => checkCron('0 2 * * *')).not.toThrow();
    for (const wrong of ['', 'nightly', '@daily', '0 2 * *', '0 0 2 * * *', '60 2 * * *', '0 2 30 2 *', '0 2 * * MON']) {
      expect(() => checkCron(wrong)).toThrow(KopruError);
      expect(() => checkCron(wrong)).toThrow('write five cron fields in numbers');
    }
  });
});
