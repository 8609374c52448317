import fc from 'fast-check';
import { controlLimits } from '../../../src/publication/control/protect';
import { controlRules } from '../../../src/publication/control/rules';
import type { CountTable, Dimension, PublishedTable } from '../../../src/publication/control/types';
import { faultsOf } from '../../../src/publication/control/verify';
import { broken } from './support/attacker';
import { ask, codes, dimension, tableOf } from './support/tables';

/** Mostly small and empty cells, some large: what is hardest to protect. */
const count = fc.oneof({ weight: 3, arbitrary: fc.nat(6) }, { weight: 1, arbitrary: fc.constant(0) }, { weight: 2, arbitrary: fc.nat(60) });

const names = ['province', 'ageGroup', 'sector'];
const dimensionsOf = (sizes: readonly number[]): Dimension[] =>
  sizes.map((size, n) => dimension(names[n] ?? '', codes('abc'[n] ?? '', size)));

const sizes = fc.oneof(fc.tuple(fc.integer({ min: 1, max: 7 })), fc.tuple(range(), range()), fc.tuple(small(), small(), small()));
function range() {
  return fc.integer({ min: 2, max: 5 });
}
function small() {
  return fc.integer({ min: 2, max: 3 });
}

const table = sizes.chain((of) => {
  const dimensions = dimensionsOf(of);
  const places = dimensions.reduce<string[][]>(
    (all, { categories }) => all.flatMap((at) => categories.map(({ code }) => [...at, code])),
    [[]],
  );
  return fc
    .array(count, { minLength: places.length, maxLength: places.length })
    .map((counts): CountTable => ({ ...tableOf(dimensions, []), cells: places.map((at, n) => ({ at, count: counts[n] ?? 0 })) }));
});

/** Sums a table up to some of its dimensions. */
function summed(whole: CountTable, keep: readonly number[], id: string): CountTable {
  const dimensions = keep.map((n) => whole.dimensions[n] as Dimension);
  const sums = new Map<string, { at: string[]; count: number }>();
  for (const { at, count: one } of whole.cells) {
    const place = keep.map((n) => at[n] as string);
    const cell = sums.get(place.join()) ?? { at: place, count: 0 };
    sums.set(place.join(), { ...cell, count: cell.count + one });
  }
  return { ...whole, id, dimensions, cells: [...sums.values()] };
}

const runs = { numRuns: 50, seed: 20261122 };

describe('another solver, with another system, breaks no guard', () => {
  test('of a random table', async () => {
    const outcomes = new Map<string, number>();
    await fc.assert(
      fc.asyncProperty(table, async (one) => {
        const result = await ask(one);
        const name = result.outcome === 'protected' ? 'protected' : result.reason;
        outcomes.set(name, (outcomes.get(name) ?? 0) + 1);
        if (result.outcome === 'refused') return;
        expect(broken([result.published])).toEqual([]);
      }),
      runs,
    );
    expect([...outcomes.keys()].filter((name) => !['protected', 'nothing-left'].includes(name))).toEqual([]);
    expect(outcomes.get('protected')).toBeGreaterThan(35);
  });

  test('of tables that overlap, published one after the other', async () => {
    const three = fc.tuple(small(), small(), small()).chain((of) => {
      const size = of.reduce((product, n) => product * n, 1);
      return fc.array(count, { minLength: size, maxLength: size }).map((counts) => {
        const [a = [], b = [], c = []] = of.map((n, axis) => codes('abc'[axis] ?? '', n));
        const places = a.flatMap((x) => b.flatMap((y) => c.map((z) => [x, y, z])));
        return { ...tableOf(dimensionsOf(of), []), cells: places.map((at, n) => ({ at, count: counts[n] ?? 0 })) };
      });
    });
    let together = 0;
    await fc.assert(
      fc.asyncProperty(three, async (whole) => {
        const earlier: PublishedTable[] = [];
        // The last one closes the ring.
        for (const keep of [
          [0, 1],
          [0, 2],
          [1, 2],
        ]) {
          const next = summed(whole, keep, keep.join(''));
          const result = await ask(next, { earlier });
          if (result.outcome === 'refused') continue;
          expect(faultsOf(next, controlRules, earlier, controlLimits, result)).toEqual([]);
          earlier.push(result.published);
        }
        if (earlier.length > 1) together += 1;
        expect(broken(earlier)).toEqual([]);
      }),
      { ...runs, numRuns: 16 },
    );
    expect(together).toBeGreaterThan(10);
  });

  test('of a table with one person more, months later: it is refused, or what changed is hidden', async () => {
    const two = fc.tuple(table, fc.nat(1000));
    let refused = 0;
    await fc.assert(
      fc.asyncProperty(two, async ([one, where]) => {
        const before = await ask(one);
        if (before.outcome === 'refused') return;
        const cells = one.cells.map((cell, n) => (n === where % one.cells.length ? { ...cell, count: cell.count + 1 } : cell));
        const after = await ask({ ...one, date: '2026-12-31', cells }, { earlier: [before.published] });
        if (after.outcome === 'refused') {
          refused += 1;
          return;
        }
        for (const [n, { count: now }] of after.published.cells.entries()) {
          const then = before.published.cells[n]?.count ?? null;
          if (now !== null && then !== null) expect(now - then).toBe(0);
        }
      }),
      { ...runs, numRuns: 30 },
    );
    expect(refused).toBeGreaterThan(15);
  });
});
