import { isUtf8 } from 'node:buffer';
import { parse } from 'csv-parse/sync';
import { bounds, refuse, type SheetRow, tooLarge } from './sheet';

/** Rows of a CSV with semicolons or commas, in UTF-8 or as Turkish spreadsheets write it (windows-1254, of which ISO-8859-9 is a part). */
export function csvRows(bytes: Uint8Array): SheetRow[] {
  const text = textOf(bytes);
  let records: string[][];
  try {
    // An empty line is a record too, so that a record's place is its row's number.
    records = parse(text, { delimiter: separatorOf(text), relax_column_count: true, to: bounds.rows * 2 });
  } catch {
    // The parser's own text quotes the file.
    refuse('The CSV has a quote that is not closed, or one in the middle of a cell.');
  }
  if (records.length >= bounds.rows * 2) tooLarge(`has more than ${bounds.rows} rows`);
  return records.map((cells, i) => ({ number: i + 1, cells }));
}

function textOf(bytes: Uint8Array): string {
  const text = new TextDecoder(isUtf8(bytes) ? 'utf-8' : 'windows-1254').decode(bytes);
  if (/[^\P{Cc}\s]|\ufffd/u.test(text))
    refuse('The file is neither a CSV nor an XLSX.', { hint: 'Save the form as .xlsx or as CSV (UTF-8).' });
  return text;
}

/** The one that stands more often in the line that has most of either: that of the headings, or one as wide. */
function separatorOf(text: string): string {
  const lines = text.split(/\r?\n/, 20);
  const most = (sign: string) => Math.max(...lines.map((line) => line.split(sign).length));
  return most(';') >= most(',') ? ';' : ',';
}
