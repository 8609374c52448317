import { type Dimension, type Place, type TableFrame, total } from '../types';
import { type Axis, atomsOf, axisOf } from './axes';
import { blocksOf } from './blocks';

/** One whole that is the sum of its parts, by numbers of cells. */
export interface Relation {
  whole: number;
  parts: readonly number[];
}

/**
 * All cells of some tables of one date, and how they add up: one linear system. A cell that several tables have is one cell.
 */
export interface System {
  axes: readonly Axis[];
  blocks: readonly (readonly number[])[];
  /** Each cell's node on every axis. */
  cells: readonly (readonly number[])[];
  /** Each cell's name, the same in every system that has it. */
  keys: readonly string[];
  relations: readonly Relation[];
  /** Of each cell, the numbers of its relations. */
  relationsOf: readonly (readonly number[])[];
  /** Of each axis, what a node counts for in a cell's code: the code is the sum. */
  weights: readonly number[];
  /** The number of the cell with this code; undefined if there is none. */
  atCode(code: number): number | undefined;
  /** The number of a table's cell. */
  locate(table: TableFrame, at: Place): number;
}

/** Throws nothing: `contradiction` where dimensions of one id cover different atoms, `too-large` above `limit` cells. */
export function systemOf(own: readonly TableFrame[], others: readonly TableFrame[], limit: number): System | 'contradiction' | 'too-large' {
  const ids = [...new Set(own.flatMap(({ dimensions }) => dimensions.map(({ id }) => id)))].sort();
  const axes: Axis[] = [];
  for (const id of ids) {
    const axis = axisOf(id, own, others);
    if (!axis) return 'contradiction';
    axes.push(axis);
  }
  const sizeOf = (of: readonly string[]) => of.reduce((size, id) => size * (axes[ids.indexOf(id)]?.nodes.length ?? 1), 1);
  const blocks = blocksOf(
    own.map(({ dimensions }) => dimensions.map(({ id }) => id)),
    sizeOf,
  );
  if (blocks.reduce((sum, block) => sum + sizeOf(block), 0) > limit) return 'too-large';
  return spellOut(
    axes,
    blocks.map((block) => block.map((id) => ids.indexOf(id))),
  );
}

function spellOut(axes: readonly Axis[], blocks: readonly (readonly number[])[]): System {
  const last = axes.map(({ nodes }) => nodes.length - 1);
  const cells: number[][] = [];
  const weights = axes.map((_, n) => axes.slice(0, n).reduce((weight, { nodes }) => weight * nodes.length, 1));
  const codeOf = (nodes: readonly number[]) => nodes.reduce((code, node, n) => code + node * (weights[n] as number), 0);
  const numbers = new Map<number, number>();
  for (const block of blocks) {
    for (const nodes of product(axes, block, last)) {
      const code = codeOf(nodes);
      if (!numbers.has(code)) numbers.set(code, cells.push(nodes) - 1);
    }
  }
  const atCode = (code: number) => numbers.get(code);
  const cellAt = (nodes: readonly number[]) => atCode(codeOf(nodes));
  const relations = relationsAmong(axes, cells, cellAt);
  const relationsOf: number[][] = cells.map(() => []);
  for (const [n, { whole, parts }] of relations.entries()) for (const cell of [whole, ...parts]) relationsOf[cell]?.push(n);
  const keys = cells.map((nodes) =>
    nodes.map((node, n) => (node === last[n] ? '' : `${axes[n]?.id}=${axes[n]?.nodes[node]?.key};`)).join(''),
  );
  const locate = (table: TableFrame, at: Place) => {
    const found = cellAt(axes.map((axis, n) => nodeAt(axis, last[n] as number, table.dimensions, at)));
    if (found === undefined) throw new Error('a table is outside of its system');
    return found;
  };
  return { axes, blocks, cells, keys, relations, relationsOf, weights, atCode, locate };
}

function nodeAt(axis: Axis, whole: number, dimensions: readonly Dimension[], at: Place): number {
  const n = dimensions.findIndex(({ id }) => id === axis.id);
  const code = n < 0 ? total : at[n];
  const category = dimensions[n]?.categories.find((one) => one.code === code);
  return category ? axis.nodeOf(atomsOf(category)) : whole;
}

/** Every cell of a block: a node of each of its axes, the total of all others. */
function* product(axes: readonly Axis[], block: readonly number[], from: readonly number[], depth = 0): Generator<number[]> {
  const n = block[depth];
  if (n === undefined) {
    yield [...from];
    return;
  }
  for (const node of axes[n]?.nodes.keys() ?? []) yield* product(axes, block, from.with(n, node), depth + 1);
}

/** Along each axis, what is no class is the sum of its classes; a total is the sum of each table's categories, too. */
function relationsAmong(
  axes: readonly Axis[],
  cells: readonly (readonly number[])[],
  cellAt: (nodes: readonly number[]) => number | undefined,
): Relation[] {
  return cells.flatMap((nodes, whole) =>
    axes.flatMap((axis, n) => {
      const node = nodes[n] as number;
      if (node < axis.classes) return [];
      const sums = node === axis.nodes.length - 1 ? axis.partitions : [axis.nodes[node]?.classes ?? []];
      return sums.flatMap((sum) => {
        const parts = sum.map((part) => cellAt(nodes.with(n, part)));
        return parts.every((part) => part !== undefined) ? [{ whole, parts }] : [];
      });
    }),
  );
}
