import type { ModelData } from 'highs';
import { controlLimits, protect } from '../../../src/publication/control/protect';
import { controlRules } from '../../../src/publication/control/rules';
import type { Solver } from '../../../src/publication/control/search/solver';
import { type CountTable, total } from '../../../src/publication/control/types';
import { attacker, broken } from './support/attacker';
import { ask, codes, dimension, month, oneSolver, province, publish, seen, shownBut, still, tableOf } from './support/tables';

const plain = tableOf(
  [province(3), month(3)],
  [
    [20, 30, 40],
    [50, 3, 60],
    [25, 35, 45],
  ],
);
const hides = (texts: string[]) => texts.join(' ').split('x').length - 1;

describe('small cells', () => {
  test('a table without any is shown whole', async () => {
    const { published, reasons } = await publish(
      tableOf(
        [province(2), month(2)],
        [
          [7, 8],
          [9, 10],
        ],
      ),
    );
    expect(seen(published)).toEqual(['7 8 15', '9 10 19', '16 18 34']);
    expect(reasons.every((reason) => reason === null)).toBe(true);
  });

  test('one takes a box of hidden cells, and the totals stay', async () => {
    const { published, reasons } = await publish(plain);
    expect(seen(published)).toEqual(['x x 40 90', 'x x 60 113', '25 35 45 105', '95 68 145 308']);
    expect(reasons.filter((reason) => reason)).toEqual(['secondary', 'secondary', 'secondary', 'small']);
    expect(broken([published])).toEqual([]);
  });

  test('what readers get does not say why a cell is hidden', async () => {
    for (const cell of (await publish(plain)).published.cells) expect(Object.keys(cell)).toEqual(['at', 'count']);
  });

  test.each([
    ['the small cell alone', [['p2', 'm2']]],
    [
      'two cells of its row',
      [
        ['p2', 'm2'],
        ['p2', 'm1'],
      ],
    ],
  ])('the attacker is able: with %s hidden he finds the 3', (_, hidden) => {
    const bounds = attacker([shownBut(plain, hidden)]);
    expect(bounds(plain.dimensions, [{ at: ['p2', 'm2'], sign: 1 }])).toEqual({ low: 3, high: 3 });
  });

  test('the attacker is able: a box of small counts tells each to be at most as many as they are together', () => {
    const table = tableOf(
      [province(3), month(3)],
      [
        [2, 1, 30],
        [1, 2, 40],
        [20, 30, 50],
      ],
    );
    const corners = [
      ['p1', 'm1'],
      ['p1', 'm2'],
      ['p2', 'm1'],
      ['p2', 'm2'],
    ];
    expect(attacker([shownBut(table, corners)])(table.dimensions, [{ at: ['p1', 'm1'], sign: 1 }])).toEqual({ low: 0, high: 3 });
  });

  test('so there more is hidden, until each could be none or enough', async () => {
    const { published } = await publish(
      tableOf(
        [province(3), month(3)],
        [
          [2, 1, 30],
          [1, 2, 40],
          [20, 30, 50],
        ],
      ),
    );
    expect(hides(seen(published))).toBeGreaterThan(4);
    expect(broken([published])).toEqual([]);
  });

  test('of one dimension: another cell covers it, and the total stays', async () => {
    expect(seen((await publish(tableOf([province(3)], [3, 9, 40]))).published)).toEqual(['x x 40 52']);
  });

  test('a table of nothing but small cells shows its total if that is safe, else it is refused', async () => {
    expect(seen((await publish(tableOf([province(2)], [3, 2]))).published)).toEqual(['x x 5']);
    expect(await ask(tableOf([province(2)], [1, 2]))).toEqual({ outcome: 'refused', reason: 'nothing-left', cells: [] });
  });

  test('by province, age group and sector ten is the minimum; by other three it is five', async () => {
    const counts = [
      [
        [7, 50],
        [60, 70],
      ],
      [
        [80, 90],
        [100, 110],
      ],
    ];
    const by = (second: string) => [province(2), dimension(second, codes('a', 2)), dimension('sector', codes('s', 2))];
    const { published } = await publish(tableOf(by('ageGroup'), counts));
    expect(published.cells.find(({ at }) => at.join() === 'p1,a1,s1')?.count).toBeNull();
    expect(published.guards[0]).toMatchObject({ low: 0, high: 10 });
    expect(broken([published])).toEqual([]);
    expect((await publish(tableOf(by('status'), counts))).reasons.every((reason) => reason === null)).toBe(true);
  });
});

describe('zeros', () => {
  test('are shown where neither their row nor their column is all in one other cell', async () => {
    const counts = [
      [0, 8, 9],
      [9, 10, 11],
      [12, 13, 14],
    ];
    expect(seen((await publish(tableOf([province(3), month(3)], counts))).published)[0]).toBe('0 8 9 17');
    expect(seen((await publish(tableOf([province(2), month(3)], counts.slice(0, 2)))).published)[0]).toBe('x x 9 17');
  });

  test('a row that is all in one cell hides it, with a 0 that might be more', async () => {
    const { published, reasons } = await publish(
      tableOf(
        [province(3), month(3)],
        [
          [0, 50, 0],
          [20, 30, 40],
          [25, 35, 45],
        ],
      ),
    );
    expect(reasons[1]).toBe('complete');
    expect(seen(published)[0]).toMatch(/^(x x 0|0 x x) 50$/);
    expect(broken([published])).toEqual([]);
  });

  test('the same where the other cells cannot be: it tells nothing, and the 0 is shown', async () => {
    const structural = [
      ['p1', 'm1'],
      ['p1', 'm3'],
    ];
    const table = tableOf(
      [province(3), month(3)],
      [
        [0, 50, 0],
        [20, 30, 40],
        [25, 35, 45],
      ],
      { structural },
    );
    expect(seen((await publish(table)).published)[0]).toBe('0 50 0 50');
  });

  test('where nobody can be, a 0 covers nothing: the attacker knows it', async () => {
    const structural = [['p1', 'm1']];
    const { published } = await publish(
      tableOf(
        [province(3), month(3)],
        [
          [0, 3, 40],
          [20, 30, 40],
          [25, 35, 45],
        ],
        { structural },
      ),
    );
    expect(published.cells[0]).toEqual({ at: ['p1', 'm1'], count: 0 });
    expect(broken([published])).toEqual([]);
  });
});

describe('sums with contributors', () => {
  const from = (contributors: number, largest: number, second: number) => ({ contributors, largest, second });
  /** Workers of intermediaries in three provinces; the first one has one that is by far the largest. */
  const workers = (first: ReturnType<typeof from>): CountTable => ({
    ...tableOf([province(3)], [0, 0, 0], { statistic: 'workers' }),
    cells: [
      { at: ['p1'], count: 1000, contributions: first },
      { at: ['p2'], count: 600, contributions: from(20, 60, 50) },
      { at: ['p3'], count: 700, contributions: from(20, 60, 50) },
      { at: [total], count: 2300, contributions: from(60, first.largest, first.second) },
    ],
  });

  test('are shown where no contributor stands out', async () => {
    expect(seen((await publish(workers(from(20, 200, 150)))).published)).toEqual(['1000 600 700 2300']);
  });

  test.each([
    ['the largest makes up more than three quarters', from(20, 800, 100), 1120],
    ['the second can tell the largest within 15%', from(8, 600, 390), 1090],
    ['there are fewer than five contributors', from(4, 300, 300), 1045],
  ])('are hidden where %s, and nobody can estimate them that closely', async (_, first, high) => {
    const { published, reasons } = await publish(workers(first));
    expect(reasons[0]).toBe('dominance');
    expect(published.guards[0]).toMatchObject({ low: 2000 - high, high });
    expect(broken([published])).toEqual([]);
  });

  test('one contributor alone in a cell knows it, so it covers nobody else', async () => {
    const table: CountTable = {
      ...workers(from(1, 1000, 0)),
      cells: [
        { at: ['p1'], count: 1000, contributions: from(1, 1000, 0) },
        { at: ['p2'], count: 600, contributions: from(1, 600, 0) },
        { at: ['p3'], count: 700, contributions: from(20, 60, 50) },
        { at: [total], count: 2300, contributions: from(22, 1000, 600) },
      ],
    };
    // The two hidden ones alone would tell each contributor the other's number.
    expect(seen((await publish(table)).published)).not.toContain('x x 700 2300');
    const { published } = await publish(table);
    const of = [{ at: ['p1'], sign: 1 as const }];
    const { cells, dimensions } = published;
    const insider = attacker([{ dimensions, cells: cells.map((cell) => (cell.at[0] === 'p2' ? { ...cell, count: 600 } : cell)) }]);
    const { low, high } = insider(dimensions, of);
    expect(high - low).toBeGreaterThanOrEqual(300);
  });
});

describe('tables that are none', () => {
  const bad: [string, Partial<CountTable>][] = [
    ['no dimension', { dimensions: [], cells: [] }],
    ['a dimension twice', { dimensions: [province(3), province(3)] }],
    ['a category twice', { dimensions: [dimension('province', ['p1', 'p1']), month(3)] }],
    ['the total as a category', { dimensions: [dimension('province', ['p1', total]), month(3)] }],
    ['a cell outside', { cells: [{ at: ['p9', 'm1'], count: 1 }] }],
    [
      'a cell twice',
      {
        cells: [
          { at: ['p1', 'm1'], count: 1 },
          { at: ['p1', 'm1'], count: 1 },
        ],
      },
    ],
    ['half a person', { cells: [{ at: ['p1', 'm1'], count: 0.5 }] }],
    [
      'a total that is no sum',
      {
        cells: [
          { at: ['p1', 'm1'], count: 9 },
          { at: ['p1', total], count: 8 },
        ],
      },
    ],
    ['somebody where nobody can be', { structural: [['p1', total]] }],
    [
      'categories that overlap',
      { dimensions: [{ ...province(3), categories: province(3).categories.map((c) => ({ ...c, atoms: ['1'] })) }, month(3)] },
    ],
    [
      'contributions that do not fit',
      { cells: [{ at: ['p1', 'm1'], count: 9, contributions: { contributors: 2, largest: 9, second: 1 } }] },
    ],
    ['a sum without contributions', { cells: [{ at: ['p1', 'm1'], count: 9, contributions: { contributors: 1, largest: 9, second: 0 } }] }],
  ];
  test.each(bad)('%s', async (_, more) => {
    await expect(ask({ ...plain, ...more })).rejects.toMatchObject({ code: 'table-invalid' });
  });
});

describe('limits and repetition', () => {
  test('what takes too many questions, too long or is too large is refused', async () => {
    // Rows of small counts: no single box is enough, so the solver must be asked.
    const sparse = tableOf(
      [province(3), month(4)],
      [
        [1, 2, 2, 1],
        [2, 1, 1, 2],
        [1, 3, 2, 0],
      ],
    );
    expect(await ask(sparse, { limits: { steps: 0 } })).toMatchObject({ outcome: 'refused', reason: 'too-many-steps' });
    expect(await ask(plain, { limits: { cells: 15 } })).toMatchObject({ outcome: 'refused', reason: 'too-large' });
    let now = 0;
    const clock = () => {
      now += 400;
      return new Date(now);
    };
    expect(await ask(plain, { limits: { deadline: 1000 }, clock })).toMatchObject({ outcome: 'refused', reason: 'too-late' });
  });

  test('the same table gives the same answer, whatever was asked before', async () => {
    const once = await publish(plain);
    await ask(
      tableOf(
        [province(3), month(4)],
        [
          [1, 2, 2, 1],
          [2, 1, 1, 2],
          [1, 3, 2, 0],
        ],
      ),
    );
    expect(await publish({ ...plain, cells: plain.cells.toReversed() })).toEqual(once);
    expect(once.digest).toMatch(/^[0-9a-f]{64}$/);
    expect(
      (
        await publish(
          tableOf(plain.dimensions, [
            [20, 30, 40],
            [50, 3, 60],
            [25, 35, 46],
          ]),
        )
      ).digest,
    ).not.toBe(once.digest);
  });

  test('a solver that answers nonsense shows nothing: what it says is checked', async () => {
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
    // The total of p1 is hidden in both tables, so a world must change both: no box does.
    const table = tableOf(
      [province(3), dimension('sex', ['w', 'm'])],
      [
        [3, 0],
        [30, 40],
        [50, 60],
      ],
      { id: 'sex' },
    );
    const honest = await oneSolver();
    const lying = (value: number): Solver => {
      let asked = 0;
      const colValue = Float64Array.from({ length: 1000 }, (_, n) => (n % 2 === 0 ? value : 0));
      const model = {
        options: { set: () => undefined },
        ...{ addRow: () => undefined, changeColsIntegrality: () => undefined, dispose: () => undefined },
        ...{ run: () => ({ modelStatus: honest.constants.modelStatus.optimal }), getSolution: () => ({ colValue }) },
      };
      // The first question is for counts of the earlier table, not for a world.
      const createModel = (data: ModelData) => (asked++ === 0 ? honest.createModel(data) : model);
      return { constants: honest.constants, infinity: honest.infinity, createModel } as unknown as Solver;
    };
    const under = (solver: Solver) => protect(solver, table, controlRules, [one], controlLimits, still);
    for (const value of [0, 9, 0.5, Number.NaN])
      expect([value, await under(lying(value))]).toMatchObject([value, { reason: 'unprotectable' }]);
    expect(await under(honest)).toMatchObject({ outcome: 'protected' });
  });

  test('a larger minimum is a rule away', async () => {
    const { published } = await publish(plain, { rules: { ...controlRules, minimum: 21 } });
    expect(published.cells[0]?.count).toBeNull();
    expect(broken([published])).toEqual([]);
  });
});
