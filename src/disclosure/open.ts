import { type KeyObject, createSecretKey } from 'node:crypto';
import { fieldPlan } from '../agreements/fields';
import type { Dataset } from '../agreements/language';
import { KopruError } from '../core/errors';
import { type FieldValue, type NamedRecord, canonicalText } from '../core/record';
import { keyedHash, unseal } from '../core/sealing';
import type { KeyRing } from '../infra/keys';
import type { StoredRecord } from '../snapshots/types';

export type OpenRecord = (stored: StoredRecord, fields: readonly string[]) => Promise<Record<string, FieldValue> | undefined>;

/**
 * Opens stored records of a dataset: just the named fields, in their order; undefined for an erased one.
 * Every record is held against its own hash, so that a changed table is noticed and not released.
 */
export async function recordOpener(dataset: string, definition: Dataset, keys: KeyRing): Promise<OpenRecord> {
  const derived = new Set(fieldPlan(definition).years.map((y) => y.as));
  const hashKey = createSecretKey((await keys.current(dataset, 'hash')).bytes);
  const sealKeys = new Map<number, KeyObject>();

  return async (stored, fields) => {
    if (!stored.sealed) return undefined;
    let key = sealKeys.get(stored.keyId);
    if (!key) {
      key = createSecretKey((await keys.byId(stored.keyId)).bytes);
      sealKeys.set(stored.keyId, key);
    }
    const text = unseal(key, stored.sealed, stored.keyIndex);
    if (text === undefined) throw tampered(dataset);
    const record: Record<string, FieldValue> = { ...(JSON.parse(text) as NamedRecord) };
    for (const [name, value] of Object.entries(stored.open)) if (!derived.has(name)) record[name] = value as FieldValue;
    if (!keyedHash(hashKey, canonicalText(record)).equals(stored.hash)) throw tampered(dataset);
    return Object.fromEntries(fields.map((name) => [name, record[name] ?? null]));
  };
}

function tampered(dataset: string): KopruError {
  return new KopruError('record-tampered', `A stored record of ${dataset} does not match its own hash, so it is not released.`, {
    hint: 'An operator runs kopru snapshots --verify to see which snapshots are affected.',
  });
}
