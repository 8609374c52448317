import type { FieldFilter } from '../snapshots/chosen';
import type { StoredRecord } from '../snapshots/types';

/** Whether a record is among the rows that somebody may know of. */
export function isWithin({ open }: StoredRecord, within: readonly FieldFilter[]): boolean {
  return within.every(({ field, values }) => values.includes(String(open[field])));
}

/** Those rows as a filter is written. */
export function asFilter(within: readonly FieldFilter[]): Record<string, string> {
  return Object.fromEntries(within.map(({ field, values }) => [field, values.join(',')]));
}
