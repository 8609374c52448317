import type { Dimension, TableFrame } from '../types';

/** A group of classes of one dimension that the system has cells for. */
export interface Node {
  /** Says what it covers: the same in every system. Empty for the dimension's total. */
  key: string;
  classes: readonly number[];
}

/**
 * One dimension as all tables at hand cut it. Atoms that no table tells apart are one class. Nodes are the classes (in
 * their order), then the tables' larger categories, and at last the total.
 */
export interface Axis {
  id: string;
  classes: number;
  nodes: readonly Node[];
  /** The number of the node that covers exactly these atoms. */
  nodeOf(atoms: readonly string[]): number;
  /** Ways to sum up the total from nodes: the classes, and each table's categories. */
  partitions: readonly (readonly number[])[];
}

export const atomsOf = (category: Dimension['categories'][number]): readonly string[] => category.atoms ?? [category.code];

const signature = (atoms: readonly string[]) => JSON.stringify([...atoms].sort());

/**
 * The axis of a dimension. `own` cut it into classes; of `others` (tables of other dates) those categories get a node that
 * are made up of whole classes, so that their sums can be compared. Returns undefined if `own` do not cover the same atoms.
 */
export function axisOf(id: string, own: readonly TableFrame[], others: readonly TableFrame[]): Axis | undefined {
  const cuts = own.flatMap(({ dimensions }) => dimensions.filter((dimension) => dimension.id === id));
  const atoms = [...new Set(cuts.flatMap(({ categories }) => categories.flatMap(atomsOf)))];
  if (cuts.some(({ categories }) => categories.flatMap(atomsOf).length !== atoms.length)) return undefined;

  // An atom's place in every cut; atoms with the same places are one class.
  const places = cuts.map(({ categories }) => new Map(categories.flatMap((category, n) => atomsOf(category).map((atom) => [atom, n]))));
  const classOf = new Map<string, string[]>();
  for (const atom of atoms) {
    const key = places.map((of) => of.get(atom)).join();
    classOf.set(key, [...(classOf.get(key) ?? []), atom]);
  }
  const classes = [...classOf.values()];
  const numberOf = new Map(classes.flatMap((members, n) => members.map((atom) => [atom, n])));

  const nodes: Node[] = classes.map((members, n) => ({ key: signature(members), classes: [n] }));
  const byKey = new Map(nodes.map(({ key }, n) => [key, n]));
  const foreign = others.flatMap(({ dimensions }) => dimensions.filter((dimension) => dimension.id === id));
  for (const category of [...cuts, ...foreign].flatMap(({ categories }) => categories)) {
    const key = signature(atomsOf(category));
    const inside = [...new Set(atomsOf(category).map((atom) => numberOf.get(atom) ?? -1))];
    const whole = inside.every((n) => n >= 0) && inside.reduce((sum, n) => sum + (classes[n]?.length ?? 0), 0) === atomsOf(category).length;
    if (!whole || byKey.has(key)) continue;
    byKey.set(key, nodes.push({ key, classes: inside.sort((a, b) => a - b) }) - 1);
  }
  nodes.push({ key: '', classes: classes.map((_, n) => n) });
  const nodeOf = (of: readonly string[]) => byKey.get(signature(of)) ?? -1;
  const partitions = [...cuts, ...foreign].map(({ categories }) => categories.map((category) => nodeOf(atomsOf(category))));
  const known = new Set<string>();
  return {
    ...{ id, classes: classes.length, nodes, nodeOf },
    partitions: [classes.map((_, n) => n), ...partitions.filter((nodes) => !nodes.includes(-1))].filter((nodes) => {
      const key = [...nodes].sort((a, b) => a - b).join();
      return known.has(key) ? false : known.add(key);
    }),
  };
}
