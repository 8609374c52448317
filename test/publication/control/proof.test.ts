import { digestOf } from '../../../src/publication/control/digest';
import { controlLimits } from '../../../src/publication/control/protect';
import { controlRules } from '../../../src/publication/control/rules';
import type { CountTable, Protected, PublishedTable } from '../../../src/publication/control/types';
import { faultsOf } from '../../../src/publication/control/verify';
import { dimension, month, province, publish, tableOf } from './support/tables';

const sex = dimension('sex', ['w', 'm']);
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

describe('a proof is checked from the beginning, without a solver', () => {
  let alone: Protected;
  let second: Protected;
  beforeAll(async () => {
    alone = await publish(byMonth);
    second = await publish(bySex, { earlier: [alone.published] });
  });
  const faults = (table: CountTable, result: Protected, earlier: readonly PublishedTable[] = []) =>
    faultsOf(table, controlRules, earlier, controlLimits, result);
  const changed = (proof: Partial<Protected['proof']>): Protected => ({ ...alone, proof: { ...alone.proof, ...proof } });

  test('as it is, it stands', () => {
    expect(faults(byMonth, alone)).toEqual([]);
    expect(faults(bySex, second, [alone.published])).toEqual([]);
    expect(second.proof.assumed.length).toBeGreaterThan(0);
  });

  test('without a world that it needs', () => {
    expect(faults(byMonth, changed({ moves: [] }))).toEqual(['guard']);
    for (const n of alone.proof.moves.keys()) {
      const without = alone.proof.moves.filter((_, other) => other !== n);
      expect(faults(byMonth, changed({ moves: without }))).toEqual(n >= 0 ? ['guard'] : []);
    }
  });

  test('with a world that does not add up, changes what is shown, counts less than nobody or parts of people', () => {
    const [move = []] = alone.proof.moves;
    const others = alone.proof.moves.slice(1);
    const bad = [
      move.slice(1),
      move.map(([cell, by], n) => [cell, n === 0 ? by + 1 : by] as const),
      move.map(([cell, by]) => [cell, by * 100] as const),
      move.map(([cell, by]) => [cell, by / 2 + 0.25] as const),
      [...move, ...move],
      [[alone.published.cells.length - 1, 5] as const],
      [[9999, 5] as const],
      [],
    ];
    for (const one of bad) expect(faults(byMonth, changed({ moves: [one, ...others] }))).toContain('move');
  });

  test('of a table that shows a small cell, another count, or other guards', () => {
    const shows = (count: number, at: string): Protected => {
      const cells = alone.published.cells.map((cell) => (cell.at.join() === at ? { ...cell, count } : cell));
      const published = { ...alone.published, cells };
      return { ...alone, published, digest: digestOf(published) };
    };
    expect(faults(byMonth, shows(3, 'p2,m2'))).toEqual(['table', 'move', 'guard']);
    expect(faults(byMonth, shows(41, 'p1,m3'))).toEqual(['table']);
    expect(faults(byMonth, shows(20, 'p1,m1'))).toEqual(expect.arrayContaining(['move']));
    expect(faults(byMonth, { ...alone, published: { ...alone.published, guards: [] } })).toEqual(['table']);
    expect(faults(bySex, alone)).toContain('table');
  });

  test('with another digest', () => {
    expect(faults(byMonth, { ...alone, digest: second.digest })).toEqual(['digest']);
  });

  test('with assumed counts that fit nothing, and beside an earlier table that it did not know of', async () => {
    const assumed = second.proof.assumed.map(([cell, count], n) => [cell, n === 0 ? count + 1 : count] as const);
    expect(faults(bySex, { ...second, proof: { ...second.proof, assumed } }, [alone.published])).toEqual(['counts']);
    expect(faults(bySex, { ...second, proof: { ...second.proof, assumed: [] } }, [alone.published])).toEqual(['counts']);
    const cells = byMonth.cells.map((cell, n) => (n === 2 ? { ...cell, count: cell.count + 1 } : cell));
    const { published: before } = await publish({ ...byMonth, cells, date: '2026-05-31' });
    expect(faults(byMonth, alone, [before])).toEqual(['differencing']);
  });
});
