import type { Agreement } from '../agreements/language';
import type { FieldValue } from '../core/record';
import type { KeyRing } from '../infra/keys';
import { openStored } from '../snapshots/open';
import type { StoredRecord } from '../snapshots/types';

export type OpenRecord = (stored: StoredRecord, fields: readonly string[]) => Promise<Record<string, FieldValue> | undefined>;

/** Opens stored records of a dataset: just the named fields, in their order; undefined for an erased one. */
export async function recordOpener(agreement: Agreement, dataset: string, keys: KeyRing): Promise<OpenRecord> {
  const open = await openStored(agreement, dataset, keys);
  return async (stored, fields) => {
    const record = await open(stored);
    return record && Object.fromEntries(fields.map((name) => [name, record[name] ?? null]));
  };
}
