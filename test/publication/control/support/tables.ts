import { controlLimits, protect } from '../../../../src/publication/control/protect';
import { controlRules } from '../../../../src/publication/control/rules';
import { loadSolver, type Solver } from '../../../../src/publication/control/search/solver';
import { wholeTable } from '../../../../src/publication/control/table';
import type {
  ControlRules,
  CountedCell,
  CountTable,
  Dimension,
  Limits,
  Protected,
  PublishedTable,
} from '../../../../src/publication/control/types';

export const dimension = (id: string, codes: readonly string[]): Dimension => ({
  id,
  label: id,
  categories: codes.map((code) => ({ code, label: code.toUpperCase() })),
});

/** Codes a1, a2, … */
export const codes = (letter: string, size: number): string[] => Array.from({ length: size }, (_, n) => `${letter}${n + 1}`);

export const province = (size: number): Dimension => dimension('province', codes('p', size));
export const month = (size: number): Dimension => dimension('month', codes('m', size));

type Nested = number | readonly Nested[];

/** A table of counts, nested as its dimensions are. */
export function tableOf(dimensions: readonly Dimension[], counts: Nested, more: Partial<CountTable> = {}): CountTable {
  const cells: CountedCell[] = [];
  const read = (value: Nested, at: string[]): void => {
    if (typeof value === 'number') cells.push({ at, count: value });
    else for (const [n, part] of value.entries()) read(part, [...at, dimensions[at.length]?.categories[n]?.code ?? '?']);
  };
  read(counts, []);
  return { id: 't', statistic: 'people', date: '2026-06-30', dimensions, cells, ...more };
}

export const still = () => new Date('2026-07-01T00:00:00Z');

export interface Asked {
  rules?: ControlRules;
  earlier?: readonly PublishedTable[];
  limits?: Partial<Limits>;
  clock?: () => Date;
}

let solver: Promise<Solver> | undefined;
/** One for the test file: what was asked before must not matter. */
export const oneSolver = (): Promise<Solver> => {
  solver ??= loadSolver();
  return solver;
};

/** Asks for protection; by default under the policy's rules, with time standing still. */
export async function ask(table: CountTable, { rules = controlRules, earlier = [], limits, clock = still }: Asked = {}) {
  return protect(await oneSolver(), table, rules, earlier, { ...controlLimits, ...limits }, clock);
}

/** The same where it must succeed. */
export async function publish(table: CountTable, asked: Asked = {}): Promise<Protected> {
  const result = await ask(table, asked);
  if (result.outcome === 'refused') throw new Error(`refused: ${result.reason} ${JSON.stringify(result.cells)}`);
  return result;
}

/** What readers see: the counts, totals last, as rows of text; `x` is hidden. */
export function seen({ cells, dimensions }: PublishedTable): string[] {
  const width = (dimensions.at(-1)?.categories.length ?? 0) + 1;
  const texts = cells.map(({ count }) => (count === null ? 'x' : String(count)));
  return Array.from({ length: texts.length / width }, (_, row) => texts.slice(row * width, (row + 1) * width).join(' '));
}

/** The table as if all were shown but these cells: what a careless publication would be. */
export function shownBut(table: CountTable, hidden: readonly (readonly string[])[]): Pick<PublishedTable, 'dimensions' | 'cells'> {
  const places = hidden.map((at) => at.join());
  const cells = wholeTable(table).map(({ at, count }) => ({ at, count: places.includes(at.join()) ? null : count }));
  return { dimensions: table.dimensions, cells };
}
