import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

/** Whether this machine has LibreOffice; tests that need it say plainly that they are skipped. */
export const hasOffice = (() => {
  try {
    execFileSync('which', ['soffice'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
})();

export interface Cell {
  /** What the spreadsheet took it for: string, float, date, boolean … ; undefined if it is empty. */
  type: string | undefined;
  /** As it is displayed. */
  text: string;
  /** The value behind it, where it is a number or a date. */
  value: string | undefined;
  formula: boolean;
}

/** How a spreadsheet is told to open a CSV; the defaults of LibreOffice's own dialog, unless said otherwise. */
export interface Opening {
  /** Character codes of the separators, such as `59/44/9`. */
  separators?: string;
  /** Takes every cell that begins with = for a formula, and guesses more kinds of numbers and dates. */
  eager?: boolean;
  /** As Windows numbers it; 1055 is Turkish. */
  language?: number;
}

/** Opens CSV files in LibreOffice, without a screen and in a profile of its own; the cells of each, row by row. */
export function openedInOffice(files: Readonly<Record<string, string>>, opening: Opening = {}): Record<string, Cell[][]> {
  const { separators = '59/44/9', eager = false, language = 1055 } = opening;
  const folder = mkdtempSync(path.join(os.tmpdir(), 'kopru-office-'));
  try {
    const names = Object.keys(files);
    for (const name of names) writeFileSync(path.join(folder, `${name}.csv`), files[name] as string);
    // Separators, quote, UTF-8, first line, all columns standard, language, quoted is text, more numbers, -, -, -, sheet, formulas.
    const filter = `${separators},34,76,1,,${language},false,${eager},false,false,false,0,${eager}`;
    const profile = pathToFileURL(path.join(folder, 'profile')).href;
    const settings = ['--headless', `-env:UserInstallation=${profile}`, `--infilter=Text - txt - csv (StarCalc):${filter}`];
    const paths = names.map((name) => path.join(folder, `${name}.csv`));
    execFileSync('soffice', [...settings, '--convert-to', 'fods', '--outdir', folder, ...paths], { stdio: 'pipe' });
    return Object.fromEntries(names.map((name) => [name, cellsOf(readFileSync(path.join(folder, `${name}.fods`), 'utf8'))]));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A CSV with semicolons as LibreOffice saves it in a workbook, set to Turkish: its numbers and days become the spreadsheet's own. */
export function savedInOffice(csv: Uint8Array): Buffer {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'kopru-office-'));
  try {
    writeFileSync(path.join(folder, 'form.csv'), csv);
    const profile = pathToFileURL(path.join(folder, 'profile')).href;
    const settings = [
      '--headless',
      `-env:UserInstallation=${profile}`,
      '--infilter=Text - txt - csv (StarCalc):59,34,76,1,,1055,false,true',
    ];
    execFileSync('soffice', [...settings, '--convert-to', 'xlsx', '--outdir', folder, path.join(folder, 'form.csv')], { stdio: 'pipe' });
    return readFileSync(path.join(folder, 'form.xlsx'));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function cellsOf(document: string): Cell[][] {
  const sheet = document.slice(document.indexOf('<table:table '));
  const rows: Cell[][] = [];
  for (const [, attributes, inner] of elements(sheet, 'table:table-row')) {
    const row: Cell[] = [];
    for (const [, own = '', content = ''] of elements(inner ?? '', 'table:table-cell')) {
      const cell = {
        type: said(own, 'office:value-type'),
        text: textOf(content),
        value: rawOf(own),
        formula: own.includes('table:formula='),
      };
      for (let i = Number(said(own, 'table:number-columns-repeated') ?? 1); i > 0; i -= 1) row.push(cell);
    }
    const isEmpty = row.every((cell) => cell.type === undefined);
    for (let i = isEmpty ? 1 : Number(said(attributes ?? '', 'table:number-rows-repeated') ?? 1); i > 0; i -= 1) rows.push(row);
  }
  return rows;
}

const elements = (xml: string, name: string) => xml.matchAll(new RegExp(`<${name}((?: [^>]*?)?)(?:/>|>([\\s\\S]*?)</${name}>)`, 'g'));
const said = (attributes: string, name: string) => new RegExp(` ${name}="([^"]*)"`).exec(attributes)?.[1];
const rawOf = (attributes: string) => said(attributes, 'office:date-value') ?? said(attributes, 'office:value');

function textOf(content: string): string {
  const paragraphs = [...elements(content, 'text:p')].map(([, , inner = '']) => inner);
  return paragraphs
    .map((paragraph) =>
      paragraph
        .replace(/<text:s(?: text:c="(\d+)")?\/>/g, (_, times) => ' '.repeat(Number(times ?? 1)))
        .replace(/<text:tab\/>/g, '\t')
        .replace(/<[^>]+>/g, '')
        .replace(/&#x([0-9a-f]+);/gi, (_, code) => String.fromCodePoint(Number.parseInt(code, 16)))
        .replace(/&lt;/g, '<')
        .replace(/&gt;/g, '>')
        .replace(/&quot;/g, '"')
        .replace(/&apos;/g, "'")
        .replace(/&amp;/g, '&'),
    )
    .join('\n');
}
