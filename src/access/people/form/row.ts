import type { IsoDate } from '../../../core/dates';
import type { PersonEntry } from '../saving';
import type { Column } from './columns';
import type { Reason } from './reasons';
import { type Cell, formula, type SheetRow } from './sheet';
import { addressesOf, dateOf, emailOf, nameOf, nationalIdOf, provinceOf, rolesOf, versionOf, Wrong, wordsOf } from './values';

/** What rows are held against. */
export interface FormContext {
  today: IsoDate;
  /** The versions of the party's undertaking that there are. */
  undertakings: ReadonlySet<number>;
}

export const isEmpty = (cell: Cell | undefined): boolean => cell === undefined || (typeof cell === 'string' && cell.trim() === '');

/** A row as an entry; undefined if `problem` was told of a mistake, which it is without the cell's content. */
export function entryOf(
  row: SheetRow,
  places: ReadonlyMap<Column, number>,
  { today, undertakings, dateOffset }: FormContext & { dateOffset: number },
  problem: (reason: Reason, column?: Column) => void,
): PersonEntry | undefined {
  let bad = false;
  const tell = (column: Column, reason: Reason) => {
    bad = true;
    problem(reason, column);
  };
  /** The column's value; undefined if the cell is empty or wrong. */
  const read = <T>(column: Column, reader: (text: string, cell: Cell) => T | Wrong): T | undefined => {
    const cell = row.cells[places.get(column) ?? -1];
    if (isEmpty(cell)) return undefined;
    if (cell === formula) return void tell(column, 'calculated');
    const value = reader(String(cell).trim(), cell as Cell);
    if (value instanceof Wrong) return void tell(column, value.reason);
    return value;
  };
  const required = <T>(column: Column, reader: (text: string, cell: Cell) => T | Wrong): T | undefined => {
    if (isEmpty(row.cells[places.get(column) ?? -1])) return void tell(column, 'empty');
    return read(column, reader);
  };
  const date = dateOf(dateOffset);
  const known = new Set(places.values());
  if (row.cells.some((cell, i) => !known.has(i) && !isEmpty(cell))) {
    bad = true;
    problem('heading-missing');
  }

  const entry = {
    name: required('name', nameOf),
    nationalId: required('nationalId', nationalIdOf),
    title: read('title', wordsOf),
    email: read('email', emailOf),
    unit: required('unit', wordsOf),
    province: read('province', provinceOf),
    roles: required('roles', rolesOf),
    addresses: read('addresses', addressesOf) ?? [],
    validFrom: required('validFrom', date),
    validUntil: read('validUntil', date),
    trainedOn: read('trainedOn', date),
    undertaking: read('undertaking', versionOf),
    acceptedOn: read('acceptedOn', date),
  };
  const { validFrom, validUntil, undertaking } = entry;
  if (validFrom && validUntil && validUntil < validFrom) tell('validUntil', 'end-before-beginning');
  for (const column of ['trainedOn', 'acceptedOn'] as const) if ((entry[column] ?? '') > today) tell(column, 'day-to-come');
  if (undertaking !== undefined && !undertakings.has(undertaking)) tell('undertaking', 'undertaking-unknown');
  if (!bad && (undertaking === undefined) !== (entry.acceptedOn === undefined)) {
    tell(undertaking === undefined ? 'undertaking' : 'acceptedOn', 'half-empty');
  }
  return bad ? undefined : (withoutGaps(entry) as PersonEntry);
}

const withoutGaps = (entry: object) => Object.fromEntries(Object.entries(entry).filter(([, value]) => value !== undefined));
