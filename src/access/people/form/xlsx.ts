import { strFromU8, unzipSync } from 'fflate';
import { parser } from 'sax';
import { bounds, type Cell, formula, refuse, type SheetRow, tooLarge } from './sheet';

/** Days between the two counts of dates that workbooks may use, from 1900 and from 1904. */
const laterCount = 1462;

export interface Workbook {
  rows: SheetRow[];
  /** What is to be added to a date's number for the count from 1900. */
  dateOffset: number;
}

/** The first sheet of an XLSX that is not hidden. Numbers stay numbers: what they mean, their column says. */
export function workbookOf(bytes: Uint8Array): Workbook {
  const parts = unpacked(bytes);
  const { sheets, dateOffset } = overview(part(parts, 'xl/workbook.xml'));
  const sheet = sheets.find(({ hidden }) => !hidden);
  const target = sheet && targets(part(parts, 'xl/_rels/workbook.xml.rels')).get(sheet.id);
  if (target === undefined) refuse('The workbook has no sheet that is shown.');
  const texts = parts['xl/sharedStrings.xml'] ? sharedTexts(strFromU8(parts['xl/sharedStrings.xml'])) : [];
  return { rows: rowsOf(part(parts, target.startsWith('/') ? target.slice(1) : `xl/${target}`), texts), dateOffset };
}

const wanted = /^xl\/(?:workbook\.xml|_rels\/workbook\.xml\.rels|sharedStrings\.xml|worksheets\/[^/]+\.xml)$/;

/** The parts that matter. Each is inflated into just the room that its header announces, so the sum of these is the bound. */
function unpacked(bytes: Uint8Array): Record<string, Uint8Array> {
  let room = bounds.inflatedBytes;
  let parts = bounds.parts;
  let isTooLarge = false;
  try {
    return unzipSync(bytes, {
      filter: ({ name, originalSize }) => {
        parts -= 1;
        if (wanted.test(name)) room -= originalSize;
        isTooLarge ||= parts < 0 || room < 0;
        return !isTooLarge && wanted.test(name);
      },
    });
  } catch {
    return refuse('The XLSX is broken.', { hint: 'Save it anew from the spreadsheet program.' });
  } finally {
    if (isTooLarge) tooLarge('is larger than allowed when unpacked');
  }
}

function part(parts: Record<string, Uint8Array>, name: string): string {
  const found = parts[name];
  return found ? strFromU8(found) : refuse('The file is no XLSX workbook.', { hint: 'Save the form as .xlsx or as CSV (UTF-8).' });
}

interface Handlers {
  open?(name: string, attributes: Record<string, string>): void;
  close?(name: string): void;
  text?(text: string): void;
}

/** Reads XML, names without their prefixes. Entities of the document's own are refused with its DOCTYPE. */
function readXml(xml: string, { open, close, text }: Handlers): void {
  const local = (name: string) => name.slice(name.indexOf(':') + 1);
  const reader = parser(true);
  const broken = () => refuse('The XLSX is broken.', { hint: 'Save it anew from the spreadsheet program.' });
  reader.onerror = broken;
  reader.ondoctype = broken;
  let [depth, elements] = [0, 0];
  reader.onopentag = ({ name, attributes }) => {
    depth += 1;
    elements += 1;
    if (depth > bounds.depth || elements > bounds.elements) tooLarge('is larger than allowed when unpacked');
    open?.(local(name), attributes as Record<string, string>);
  };
  reader.onclosetag = (name) => {
    depth -= 1;
    close?.(local(name));
  };
  reader.ontext = (part) => text?.(part);
  reader.oncdata = (part) => text?.(part);
  reader.write(xml).close();
}

function overview(xml: string): { sheets: { id: string; hidden: boolean }[]; dateOffset: number } {
  const sheets: { id: string; hidden: boolean }[] = [];
  let dateOffset = 0;
  readXml(xml, {
    open: (name, attributes) => {
      if (name === 'workbookPr' && /^(?:1|true)$/.test(attributes.date1904 ?? '')) dateOffset = laterCount;
      const id = Object.entries(attributes).find(([key]) => /:id$/.test(key))?.[1];
      if (name === 'sheet' && id !== undefined) sheets.push({ id, hidden: (attributes.state ?? 'visible') !== 'visible' });
    },
  });
  return { sheets, dateOffset };
}

/** Where the workbook's parts lie, by id. */
function targets(xml: string): Map<string, string> {
  const found = new Map<string, string>();
  readXml(xml, {
    open: (name, { Id, Target }) => void (name === 'Relationship' && Id !== undefined && Target !== undefined && found.set(Id, Target)),
  });
  return found;
}

/** The texts that cells refer to by number; readings of Asian scripts are no part of them. */
function sharedTexts(xml: string): string[] {
  const texts: string[] = [];
  const text = textReader();
  readXml(xml, {
    open: (name) => {
      if (name === 'si') text.begin();
      text.open(name);
    },
    close: (name) => {
      text.close(name);
      if (name === 'si') texts.push(text.read());
    },
    text: text.add,
  });
  return texts;
}

/** Joins the texts of the elements `t`. */
function textReader() {
  let [whole, inText, inReading] = ['', false, false];
  return {
    begin: () => {
      [whole, inText, inReading] = ['', false, false];
    },
    open: (name: string) => {
      if (name === 't') inText = true;
      if (name === 'rPh') inReading = true;
    },
    close: (name: string) => {
      if (name === 't') inText = false;
      if (name === 'rPh') inReading = false;
    },
    add: (text: string) => {
      if (inText && !inReading) whole += text;
    },
    read: () => whole,
  };
}

function rowsOf(xml: string, texts: readonly string[]): SheetRow[] {
  const rows: SheetRow[] = [];
  const inline = textReader();
  let row: SheetRow | undefined;
  let [column, type, value, inValue, isFormula] = [0, 'n', '', false, false];
  readXml(xml, {
    open: (name, attributes) => {
      inline.open(name);
      if (name === 'row') {
        row = { number: numberOf(attributes.r) ?? (rows.at(-1)?.number ?? 0) + 1, cells: [] };
        rows.push(row);
        if (rows.length > bounds.rows * 2) tooLarge(`has more than ${bounds.rows} rows`);
      } else if (name === 'c') {
        column = attributes.r === undefined ? (row?.cells.length ?? 0) : columnOf(attributes.r);
        if (column >= bounds.columns) tooLarge(`has more than ${bounds.columns} columns`);
        [type, value, isFormula] = [attributes.t ?? 'n', '', false];
        inline.begin();
      } else if (name === 'v') inValue = true;
      else if (name === 'f') isFormula = true;
    },
    close: (name) => {
      inline.close(name);
      if (name === 'v') inValue = false;
      if (name === 'c' && row) row.cells[column] = isFormula ? formula : cellOf(type, value, inline.read(), texts);
    },
    text: (text) => {
      inline.add(text);
      if (inValue) value += text;
    },
  });
  return rows;
}

function cellOf(type: string, value: string, inline: string, texts: readonly string[]): Cell | undefined {
  if (type === 'inlineStr') return inline;
  if (type === 's') return texts[Number(value)];
  if (type === 'n') return value.trim() === '' ? undefined : Number(value);
  return value;
}

/** A row's number as the file says it, where a sheet can have such a row: it is told with mistakes. */
function numberOf(text: string | undefined): number | undefined {
  return text !== undefined && /^[1-9]\d{0,6}$/.test(text) ? Number(text) : undefined;
}

/** `C7` is in the third column: 2. */
function columnOf(reference: string): number {
  const letters = /^[A-Z]{1,3}/.exec(reference)?.[0] ?? refuse('The XLSX is broken.');
  return [...letters].reduce((sum, letter) => sum * 26 + letter.charCodeAt(0) - 64, 0) - 1;
}
