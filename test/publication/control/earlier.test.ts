import type { CountTable, Dimension, PublishedTable } from '../../../src/publication/control/types';
import { attacker, broken } from './support/attacker';
import { ask, codes, dimension, month, province, publish, seen, shownBut, tableOf } from './support/tables';

const sex = dimension('sex', ['w', 'm']);
const counts = [
  [20, 30, 40],
  [50, 60, 70],
  [25, 35, 45],
];
const first = tableOf([province(3), month(3)], counts);
const later = (changed: typeof counts, more: Partial<CountTable> = {}) =>
  tableOf([province(3), month(3)], changed, { id: 'later', date: '2026-07-31', ...more });

/** Bands of age, over single years. */
const bands = (...from: number[]): Dimension => ({
  id: 'age',
  label: 'Yaş',
  categories: from.map((start, n) => {
    const end = from[n + 1] ?? 18;
    const atoms = Array.from({ length: end - start }, (_, year) => String(start + year));
    return { code: `${start}-${end - 1}`, label: `${start}-${end - 1}`, atoms };
  }),
});

describe('another date', () => {
  let earlier: readonly PublishedTable[];
  beforeAll(async () => {
    earlier = [(await publish(first)).published];
  });

  test('one person more is told by the difference: it is refused', async () => {
    const result = await ask(later([[21, 30, 40], ...counts.slice(1)]), { earlier });
    expect(result).toMatchObject({ outcome: 'refused', reason: 'differencing' });
    // The cell, and every total that holds it.
    expect(result).toMatchObject({
      cells: [
        ['p1', 'm1'],
        ['p1', '*'],
        ['*', 'm1'],
        ['*', '*'],
      ],
    });
  });

  test('so is one who moved: no cell of 0 change, totals the same', async () => {
    const result = await ask(later([[21, 29, 40], ...counts.slice(1)]), { earlier });
    expect(result).toMatchObject({ reason: 'differencing' });
  });

  test('so are four, and a total that changes by one while its parts change by more', async () => {
    expect(await ask(later([[24, 30, 40], ...counts.slice(1)]), { earlier })).toMatchObject({ reason: 'differencing' });
    expect(await ask(later([[26, 25, 40], ...counts.slice(1)]), { earlier })).toMatchObject({ reason: 'differencing' });
  });

  test('nothing changed, or by five and more everywhere: it is shown', async () => {
    expect(seen((await publish(later(counts), { earlier })).published)).toEqual(seen(earlier[0] as PublishedTable));
    expect((await publish(later([[26, 30, 40], ...counts.slice(1)]), { earlier })).published.cells[0]?.count).toBe(26);
  });

  test('another statistic is another matter', async () => {
    expect(await publish(later([[21, 30, 40], ...counts.slice(1)], { statistic: 'others' }), { earlier })).toBeDefined();
  });

  test('a change within hidden cells alone is shown', async () => {
    const before = (
      await publish(
        tableOf(
          [province(3), month(3)],
          [
            [20, 30, 40],
            [50, 3, 60],
            [25, 35, 45],
          ],
        ),
      )
    ).published;
    expect(seen(before).slice(0, 2)).toEqual(['x x 40 90', 'x x 60 113']);
    const moved = later([
      [21, 29, 40],
      [49, 4, 60],
      [25, 35, 45],
    ]);
    expect(seen((await publish(moved, { earlier: [before] })).published)).toEqual(seen(before));
  });

  test('a margin that two tables share is compared, too, and a sum that was published as one', async () => {
    const bySex = (w: number) =>
      tableOf(
        [province(3), sex],
        [
          [w, 50],
          [100, 80],
          [60, 45],
        ],
        { id: 'sex', date: '2026-07-31' },
      );
    expect(await publish(bySex(40), { earlier })).toBeDefined();
    expect(await ask(bySex(42), { earlier })).toMatchObject({ reason: 'differencing' });
    const quarter: Dimension = { id: 'month', label: 'q', categories: [{ code: 'q', label: 'q', atoms: codes('m', 3) }] };
    const byQuarter = (n: number) => tableOf([province(3), quarter], [[n], [180], [105]], { id: 'q', date: '2026-07-31' });
    expect(await publish(byQuarter(90), { earlier })).toBeDefined();
    expect(await ask(byQuarter(92), { earlier })).toMatchObject({ reason: 'differencing' });
    const quarters = [(await publish(byQuarter(90))).published];
    const byMonth = { date: '2026-08-31' };
    expect(await ask(later([[21, 31, 40], ...counts.slice(1)], byMonth), { earlier: quarters })).toMatchObject({ reason: 'differencing' });
  });

  test('a sum that only a new grouping makes is refused where it was not certain before', async () => {
    const before = (
      await publish(
        tableOf(
          [province(3), month(3)],
          [
            [20, 30, 40],
            [50, 3, 60],
            [25, 35, 45],
          ],
        ),
      )
    ).published;
    const parts = [
      { code: 'q', label: 'q', atoms: ['m1', 'm3'] },
      { code: 'm2', label: 'm2' },
    ];
    const grouped = tableOf(
      [province(3), { id: 'month', label: 'q', categories: parts }],
      [
        [60, 30],
        [110, 8],
        [70, 35],
      ],
      { date: '2026-07-31' },
    );
    expect(await ask(grouped, { earlier: [before] })).toMatchObject({ reason: 'differencing' });
    expect((await ask(grouped)).outcome).toBe('protected');
  });

  test.each([
    ['both times', [100, 50, 3, 9], [105, 50, 4, 9], [105, 50, 4, 13]],
    ['then alone', [50, 3, 9, 60], [55, 7, 6, 60], [55, 8, 9, 60]],
    ['now alone', [50, 7, 6, 60], [55, 3, 9, 60], [55, 3, 10, 60]],
  ])('what is hidden %s changed together by one person: refused, whoever else came besides', async (_, before, now, other) => {
    const status = dimension('status', codes('s', 4));
    const one = (counted: number[], date: string) => tableOf([status], counted, { date });
    const earlier = [(await publish(one(before, '2026-06-30'))).published];
    expect(await ask(one(now, '2026-07-31'), { earlier })).toMatchObject({ reason: 'differencing', cells: [['*']] });
    // By five, or by nobody in all.
    expect((await ask(one(other, '2026-07-31'), { earlier })).outcome).toBe('protected');
  });
});

describe('sums, at another date', () => {
  /** Sums of so many workers by intermediaries, of whom the largest has so many. */
  const sums = (first: number, largest: number, date: string): CountTable => ({
    ...tableOf([province(2)], [0, 0], { statistic: 'workers', date }),
    cells: [
      { at: ['p1'], count: first, contributions: { contributors: 40, largest, second: largest } },
      { at: ['p2'], count: 900, contributions: { contributors: 40, largest: 30, second: 30 } },
      { at: ['*'], count: first + 900, contributions: { contributors: 80, largest, second: largest } },
    ],
  });

  test('a change that one contributor could make is refused, be it far above the minimum', async () => {
    const earlier = [(await publish(sums(1000, 40, '2026-06-30'))).published];
    expect(earlier[0]).toMatchObject({ largest: 40 });
    for (const [count, largest] of [
      [1037, 40],
      [963, 40],
      [1053, 40],
      [1100, 90],
    ] as const)
      expect(await ask(sums(count, largest, '2026-07-31'), { earlier })).toMatchObject({ outcome: 'refused', reason: 'differencing' });
    expect((await publish(sums(1054, 40, '2026-07-31'), { earlier })).published.cells[0]?.count).toBe(1054);
    expect((await publish(sums(1000, 45, '2026-07-31'), { earlier })).published.cells[0]?.count).toBe(1000);
  });

  test('so is every change, where the largest of that date is not known', async () => {
    const { largest: _, ...unknown } = (await publish(sums(1000, 40, '2026-06-30'))).published;
    expect(await ask(sums(1500, 40, '2026-07-31'), { earlier: [unknown] })).toMatchObject({ reason: 'differencing' });
    expect((await ask(sums(1000, 40, '2026-07-31'), { earlier: [unknown] })).outcome).toBe('protected');
  });
});

describe('statistics that hold some of the same people', () => {
  const status = dimension('status', codes('s', 3));
  const listed = tableOf([status], [1000, 900, 100], { statistic: 'listed' });
  const all = (counted: number[], more: Partial<CountTable> = {}) =>
    tableOf([status], counted, { id: 'all', statistic: 'all', overlaps: ['listed'], ...more });
  let earlier: readonly PublishedTable[];
  beforeAll(async () => {
    earlier = [(await publish(listed)).published];
  });

  test('may not differ by a few: those would be the rest', async () => {
    expect(await ask(all([1000, 900, 101]), { earlier })).toMatchObject({ reason: 'overlap', cells: [['s3'], ['*']] });
    // Nor may the rest be hidden in a category of its own.
    const open = dimension('kind', codes('k', 2));
    expect(await ask(tableOf([open], [2000, 1], { statistic: 'all', overlaps: ['listed'] }), { earlier })).toMatchObject({
      reason: 'overlap',
    });
    // On whatever day the other one was.
    expect(await ask(all([1000, 900, 101], { date: '2026-07-31' }), { earlier })).toMatchObject({ reason: 'overlap' });
  });

  test('a part of the one may be the whole of the other', async () => {
    const role = dimension('role', codes('r', 2));
    const people = { statistic: 'people', overlaps: ['listed'] };
    expect(await ask(tableOf([role], [2003, 500], people), { earlier })).toMatchObject({ reason: 'overlap', cells: [['r1']] });
    expect((await ask(tableOf([role], [2005, 500], people), { earlier })).outcome).toBe('protected');
    const whole = { statistic: 'part', overlaps: ['listed'] };
    expect(await ask(tableOf([role], [600, 401], whole), { earlier })).toMatchObject({ reason: 'overlap', cells: [['*']] });
  });

  test('the same, or many more: it is shown; so it is where they do not overlap', async () => {
    expect((await ask(all([1000, 900, 100]), { earlier })).outcome).toBe('protected');
    expect((await ask(all([1000, 905, 120]), { earlier })).outcome).toBe('protected');
    expect((await ask(all([1000, 900, 101], { overlaps: [] }), { earlier })).outcome).toBe('protected');
  });
});

describe('the same date', () => {
  const byMonth = tableOf(
    [province(3), month(3)],
    [
      [20, 30, 40],
      [50, 3, 60],
      [25, 35, 45],
    ],
  );
  const bySex = tableOf(
    [province(3), sex],
    [
      [41, 49],
      [61, 52],
      [50, 55],
    ],
    { id: 'sex' },
  );

  test('a table that shares totals is shown, and nobody learns more from both', async () => {
    const one = (await publish(byMonth)).published;
    const two = (await publish(bySex, { earlier: [one] })).published;
    expect(seen(two)[1]).toBe('61 52 113');
    expect(broken([one, two])).toEqual([]);
  });

  test('what is hidden stays hidden: a table that has it as a total hides it, and its own totals for it', async () => {
    const one = (
      await publish(
        tableOf(
          [province(3), month(2)],
          [
            [1, 2],
            [30, 40],
            [50, 60],
          ],
        ),
      )
    ).published;
    const total = one.cells.find(({ at }) => at.join() === 'p1,*');
    expect(total?.count).toBeNull();
    const table = tableOf(
      [province(3), sex],
      [
        [3, 0],
        [30, 40],
        [50, 60],
      ],
      { id: 'sex' },
    );
    const two = (await publish(table, { earlier: [one] })).published;
    expect(two.cells.find(({ at }) => at.join() === 'p1,*')?.count).toBeNull();
    expect(broken([one, two])).toEqual([]);
    // Shown, it would tell them.
    expect(broken([one, { ...two, cells: seenAll(table) }])).not.toEqual([]);
  });

  test('counts that differ from what was shown are refused', async () => {
    const one = (await publish(byMonth)).published;
    const corrected = tableOf(
      [province(3), sex],
      [
        [42, 49],
        [61, 52],
        [50, 55],
      ],
      { id: 'sex' },
    );
    expect(await ask(corrected, { earlier: [one] })).toMatchObject({ reason: 'contradiction' });
    const others = tableOf(
      [province(2), sex],
      [
        [41, 49],
        [61, 52],
      ],
      { id: 'sex' },
    );
    expect(await ask(others, { earlier: [one] })).toMatchObject({ reason: 'contradiction' });
  });

  test('bands of age that are cut at another year: the people between two cuts are not told', async () => {
    const one = (
      await publish(
        tableOf(
          [province(2), bands(0, 13, 15)],
          [
            [50, 40, 30],
            [60, 50, 40],
          ],
        ),
      )
    ).published;
    // Of the 42 aged 13 to 15 in p1, 40 are 13 and 14: 2 would be 15.
    const table = tableOf(
      [province(2), bands(0, 13, 16)],
      [
        [50, 42, 28],
        [60, 57, 33],
      ],
      { id: 'cut' },
    );
    const result = await ask(table, { earlier: [one] });
    expect(result.outcome === 'refused' || result.published.cells[1]?.count === null).toBe(true);
    if (result.outcome === 'refused') throw new Error(result.reason);
    const bounds = attacker([one, result.published]);
    const years: Dimension = { ...bands(), categories: [{ code: '15', label: '15' }] };
    const { low, high } = bounds([province(2), years], [{ at: ['p1', '15'], sign: 1 }]);
    expect(high - low).toBeGreaterThanOrEqual(5);
    expect(broken([one, result.published])).toEqual([]);
    // By itself the second table shows it, and then the attacker has them.
    const careless = attacker([one, (await publish(table)).published]);
    expect(careless([province(2), years], [{ at: ['p1', '15'], sign: 1 }])).toEqual({ low: 2, high: 2 });
  });

  test('three tables that close a ring are one system', async () => {
    const [a, b, c] = [dimension('a', codes('a', 2)), dimension('b', codes('b', 2)), dimension('c', codes('c', 2))];
    const one = (
      await publish(
        tableOf(
          [a, b],
          [
            [30, 6],
            [7, 40],
          ],
        ),
      )
    ).published;
    const two = (
      await publish(
        tableOf(
          [b, c],
          [
            [7, 30],
            [40, 6],
          ],
          { id: 'bc' },
        ),
        { earlier: [one] },
      )
    ).published;
    const result = await ask(
      tableOf(
        [a, c],
        [
          [6, 30],
          [41, 6],
        ],
        { id: 'ac' },
      ),
      { earlier: [one, two] },
    );
    const shown = result.outcome === 'protected' ? [one, two, result.published] : [one, two];
    expect(broken(shown)).toEqual([]);
    const bounds = attacker(shown);
    for (const at of [
      ['a1', 'b1', 'c1'],
      ['a1', 'b2', 'c1'],
      ['a2', 'b1', 'c2'],
      ['a2', 'b2', 'c2'],
    ]) {
      const { low, high } = bounds([a, b, c], [{ at, sign: 1 }]);
      if (result.outcome === 'protected') expect(high - low >= 5 || high === 0).toBe(true);
    }
  });

  test('what an earlier publication has told cannot be taken back: it is refused', async () => {
    // As if someone had published without control.
    const cells = seenAll(tableOf([province(2)], [50, 60]));
    const careless: PublishedTable = { ...tableOf([province(2)], [50, 60]), id: 'careless', cells, guards: [] };
    const table = tableOf(
      [province(2), sex],
      [
        [50, 0],
        [30, 30],
      ],
      { id: 'sex', structural: [] },
    );
    expect((await ask(table, { earlier: [careless] })).outcome).toBe('protected');
    const told = { ...careless, dimensions: [province(2), sex], cells: seenAll(table).map((cell) => ({ ...cell })) };
    expect(await ask(table, { earlier: [told] })).toMatchObject({ reason: 'unprotectable' });
  });
});

const seenAll = (table: CountTable) => shownBut(table, []).cells;
