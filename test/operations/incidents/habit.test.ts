import { beyondHabit, habitOf, type Reading } from '../../../src/operations/incidents/habit';

const rule = { factor: 5, least: 200, leastBulk: 20_000, leastAsked: 30, notFound: 0.5, days: 30, article: 'policy' };
const day = (changes: Partial<Reading>): Reading => ({ single: 0, bulk: 0, asked: 0, notFound: 0, ...changes });
const days = (...of: Partial<Reading>[]) => of.map(day);

describe('whether a day’s reading is beyond a person’s habit', () => {
  const usual = days(
    { single: 100, bulk: 10_000, asked: 90 },
    { single: 120, bulk: 12_000, asked: 110 },
    { single: 80, bulk: 900_000, asked: 100 },
  );

  test('the habit is the median, which one odd day does not move', () => {
    expect(habitOf(usual)).toEqual({ single: 100, bulk: 12_000, asked: 100 });
    expect(habitOf(days({ single: 10 }, { single: 30 }))).toEqual({ single: 20, bulk: 0, asked: 0 });
    expect(habitOf([])).toEqual({ single: 0, bulk: 0, asked: 0 });
  });

  test.each([
    ['as much as ever', day({ single: 110, bulk: 11_000, asked: 100, notFound: 5 }), []],
    ['five times the habit', day({ single: 500, bulk: 60_000, asked: 500 }), []],
    ['more than that one by one', day({ single: 501, asked: 90 }), ['single']],
    ['more than that in bulk', day({ bulk: 60_001 }), ['bulk']],
    ['more different ids than that', day({ single: 100, asked: 501 }), ['asked']],
    ['half of the ids are not there', day({ asked: 30, notFound: 15 }), ['sweep']],
    ['fewer than half', day({ asked: 30, notFound: 14 }), []],
    ['too few ids for a sweep', day({ asked: 29, notFound: 29 }), []],
    ['all at once', day({ single: 600, bulk: 70_000, asked: 700, notFound: 400 }), ['single', 'bulk', 'asked', 'sweep']],
  ] as const)('%s', (_what, reading, reasons) => expect(beyondHabit(reading, usual, rule)).toEqual(reasons));

  test('of somebody who is new, little is never beyond a habit', () => {
    expect(beyondHabit(day({ single: 199, bulk: 19_999, asked: 199 }), [], rule)).toEqual([]);
    expect(beyondHabit(day({ single: 200, bulk: 20_000 }), [], rule)).toEqual(['single', 'bulk']);
    expect(beyondHabit(day({ single: 150 }), days({ single: 1 }), rule)).toEqual([]);
  });
});
