import { minimumOf, type Sensitive, sensitiveCells } from './rules';
import type { Goal } from './search/moves';
import { addsUp, type Ground, hidden, known, shown } from './system/ground';
import { type System, systemOf } from './system/system';
import { checkFrame, isStructural, placesOf, wholeTable } from './table';
import type { ControlRules, CountedCell, CountTable, Guard, Place, PublishedTable, RefusedFor, TableFrame } from './types';

/** A table among those published before, as one system, and what must not be found out in it. */
export interface Scene {
  table: CountTable;
  rules: ControlRules;
  minimum: number;
  /** The table's cells, and each one's number in the system. */
  cells: readonly CountedCell[];
  numbers: readonly number[];
  system: System;
  /** What is known of the system's counts: the table's, and what was shown before of the same date. */
  given: ReadonlyMap<number, number>;
  /** Cells that readers know already. */
  public: ReadonlySet<number>;
  /** What is sensitive in the table and not public already. */
  sensitive: readonly Sensitive[];
  /** Cells that an earlier table of the same date hides: they stay hidden. */
  hiddenBefore: ReadonlySet<number>;
  /** What earlier tables of the same date must keep. */
  guardedBefore: readonly Goal[];
  /** Cells that no table has: they follow from tables that group their dimensions differently, or form a ring. */
  derived: readonly number[];
  /** Tables of the same statistic and other dates. */
  others: readonly PublishedTable[];
  /** Tables of other statistics that may count some of the same. */
  overlapping: readonly PublishedTable[];
}

/** Puts everything together. Throws `table-invalid`; what cannot be put together is refused. */
export function sceneOf(
  table: CountTable,
  rules: ControlRules,
  earlier: readonly PublishedTable[],
  limit: number,
): Scene | { reason: RefusedFor; cells: Place[] } {
  const cells = wholeTable(table);
  const related = earlier.filter(({ statistic }) => statistic === table.statistic);
  const overlapping = earlier.filter(({ statistic }) => table.overlaps?.includes(statistic));
  for (const one of [...related, ...overlapping]) checkFrame(one, [...one.cells.map(({ at }) => at), ...(one.structural ?? [])]);
  const same = related.filter(({ date }) => date === table.date);
  const others = related.filter(({ date }) => date !== table.date);
  const system = systemOf([table, ...same], others, limit);
  if (typeof system === 'string') return { reason: system, cells: [] };

  const numbers = cells.map(({ at }) => system.locate(table, at));
  const given = new Map(numbers.map((number, n) => [number, cells[n]?.count ?? 0]));
  const facts = [...structuralOf(system, table), ...same.flatMap((one) => [...structuralOf(system, one), ...shownOf(system, one)])];
  const wrong = new Set<number>();
  for (const [number, count] of facts) {
    if ((given.get(number) ?? count) === count) given.set(number, count);
    else wrong.add(number);
  }
  if (wrong.size > 0) return { reason: 'contradiction', cells: placesAt(table, numbers, wrong) };

  const open = new Set(facts.map(([number]) => number));
  const inTables = new Set([...numbers, ...same.flatMap((one) => placesOf(one).map((at) => system.locate(one, at)))]);
  return {
    ...{ table, rules, cells, numbers, system, given, others, overlapping, public: open },
    minimum: minimumOf(table, rules),
    sensitive: sensitiveCells(table, cells, rules).filter(
      ({ cell, why }) => why === 'complete' || !open.has(system.locate(table, cell.at)),
    ),
    hiddenBefore: new Set(same.flatMap((one) => hiddenOf(system, one))),
    guardedBefore: same.flatMap((one) => one.guards.map((guard) => goalOf(system, one, guard))),
    derived: [...system.cells.keys()].filter((number) => !inTables.has(number)),
  };
}

const structuralOf = (system: System, table: TableFrame): (readonly [number, number])[] =>
  placesOf(table).flatMap((at) => (isStructural(table, at) ? [[system.locate(table, at), 0] as const] : []));

export const shownOf = (system: System, table: PublishedTable): (readonly [number, number])[] =>
  table.cells.flatMap(({ at, count }) => (count === null ? [] : [[system.locate(table, at), count] as const]));

const hiddenOf = (system: System, table: PublishedTable): number[] =>
  table.cells.flatMap(({ at, count }) => (count === null ? [system.locate(table, at)] : []));

const placesAt = (table: CountTable, numbers: readonly number[], wanted: ReadonlySet<number>): Place[] =>
  placesOf(table).filter((_, n) => wanted.has(numbers[n] as number));

/** The places, in the table, of numbers of the system; those that it does not have are left out. */
export const placesIn = ({ table, numbers }: Scene, wanted: Iterable<number>): Place[] => placesAt(table, numbers, new Set(wanted));

export const goalOf = (system: System, table: TableFrame, { of, low, high, width, still }: Guard): Goal => ({
  of: of.map(({ at, sign }) => ({ cell: system.locate(table, at), sign })),
  ...(low !== undefined && { low }),
  ...(high !== undefined && { high }),
  ...(width !== undefined && { width }),
  still: (still ?? []).map((at) => system.locate(table, at)),
});

/** The ground with the table's cells `hiding` (numbers) hidden; undefined if the counts do not add up. */
export function groundOf(scene: Scene, assumed: ReadonlyMap<number, number>, hiding: Iterable<number>): Ground | undefined {
  const { system, given, numbers } = scene;
  const counts = [...system.cells.keys()].map((number) => given.get(number) ?? assumed.get(number) ?? -1);
  if (!addsUp(system, counts)) return undefined;
  const status = new Uint8Array(system.cells.length).fill(hidden);
  for (const number of numbers) status[number] = shown;
  for (const number of hiding) status[number] = hidden;
  for (const number of scene.public) status[number] = known;
  return { system, counts, status };
}

/** Numbers of the cells to hide before anything else. */
export function hiddenFirst({ system, table, sensitive, hiddenBefore, numbers }: Scene): Set<number> {
  const own = new Set(numbers);
  return new Set([...sensitive.map(({ cell }) => system.locate(table, cell.at)), ...[...hiddenBefore].filter((number) => own.has(number))]);
}

/** What the table's own guards are, with these cells hidden: the sensitive ones', and a width for each hidden cell. */
export function guardsOf({ numbers, cells, sensitive, minimum, public: open }: Scene, status: Uint8Array): Guard[] {
  const hides = cells.filter((_, n) => status[numbers[n] as number] === hidden && !open.has(numbers[n] as number));
  return [...sensitive.map(({ guard }) => guard), ...hides.map(({ at }): Guard => ({ of: [{ at, sign: 1 }], width: minimum }))];
}
