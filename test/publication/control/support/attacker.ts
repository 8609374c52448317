import type { Highs } from 'highs';
import { type Constraint, solve } from 'yalps';
import { type Dimension, type PublishedTable, type Term, total } from '../../../../src/publication/control/types';

const atomsOf = (category: Dimension['categories'][number]) => category.atoms ?? [category.code];

type Read = Pick<PublishedTable, 'dimensions' | 'cells' | 'structural'>;

/** The least and the most that a sum of a table's cells can be. Throws if what was published contradicts itself. */
type Bounds = (dimensions: readonly Dimension[], of: readonly Term[]) => { low: number; high: number };

/**
 * What somebody who reads tables of one date knows, written down another way than we do: one unknown for each combination of atoms,
 * one equation for each cell that is shown.
 */
function knowledge(tables: readonly Read[]) {
  const atoms = new Map<string, Set<string>>();
  for (const { id, categories } of tables.flatMap(({ dimensions }) => dimensions))
    atoms.set(id, new Set([...(atoms.get(id) ?? []), ...categories.flatMap(atomsOf)]));
  const ids = [...atoms.keys()];
  const worlds = ids.reduce<string[][]>((all, id) => all.flatMap((one) => [...(atoms.get(id) ?? [])].map((atom) => [...one, atom])), [[]]);
  const members = (dimensions: readonly Dimension[], at: readonly string[]) => {
    const allowed = dimensions.map(({ id, categories }, n) => {
      const category = categories.find(({ code }) => code === at[n]);
      return { axis: ids.indexOf(id), atoms: at[n] === total || !category ? undefined : atomsOf(category) };
    });
    return worlds.flatMap((world, n) => (allowed.every(({ axis, atoms: of }) => !of || of.includes(world[axis] as string)) ? [n] : []));
  };
  const equations = tables.flatMap(({ dimensions, cells, structural = [] }) => [
    ...cells.flatMap(({ at, count }) => (count === null ? [] : [{ of: members(dimensions, at), equal: count }])),
    ...structural.map((at) => ({ of: members(dimensions, at), equal: 0 })),
  ]);
  const weightsOf = (dimensions: readonly Dimension[], of: readonly Term[]) => {
    const weights = new Map<number, number>();
    for (const { at, sign } of of) for (const cell of members(dimensions, at)) weights.set(cell, (weights.get(cell) ?? 0) + sign);
    return weights;
  };
  return { unknowns: worlds.length, equations, weightsOf };
}

/** With another solver than ours, which is good for some hundred unknowns. */
export function attacker(tables: readonly Read[]): Bounds {
  const { unknowns, equations, weightsOf } = knowledge(tables);
  const constraints = new Map<string, Constraint>();
  const coefficients: Map<string, number>[] = Array.from({ length: unknowns }, () => new Map());
  for (const [n, { of, equal }] of equations.entries()) {
    constraints.set(String(n), { equal });
    for (const cell of of) coefficients[cell]?.set(String(n), 1);
  }
  return (dimensions, of) => {
    const weights = weightsOf(dimensions, of);
    const variables = coefficients.map((own, n) => [String(n), new Map([...own, ['goal', weights.get(n) ?? 0] as const])] as const);
    const bound = (direction: 'minimize' | 'maximize') => {
      const { status, result } = solve({ direction, objective: 'goal', constraints, variables }, { maxPivots: 100_000, checkCycles: true });
      if (status === 'unbounded') return direction === 'minimize' ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
      if (status !== 'optimal') throw new Error(`the attacker’s solver says ${status}`);
      return result;
    };
    return { low: bound('minimize'), high: bound('maximize') };
  };
}

/** The same with a solver for large tables. */
export function largeAttacker(highs: Highs, tables: readonly Read[]): Bounds {
  const { unknowns, equations, weightsOf } = knowledge(tables);
  const sides = equations.map(({ equal }) => equal);
  const starts = [0];
  for (const { of } of equations) starts.push((starts.at(-1) as number) + of.length);
  const indices = equations.flatMap(({ of }) => of);
  const model = highs.createModel({
    ...{ numCols: unknowns, numRows: equations.length, rowLower: sides, rowUpper: sides },
    colCost: Array(unknowns).fill(0),
    colLower: Array(unknowns).fill(0),
    colUpper: Array(unknowns).fill(highs.infinity),
    matrix: { format: 'csr', numRows: equations.length, numCols: unknowns, starts, indices, values: Array(indices.length).fill(1) },
  });
  model.options.set({ output_flag: false });
  const { minimize, maximize } = highs.constants.objectiveSense;
  const { optimal, unbounded } = highs.constants.modelStatus;
  return (dimensions, of) => {
    const weights = weightsOf(dimensions, of);
    model.changeColsCost(
      { kind: 'range', from: 0, to: unknowns - 1 },
      Array.from({ length: unknowns }, (_, n) => weights.get(n) ?? 0),
    );
    const bound = (sense: typeof minimize | typeof maximize) => {
      model.changeObjectiveSense(sense);
      const { modelStatus } = model.run();
      if (modelStatus === unbounded) return sense === minimize ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
      if (modelStatus !== optimal) throw new Error(`the attacker’s solver says ${modelStatus}`);
      return model.getObjectiveValue();
    };
    return { low: bound(minimize), high: bound(maximize) };
  };
}

/** The guards of these tables that somebody who reads all of them breaks, as text. */
export function broken(tables: readonly PublishedTable[], bounds: Bounds = attacker(tables)): string[] {
  const slack = 1e-6;
  return tables.flatMap(({ id, dimensions, guards }) =>
    guards.flatMap(({ of, low, high, width }) => {
      const found = bounds(dimensions, of);
      const kept =
        found.low <= (low ?? found.low) + slack &&
        found.high >= (high ?? found.high) - slack &&
        !(found.high - found.low < (width ?? 0) - slack);
      return kept ? [] : [`${id} ${JSON.stringify(of.map(({ at }) => at))}: ${found.low} to ${found.high}`];
    }),
  );
}
