import type { System } from '../system/system';

/**
 * What is lost by hiding a cell: more for larger counts, and far more for each dimension that is summed up, since totals
 * are read most. A 0 costs as much as a total: readers may guess it, so it is a poor cover.
 */
export function costsOf({ system, counts }: { system: System; counts: readonly number[] }): Float64Array {
  return Float64Array.from(system.cells, (nodes, cell) => {
    const totals = nodes.filter((node, n) => node === (system.axes[n]?.nodes.length ?? 0) - 1).length;
    const count = counts[cell] as number;
    return (count === 0 ? 40 : 8 + Math.floor(Math.log2(1 + count))) * 5 ** totals;
  });
}
