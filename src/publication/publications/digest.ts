import { createHash } from 'node:crypto';
import { digestOf as digestOfTable } from '../control/digest';
import type { PublishedTable } from '../control/types';
import type { TableSources } from '../statistics/count';

/** What an approval is bound to: SHA-256, hexadecimal, of what readers get of a table and of the snapshots that it was counted from. */
export function digestOf(table: PublishedTable, sources: TableSources): string {
  const from = Object.entries(sources)
    .map(([dataset, { version, digest, sourceTime }]) => [dataset, version, digest, sourceTime])
    .sort(([one], [other]) => (String(one) < String(other) ? -1 : 1));
  return createHash('sha256')
    .update(JSON.stringify([digestOfTable(table), from]))
    .digest('hex');
}
