import { KopruError } from '../../core/errors';
import { type CountedCell, type CountTable, type Place, type TableFrame, total } from './types';

const invalid = (table: TableFrame, what: string) =>
  new KopruError('table-invalid', `The table “${table.id}” ${what}.`, { hint: 'Correct what makes the table; nothing was published.' });

export const placeText = (at: Place): string => JSON.stringify(at);

/** Every place of a table, inner cells and totals, in the order of its categories; a total comes after its parts. */
export function placesOf({ dimensions }: TableFrame): Place[] {
  return dimensions.reduce<string[][]>(
    (places, { categories }) => places.flatMap((at) => [...categories.map(({ code }) => code), total].map((code) => [...at, code])),
    [[]],
  );
}

/** Throws `table-invalid` unless the dimensions and places are well formed. */
export function checkFrame(table: TableFrame, places: readonly Place[]): void {
  const { dimensions } = table;
  if (dimensions.length < 1 || dimensions.length > 3) throw invalid(table, 'has no, or more than three, dimensions');
  if (new Set(dimensions.map(({ id }) => id)).size !== dimensions.length) throw invalid(table, 'has a dimension twice');
  for (const { id, categories } of dimensions) {
    const codes = categories.map(({ code }) => code);
    const atoms = categories.flatMap((category) => category.atoms ?? [category.code]);
    if (codes.length === 0 || codes.includes(total)) throw invalid(table, `has no categories, or “${total}” as one, in “${id}”`);
    if (new Set(codes).size !== codes.length) throw invalid(table, `has a category of “${id}” twice`);
    if (new Set(atoms).size !== atoms.length || categories.some((category) => category.atoms?.length === 0))
      throw invalid(table, `has categories of “${id}” that overlap or cover nothing`);
  }
  const known = dimensions.map(({ categories }) => new Set([...categories.map(({ code }) => code), total]));
  const fits = (at: Place) => at.length === known.length && known.every((codes, n) => codes.has(at[n] as string));
  if (!places.every(fits)) throw invalid(table, 'has a cell outside of its dimensions');
}

/** Whether every part of `outer` that is not a total is the same in `inner`. */
export const contains = (outer: Place, inner: Place): boolean => outer.every((code, n) => code === total || code === inner[n]);

/** The parts of a total along its dimension `n`. */
export const partsOf = (table: TableFrame, at: Place, n: number): Place[] =>
  (table.dimensions[n]?.categories ?? []).map(({ code }) => at.with(n, code));

export const isStructural = (table: TableFrame, at: Place): boolean => (table.structural ?? []).some((place) => contains(place, at));

/** All cells with their counts, totals summed up, in the order of `placesOf`. Throws `table-invalid`. */
export function wholeTable(table: CountTable): CountedCell[] {
  checkFrame(table, [...table.cells.map(({ at }) => at), ...(table.structural ?? [])]);
  const given = new Map(table.cells.map((cell) => [placeText(cell.at), cell]));
  if (given.size !== table.cells.length) throw invalid(table, 'has a cell twice');
  const counts = new Map<string, number>();
  for (const { at, count } of table.cells) {
    if (!Number.isSafeInteger(count) || count < 0) throw invalid(table, 'has a count that is no whole number');
    if (count > 0 && isStructural(table, at)) throw invalid(table, 'counts somebody where nobody can be');
    if (!at.includes(total)) addTo(counts, at, count);
  }
  const sums = table.cells.some(({ contributions }) => contributions);
  return placesOf(table).map((at) => {
    const count = counts.get(placeText(at)) ?? 0;
    const cell = given.get(placeText(at));
    if (cell && cell.count !== count) throw invalid(table, 'has a total that is not the sum of its parts');
    const contributions = cell?.contributions;
    if (sums && count > 0 && !contributions) throw invalid(table, 'lacks the contributions of a cell');
    if (contributions && !isMadeUpOf(count, contributions)) throw invalid(table, 'has contributions that do not fit the sum');
    return contributions ? { at, count, contributions } : { at, count };
  });
}

/** Adds an inner cell to itself and to every total that holds it. */
function addTo(counts: Map<string, number>, at: Place, count: number): void {
  for (let mask = 0; mask < 1 << at.length; mask++) {
    const key = placeText(at.map((code, n) => (mask & (1 << n) ? total : code)));
    counts.set(key, (counts.get(key) ?? 0) + count);
  }
}

function isMadeUpOf(count: number, { contributors, largest, second }: NonNullable<CountedCell['contributions']>): boolean {
  if (count === 0) return contributors === 0 && largest === 0 && second === 0;
  if (contributors === 1) return largest === count && second === 0;
  const rest = count - largest - second;
  return contributors > 1 && second > 0 && second <= largest && rest >= contributors - 2 && rest <= (contributors - 2) * second;
}
