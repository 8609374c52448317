import { stringify } from 'csv-stringify/sync';
import type { Field, ReleasedValue } from '../disclosure/door';
import { type Separator, separators, type Writing } from './exported';

/**
 * CSV for spreadsheets, of these fields of a dataset in this order: a heading with the byte order mark, then records.
 * What spreadsheets make of which writing stands in docs/decisions.md.
 */
export function csvOf(dataset: Readonly<Record<string, Field>>, names: readonly string[], separator: Separator): Writing {
  const labels = headings(dataset);
  const write = (rows: (string | number | null)[][]) =>
    stringify(rows, {
      delimiter: separators[separator],
      record_delimiter: '\r\n',
      // A cell without quotes would be split by a spreadsheet that is set to another separator.
      quoted_string: true,
      // The only cell of a line, if it is empty: else the line would be taken for none.
      quoted_empty: names.length === 1,
    });
  return {
    heading: `\ufeff${write([names.map((name) => textCell(labels[name] ?? name))])}`,
    lines: (records) => write(records.map((record) => names.map((name) => cell(record[name] ?? null, dataset[name]?.type)))),
  };
}

/** Plain rows as CSV (RFC 4180). */
export function plainCsv(rows: readonly (string | number | null)[][], delimiter: string): string {
  return stringify(rows as (string | number | null)[][], { delimiter, record_delimiter: '\r\n' });
}

/** A dataset's labels by field name; where two fields have one label, their names tell them apart. */
export function headings(dataset: Readonly<Record<string, Pick<Field, 'label'>>>): Record<string, string> {
  const fields = Object.entries(dataset);
  const times = new Map<string, number>();
  for (const [, { label }] of fields) times.set(label, (times.get(label) ?? 0) + 1);
  const named = (label: string, name: string) => `${label} (${name})`;
  const told = fields.map(([name, { label }]) => [name, times.get(label) === 1 ? label : named(label, name)] as const);
  const distinct = new Set(told.map(([, heading]) => heading)).size === fields.length;
  return Object.fromEntries(distinct ? told : fields.map(([name, { label }]) => [name, named(label, name)]));
}

const wholeDate = /^\d{4}-\d{2}-\d{2}$/;

function cell(value: ReleasedValue, type: Field['type'] | undefined): string | number | null {
  if (value === null || typeof value === 'number') return value;
  if (typeof value === 'boolean') return value ? 'Evet' : 'Hayır';
  if (Array.isArray(value)) return textCell(value.map(listed).join(' | '));
  const text = typeof value === 'object' ? (value.e164 ?? value.raw) : value;
  const isDate = (type === 'date' || type === 'partialDate') && wholeDate.test(text);
  return isDate ? text : textCell(text);
}

/** One of a list: its groups, then what is counted or numbered. */
function listed(row: Readonly<Record<string, string | number | null>>): string {
  const values = Object.values(row).map((value) => String(value ?? '–'));
  return `${values.slice(0, -1).join(' / ')}: ${values.at(-1)}`;
}

/** A text as a spreadsheet must take it: as this text, and as nothing that it would calculate or convert. */
export function textCell(text: string): string {
  const harmless = neutral(text);
  return !harmless.startsWith("'") && converted.test(harmless) ? `\t${harmless}` : harmless;
}

/** What spreadsheets make numbers, dates, errors or truth values of: digits are in all of these but the named ones. */
const converted = /\p{N}|^#|^(?:true|false|doğru|yanl[ıi]ş)$/iu;

/** The signs that begin a formula, in the forms that are normalised to them too. */
const signs = '=+\\-@＝＋－＠﹦﹢﹣﹫⁼₌⁺₊⁻₋−⩵⩶﬩';
const anySign = new RegExp(`[${signs}]|^\\p{Cc}`, 'u');
const atBegin = new RegExp(`^(?:[\\s\\p{C}"]*[${signs}]|\\p{Cc})`, 'u');
/** After what another separator, or a quote that was not understood, would let a cell begin. */
const afterSeparator = new RegExp(`([;,\\t\\r\\n])(?=(?:(?![\\t\\r\\n])[\\s\\p{C}"])*[${signs}])`, 'gu');
const number = /^\+\d[\d ]*$/;

/** Without formulas: an apostrophe stands before what would begin one. A number with its plus is none. */
function neutral(text: string): string {
  if (!anySign.test(text) || number.test(text)) return text;
  const inside = text.replace(afterSeparator, "$1'");
  return atBegin.test(text) ? `'${inside}` : inside;
}
