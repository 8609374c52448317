import loadHighs, { type Highs, type Model } from 'highs';
import { type Ground, hidden } from '../system/ground';
import type { System } from '../system/system';
import type { Move } from '../types';
import type { Goal } from './moves';

/** A number as near to a whole one as this stands for it; what comes of it is checked in whole numbers anyhow. */
const near = 1e-5;
/** What it costs to change a cell that is hidden already: little, so that moves stay short. */
const hiddenCost = 0.001;

export type Solver = Highs;

/** The solver, HiGHS as WebAssembly. One for the process is enough: nothing of a table stays in it. */
export const loadSolver = (): Promise<Solver> => loadHighs();

/** A question's bounds in steps, never in seconds: the same question has the same answer. */
function setOptions(model: Model, iterations: number): void {
  model.options.set({ output_flag: false, random_seed: 0, simplex_iteration_limit: iterations });
  model.options.set({ mip_max_nodes: 50, mip_rel_gap: 0.5 });
}

/**
 * The cheapest move, among `cells` alone, that changes what the goal guards by at least `difference` (at most, if it is
 * negative). Undefined if none in whole numbers was found. `wholeNumbers` asks again for them where the first answer has
 * none: in tables of three dimensions that happens, and takes long where cells are many.
 */
export function cheapestMove(
  highs: Solver,
  ground: Ground,
  cells: readonly number[],
  costs: Float64Array,
  { of, still }: Goal,
  difference: number,
  { iterations, wholeNumbers }: { iterations: number; wholeNumbers: boolean },
): Move | undefined {
  // Two columns for each cell: how much more, how much less. A row for each relation, so that all keeps adding up.
  const columnOf = new Map(cells.map((cell, n) => [cell, 2 * n]));
  const goal = rowOf(of, columnOf, [1, -1]);
  if (goal.indices.length === 0) return undefined;
  const rows = relationRows(ground.system, columnOf, [1, -1]);
  const cost = (cell: number) => (ground.status[cell] === hidden ? hiddenCost : (costs[cell] as number));
  const model = highs.createModel({
    numCols: 2 * cells.length,
    numRows: rows.count,
    colCost: cells.flatMap((cell) => [cost(cell), cost(cell)]),
    colLower: Array(2 * cells.length).fill(0),
    colUpper: cells.flatMap((cell) => (still.includes(cell) ? [0, 0] : [highs.infinity, ground.counts[cell] as number])),
    rowLower: Array(rows.count).fill(0),
    rowUpper: Array(rows.count).fill(0),
    matrix: { format: 'csr', numRows: rows.count, numCols: 2 * cells.length, ...rows.matrix },
  });
  const ask = (): Move | 'fractional' | undefined => {
    // Also one that was found before a limit will do: what it is good for is checked.
    if (model.run().modelStatus === highs.constants.modelStatus.infeasible) return undefined;
    const { colValue } = model.getSolution();
    if (colValue.length === 0) return undefined;
    const move = cells.map((cell, n) => [cell, (colValue[2 * n] as number) - (colValue[2 * n + 1] as number)] as const);
    if (move.some(([, by]) => Math.abs(by - Math.round(by)) > near)) return 'fractional';
    const whole = move.map(([cell, by]) => [cell, Math.round(by)] as const).filter(([, by]) => by !== 0);
    const changes = new Map(whole);
    const reached = of.reduce((sum, { cell, sign }) => sum + sign * (changes.get(cell) ?? 0), 0);
    return Math.sign(difference) * reached >= Math.abs(difference) ? whole : undefined;
  };
  try {
    setOptions(model, iterations);
    model.addRow(difference > 0 ? difference : -highs.infinity, difference > 0 ? highs.infinity : difference, goal);
    let found = ask();
    if (found === 'fractional' && wholeNumbers) {
      const integer = Array(2 * cells.length).fill(highs.constants.variableType.integer);
      model.changeColsIntegrality({ kind: 'range', from: 0, to: 2 * cells.length - 1 }, integer);
      found = ask();
    }
    return found === 'fractional' ? undefined : found;
  } finally {
    model.dispose();
  }
}

/**
 * Counts for the cells that are not given, such that everything adds up. `none` if there are no such counts at all,
 * undefined if none in whole numbers were found.
 */
export function missingCounts(
  highs: Solver,
  system: System,
  given: ReadonlyMap<number, number>,
  iterations: number,
): ReadonlyMap<number, number> | 'none' | undefined {
  const cells = [...system.cells.keys()].filter((cell) => !given.has(cell));
  const columnOf = new Map(cells.map((cell, n) => [cell, n]));
  const rows = relationRows(system, columnOf, [1]);
  const wanted = rows.relations.map(
    ({ whole, parts }) => parts.reduce((sum, part) => sum + (given.get(part) ?? 0), 0) - (given.get(whole) ?? 0),
  );
  const model = highs.createModel({
    numCols: cells.length,
    numRows: rows.count,
    colCost: Array(cells.length).fill(0),
    colLower: Array(cells.length).fill(0),
    colUpper: Array(cells.length).fill(highs.infinity),
    rowLower: wanted,
    rowUpper: wanted,
    integrality: Array(cells.length).fill(highs.constants.variableType.integer),
    matrix: { format: 'csr', numRows: rows.count, numCols: cells.length, ...rows.matrix },
  });
  try {
    setOptions(model, iterations);
    const { modelStatus } = model.run();
    if (modelStatus === highs.constants.modelStatus.infeasible) return 'none';
    if (modelStatus !== highs.constants.modelStatus.optimal) return undefined;
    const { colValue } = model.getSolution();
    return new Map(cells.map((cell, n) => [cell, Math.round(colValue[n] as number)]));
  } finally {
    model.dispose();
  }
}

/** A sum of cells over those that have columns; `signs` are the coefficients of a cell's columns. */
function rowOf(terms: Goal['of'], columnOf: ReadonlyMap<number, number>, signs: readonly number[]) {
  const inside = terms.flatMap(({ cell, sign }) => {
    const column = columnOf.get(cell);
    return column === undefined ? [] : signs.map((way, n) => [column + n, sign * way] as const);
  });
  return { indices: inside.map(([column]) => column), values: inside.map(([, value]) => value) };
}

/** The relations that have a cell with a column, as rows. */
function relationRows({ relations, relationsOf }: System, columnOf: ReadonlyMap<number, number>, signs: readonly number[]) {
  const touched = [...new Set([...columnOf.keys()].flatMap((cell) => relationsOf[cell] ?? []))].map(
    (n) => relations[n] as System['relations'][number],
  );
  const starts = [0];
  const indices: number[] = [];
  const values: number[] = [];
  for (const { whole, parts } of touched) {
    const row = rowOf([{ cell: whole, sign: 1 }, ...parts.map((cell) => ({ cell, sign: -1 as const }))], columnOf, signs);
    for (const index of row.indices) indices.push(index);
    for (const value of row.values) values.push(value);
    starts.push(indices.length);
  }
  return { count: touched.length, relations: touched, matrix: { starts, indices, values } };
}
