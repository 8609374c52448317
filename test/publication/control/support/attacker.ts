import { type Constraint, solve } from 'yalps';
import { type Dimension, type PublishedTable, type Term, total } from '../../../../src/publication/control/types';

const atomsOf = (category: Dimension['categories'][number]) => category.atoms ?? [category.code];

/**
 * Somebody who reads tables of one date, with another solver and another way to write the system down: one unknown for
 * each combination of atoms, one equation for each cell that is shown.
 */
export function attacker(tables: readonly Pick<PublishedTable, 'dimensions' | 'cells' | 'structural'>[]) {
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

  const constraints = new Map<string, Constraint>();
  const coefficients: Map<string, number>[] = worlds.map(() => new Map());
  const require = (name: string, cells: readonly number[], equal: number) => {
    constraints.set(name, { equal });
    for (const cell of cells) coefficients[cell]?.set(name, 1);
  };
  for (const [t, { dimensions, cells, structural = [] }] of tables.entries()) {
    for (const [n, { at, count }] of cells.entries()) if (count !== null) require(`${t}.${n}`, members(dimensions, at), count);
    for (const [n, at] of structural.entries()) require(`${t}.0.${n}`, members(dimensions, at), 0);
  }

  /** The least and the most that a sum of a table's cells can be. Throws if what was published contradicts itself. */
  return (dimensions: readonly Dimension[], of: readonly Term[]): { low: number; high: number } => {
    const weights = new Map<number, number>();
    for (const { at, sign } of of) for (const cell of members(dimensions, at)) weights.set(cell, (weights.get(cell) ?? 0) + sign);
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

/** The guards of these tables that somebody who reads all of them breaks, as text. */
export function broken(tables: readonly PublishedTable[]): string[] {
  const bounds = attacker(tables);
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
