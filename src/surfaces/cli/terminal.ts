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

/** A plain table that people read. */
export function table(head: string[], rows: (string | number | null | undefined)[][]): string {
  const made = new Table({
    head,
    style: { head: [], border: [] },
    colAligns: head.map((_, i) => (rows.length > 0 && rows.every((r) => typeof r[i] === 'number') ? 'right' : 'left')),
  });
  for (const row of rows) made.push(row.map((cell) => (typeof cell === 'number' ? count(cell) : (cell ?? ''))));
  return made.toString();
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
