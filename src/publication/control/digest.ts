import { createHash } from 'node:crypto';
import type { PublishedTable } from './types';

/** SHA-256, hexadecimal, of what readers get of a table: its frame and the cells as shown. */
export function digestOf({ id, statistic, date, dimensions, cells }: PublishedTable): string {
  const frame = dimensions.map((one) => [
    one.id,
    one.label,
    one.categories.map(({ code, label, atoms }) => [code, label, atoms ?? [code]]),
  ]);
  const text = JSON.stringify([id, statistic, date, frame, cells.map(({ at, count }) => [at, count])]);
  return createHash('sha256').update(text).digest('hex');
}
