import type { CountedCell, Dimension } from '../../../src/publication/control/types';
import { codes, dimension, month, province, publish, tableOf } from './support/tables';

/** Counts as skewed as provinces are: the same on every machine. */
function skewed(dimensions: readonly Dimension[], mean: number): CountedCell[] {
  let state = 7;
  const random = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
  const weights = dimensions.map(({ categories }) => categories.map(() => 80 ** (random() - 0.5)));
  return dimensions
    .reduce<{ at: string[]; weight: number }[]>(
      (all, { categories }, n) =>
        all.flatMap(({ at, weight }) => categories.map(({ code }, m) => ({ at: [...at, code], weight: weight * (weights[n]?.[m] ?? 1) }))),
      [{ at: [], weight: mean }],
    )
    .map(({ at, weight }) => ({ at, count: Math.floor(weight * (0.5 + random())) }));
}

describe('tables of all provinces', () => {
  test.each([
    ['by month', [province(81), month(12)], 20, 300],
    ['by age group and sector', [province(81), dimension('ageGroup', codes('a', 4)), dimension('sector', codes('s', 6))], 100, 1500],
  ])('%s are proven with few questions, and most of them stays', async (_, dimensions, mean, questions) => {
    const { proof, reasons } = await publish({ ...tableOf(dimensions, []), cells: skewed(dimensions, mean) });
    expect(proof.guards).toBeGreaterThan(200);
    expect(proof.steps).toBeLessThan(questions);
    const hidden = reasons.filter((reason) => reason).length;
    expect(hidden / reasons.length).toBeLessThan(0.4);
    expect(reasons.filter((reason) => reason === 'secondary').length).toBeLessThan(
      1.5 * reasons.filter((reason) => reason === 'small').length,
    );
  });
});
