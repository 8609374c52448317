import Table from 'cli-table3';
import type { Terminal } from './deps';

export function terminal(json: boolean): Terminal {
  return {
    json,
    live: !json && process.stdout.isTTY === true,
    line: (text = '') => void (json || process.stdout.write(`${text}\n`)),
    data: (value) => void (json && process.stdout.write(`${JSON.stringify(value, null, 2)}\n`)),
  };
}

type Cell = string | number | null | undefined;

/** A plain table that people read, as wide as the terminal at most: longer cells are wrapped. What is no terminal takes any width. */
export function table(head: string[], rows: Cell[][], columns: number | undefined = process.stdout.columns): string {
  const texts = rows.map((row) => row.map((cell) => (typeof cell === 'number' ? count(cell) : (cell ?? ''))));
  const columnsOf = head.map((title, i) => [title, ...texts.map((row) => row[i] ?? '')]);
  const widths = columnsOf.map((cells) => Math.max(...cells.map(longestLine)));
  const words = columnsOf.map((cells) => Math.max(...cells.flatMap((cell) => cell.split(/\s+/)).map(longestLine)));
  const fitted = columns === undefined ? widths : fittedTo(columns, widths, words);
  const made = new Table({
    head: head.map((title, i) => wrapped(title, fitted[i] as number)),
    style: { head: [], border: [] },
    colAligns: head.map((_, i) => (rows.length > 0 && rows.every((r) => typeof r[i] === 'number') ? 'right' : 'left')),
  });
  for (const row of texts) made.push(row.map((text, i) => wrapped(text, fitted[i] as number)));
  return made.toString();
}

/** No column is made narrower than this. */
const leastWidth = 6;

/** Widths that fit together into a line: the widest columns give way first, and words are broken only where nothing else helps. */
function fittedTo(columns: number, widths: readonly number[], words: readonly number[]): number[] {
  // Each column has a space on either side and a line before it; a last line ends the row.
  const room = columns - 3 * widths.length - 1;
  const sum = (of: readonly number[]) => of.reduce((total, width) => total + width, 0);
  const capped = (most: number, least: readonly number[]) => widths.map((width, i) => Math.min(width, Math.max(most, least[i] ?? 0)));
  for (const least of [words, []]) {
    for (let most = Math.max(0, ...widths); most >= leastWidth; most -= 1) {
      const found = capped(most, least);
      if (sum(found) <= room) return widened(found, widths, room - sum(found));
    }
  }
  return capped(leastWidth, []);
}

/** What room is left goes to the column that lacks most. */
function widened(found: readonly number[], widths: readonly number[], left: number): number[] {
  const lacks = found.map((width, i) => (widths[i] as number) - width);
  const most = lacks.indexOf(Math.max(...lacks));
  return found.map((width, i) => (i === most ? Math.min(width + left, widths[i] as number) : width));
}

function longestLine(text: string): number {
  return Math.max(...text.split('\n').map((line) => [...line].length));
}

/** A text in lines of this width, broken between words where it can be. */
function wrapped(text: string, width: number): string {
  if (longestLine(text) <= width) return text;
  const lines: string[] = [];
  for (const word of text.split(/\s+/)) {
    const last = lines.at(-1);
    if (last !== undefined && [...last].length + 1 + [...word].length <= width) lines[lines.length - 1] = `${last} ${word}`;
    else for (const letters = [...word]; letters.length > 0; ) lines.push(letters.splice(0, width).join(''));
  }
  return lines.join('\n');
}

const numbers = new Intl.NumberFormat('en-GB');

/** 1,000,000 rather than 1000000. */
export function count(n: number): string {
  return numbers.format(n);
}

export function seconds(from: Date | null, to: Date | null): string {
  return from && to ? `${((to.getTime() - from.getTime()) / 1000).toFixed(1)} s` : '';
}

const times = new Intl.DateTimeFormat('en-GB', { timeZone: 'Europe/Istanbul', dateStyle: 'short', timeStyle: 'medium' });

/** An instant as people in Istanbul see it. */
export function when(instant: Date | null): string {
  return instant ? times.format(instant) : '';
}

const days = new Intl.DateTimeFormat('en-GB', { timeZone: 'Europe/Istanbul', dateStyle: 'short' });

/** The day of an instant as people in Istanbul see it. */
export function day(instant: Date): string {
  return days.format(instant);
}
