import type { Mistake } from '../../../core/errors';
import type { PersonEntry } from '../saving';
import { type Column, columnNames, columnOfHeading, columns, requiredColumns } from './columns';
import { csvRows } from './csv';
import { type Reason, reasons } from './reasons';
import { entryOf, type FormContext, isEmpty } from './row';
import { bounds, refuse, type SheetRow, tooLarge } from './sheet';
import { workbookOf } from './xlsx';

export { bounds } from './sheet';
export type { FormContext };

/**
 * Reads a filled-in list of authorised personnel (Ek-3; the columns are ours, the text has none) from a CSV or an XLSX.
 * One mistake refuses the whole list; mistakes are told by row, column and reason, never with what the cell holds.
 * @throws KopruError `form-invalid` naming all mistakes, `too-large`
 */
export function readForm(bytes: Uint8Array, context: FormContext): PersonEntry[] {
  if (bytes.byteLength > bounds.fileBytes) tooLarge(`has more than ${bounds.fileBytes / 1024 / 1024} MiB`);
  const { rows, dateOffset } = sheetOf(bytes);
  const filled = rows.filter(({ cells }) => !cells.every(isEmpty));
  const { places, at } = headings(filled);
  const people = filled.slice(at + 1);
  if (people.length === 0) refuse('The form lists nobody.');
  if (people.length > bounds.rows) tooLarge(`has more than ${bounds.rows} rows`);

  const mistakes: Mistake[] = [];
  const problems: string[] = [];
  const tell = (row: number, reason: Reason, column?: Column, more = '') => {
    const place = column === undefined ? {} : { column: columns[column] };
    mistakes.push({ row, ...place, reason });
    problems.push(`row ${row}:${column === undefined ? '' : ` "${columns[column]}"`} ${reasons[reason]}${more}`);
  };
  const entries: PersonEntry[] = [];
  const rowOfId = new Map<string, number>();
  for (const row of people) {
    const entry = entryOf(row, places, { ...context, dateOffset }, (reason, column) => tell(row.number, reason, column));
    if (!entry) continue;
    const twin = rowOfId.get(entry.nationalId);
    if (twin !== undefined) tell(row.number, 'id-twice', 'nationalId', ` ${twin}`);
    rowOfId.set(entry.nationalId, row.number);
    entries.push(entry);
  }
  if (mistakes.length > 0) refuse(`The list was not taken: ${shortened(problems)}.`, { mistakes: mistakes.slice(0, mostMistakes) });
  return entries;
}

const zip = [0x50, 0x4b, 3, 4];
/** How a workbook of before 2007, or one with a password, begins. */
const compound = [0xd0, 0xcf, 0x11, 0xe0];

function sheetOf(bytes: Uint8Array): { rows: SheetRow[]; dateOffset: number } {
  const begins = (with_: number[]) => with_.every((byte, i) => bytes[i] === byte);
  if (begins(compound)) refuse('The file is an old .xls, or has a password.', { hint: 'Save it as .xlsx without a password.' });
  return begins(zip) ? workbookOf(bytes) : { rows: csvRows(bytes), dateOffset: 0 };
}

/** The row of headings may stand below a title. */
const rowsOfTitle = 20;

function headings(rows: readonly SheetRow[]): { places: Map<Column, number>; at: number } {
  const named = (row: SheetRow) => row.cells.map((cell) => (typeof cell === 'string' ? columnOfHeading(cell) : undefined));
  const at = rows.slice(0, rowsOfTitle).findIndex((row) => named(row).filter((column) => column !== undefined).length >= 3);
  const row = rows[at];
  if (!row) return refuse(`The form has no row of headings. They are: ${columnNames.map((name) => columns[name]).join(', ')}.`);
  const found = named(row);
  const missing = requiredColumns.filter((column) => !found.includes(column));
  if (missing.length > 0) refuse(`The form lacks columns: ${missing.map((name) => columns[name]).join(', ')}.`);
  const twice = columnNames.filter((column) => found.indexOf(column) !== found.lastIndexOf(column));
  if (twice.length > 0) refuse(`The form has columns twice: ${twice.map((name) => columns[name]).join(', ')}.`);
  // Only a row that has all of our headings is known to hold headings, and no person's data.
  const unknown = row.cells.flatMap((cell, i) => (isEmpty(cell) || found[i] !== undefined ? [] : [toldHeading(String(cell))]));
  if (unknown.length > 0) refuse(`The form has columns that are not known: ${unknown.join(', ')}.`);
  return { places: new Map(found.flatMap((column, i) => (column === undefined ? [] : [[column, i] as const]))), at };
}

const toldHeading = (text: string) =>
  `"${text
    .trim()
    .replace(/\d{4,}/g, '…')
    .slice(0, 40)}"`;

/** How many mistakes are told in words, and how many one by one. */
const [told, mostMistakes] = [30, 500];

function shortened(problems: readonly string[]): string {
  const rest = problems.length - told;
  return problems.slice(0, told).join('; ') + (rest > 0 ? `; and ${rest} more` : '');
}
