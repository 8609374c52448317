import { strToU8, zipSync } from 'fflate';
import { completeTckn } from '../../../../src/core/nationalId';

/** The form's headings, in its own order. */
export const headings = [
  ...['Ad Soyad', 'T.C. Kimlik No', 'Birim', 'İl', 'Unvan', 'E-posta', 'Roller', 'IP'],
  ...['Başlangıç Tarihi', 'Bitiş Tarihi', 'Eğitim Tarihi', 'Taahhütname Sürümü', 'Taahhütname Tarihi'],
] as const;

export type Filled = Partial<Record<(typeof headings)[number], string>>;

/** A made-up person's number. */
export const idOf = (n: number) => completeTckn(String(600_000_000 + n));

/** A row of a person who is made up; `over` changes cells. */
export const rowOf = (n: number, over: Filled = {}): string[] => {
  const filled: Filled = {
    'Ad Soyad': `Örnek${'abcdefghij'[n % 10]} Işıkoğlu`,
    'T.C. Kimlik No': idOf(n),
    Birim: 'Bilgi İşlem',
    Unvan: 'Uzman',
    'E-posta': `kisi${n}@kurum.example`,
    Roller: 'Sorgulama, İstatistik',
    'Başlangıç Tarihi': '01.02.2026',
    ...over,
  };
  return headings.map((heading) => filled[heading] ?? '');
};

const quoted = (cell: string) => (/[;,"\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell);

/** A CSV as UTF-8 bytes. */
export function csv(rows: readonly (readonly string[])[], separator = ';'): Buffer {
  return Buffer.from(rows.map((row) => `${row.map(quoted).join(separator)}\r\n`).join(''));
}

/** The bytes of a text in windows-1254; every character must be in it. */
export function turkishBytes(text: string): Buffer {
  const decoder = new TextDecoder('windows-1254');
  const byteOf = new Map(Array.from({ length: 256 }, (_, byte) => [decoder.decode(Uint8Array.of(byte)), byte]));
  return Buffer.from([...text].map((letter) => byteOf.get(letter) as number));
}

const escaped = (text: string) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');

/** A cell of a workbook: a shared text, a number, or XML of its own. */
export type Made = string | number | { xml: string };

export interface Making {
  sheetXml?: string;
  workbookPr?: string;
  state?: string;
  parts?: Record<string, Uint8Array>;
}

/** An XLSX with one sheet, as spreadsheet programs lay it out. */
export function xlsx(rows: readonly (readonly Made[])[], { sheetXml, workbookPr = '', state = '', parts = {} }: Making = {}): Buffer {
  const texts: string[] = [];
  const cell = (made: Made, at: string) => {
    if (made === '') return '';
    if (typeof made === 'object') return made.xml.replace('AT', at);
    if (typeof made === 'number') return `<c r="${at}"><v>${made}</v></c>`;
    texts.push(made);
    return `<c r="${at}" t="s"><v>${texts.length - 1}</v></c>`;
  };
  const body = rows
    .map((row, y) => `<row r="${y + 1}">${row.map((made, x) => cell(made, `${String.fromCharCode(65 + x)}${y + 1}`)).join('')}</row>`)
    .join('');
  const main = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"';
  const links = 'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"';
  const files = {
    '[Content_Types].xml': '<Types/>',
    'xl/workbook.xml': `<workbook ${main} ${links}>${workbookPr}<sheets><sheet name="Ek-3" sheetId="1" ${state} r:id="rId1"/></sheets></workbook>`,
    'xl/_rels/workbook.xml.rels': '<Relationships><Relationship Id="rId1" Target="worksheets/sheet1.xml"/></Relationships>',
    'xl/worksheets/sheet1.xml': sheetXml ?? `<worksheet ${main}><sheetData>${body}</sheetData></worksheet>`,
    'xl/sharedStrings.xml': `<sst ${main}>${texts.map((text) => `<si><t>${escaped(text)}</t></si>`).join('')}</sst>`,
  };
  const named = Object.fromEntries(Object.entries(files).map(([name, text]) => [name, strToU8(text)]));
  return Buffer.from(zipSync({ ...named, ...parts }));
}
