import { Client } from 'pg';
import { ageOn, bandByYear, bandHoldsUntil, bandOf } from '../../src/reconcile/ages';

const bands = [
  { name: 'child', from: 0, to: 14 },
  { name: 'young', from: 15, to: 17 },
];

test('full years, and 29 February', () => {
  expect(ageOn('2010-08-15', '2026-08-14')).toBe(15);
  expect(ageOn('2010-08-15', '2026-08-15')).toBe(16);
  expect(ageOn('2012-02-29', '2027-02-27')).toBe(14);
  expect(ageOn('2012-02-29', '2027-02-28')).toBe(15);
});

test.each([
  ['2012-08-16', 'child'],
  ['2011-08-15', 'young'],
  ['2008-08-15', undefined],
  ['2008-08-16', 'young'],
  ['2011', 'bilinmiyor'],
  ['2011-08', 'bilinmiyor'],
  ['2011-09', 'child'],
  ['2010', 'young'],
  ['2008', 'bilinmiyor'],
  ['2007', undefined],
  ['2008-09', 'young'],
])('born %s is %s on 15 August 2026', (birth, band) => {
  expect(bandOf(birth, '2026-08-15', bands)).toBe(band);
});

test('the year of birth alone decides only where every day of it decides alike', async () => {
  const client = new Client({ connectionString: process.env.KOPRU_TEST_SERVER });
  await client.connect();
  const band = bandByYear('y', '2026-08-15', bands);
  const { rows } = await client.query(`select y, ${band} as band from generate_series(1990, 2026) y order by y`);
  await client.end();
  for (const { y, band } of rows) {
    const whole = bandOf(String(y), '2026-08-15', bands) ?? '';
    // It may leave open what a day in August decides, and never says anything else.
    if (band !== null) expect({ y, band }).toEqual({ y, band: whole });
  }
  expect(rows.filter((row) => row.band === null).map((row) => row.y)).toEqual([2008, 2011]);
});

describe('until when a band holds', () => {
  const bands = [
    { name: 'child', from: 0, to: 14 },
    { name: 'young', from: 15, to: 17 },
  ];
  const daysOf = (year: number) =>
    Array.from({ length: 366 }, (_, i) => new Date(Date.UTC(year, 0, 1 + i)).toISOString().slice(0, 10)).filter((d) =>
      d.startsWith(String(year)),
    );

  test.each(['2011-06-15', '2008-12-31', '2008-01-01', '2012-02-29', '2011-06', '2008-02', '2011', '2026-11', '1990-05-05'])(
    'somebody born %s: never longer than it does, and told by the month',
    (birth) => {
      const days = daysOf(2026);
      for (const [i, day] of days.entries()) {
        const until = bandHoldsUntil(birth, day, bands);
        const now = bandOf(birth, day, bands);
        const change = days.slice(i).find((later) => bandOf(birth, later, bands) !== now);
        if (change === undefined) expect(until).toBeUndefined();
        else {
          expect(until && until > day && until <= change).toBe(true);
          // Nothing but the month is told: the first of it, or that it has to be looked at day by day.
          expect(until?.endsWith('-01') || until === days[i + 1]).toBe(true);
        }
      }
    },
  );
});
