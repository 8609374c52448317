import { createSecretKey, type KeyObject } from 'node:crypto';
import { fieldPlan } from '../agreements/fields';
import type { Agreement } from '../agreements/language';
import { KopruError } from '../core/errors';
import { canonicalText, type FieldValue, type NamedRecord } from '../core/record';
import { keyedHash, keyedIndexer, openUnproven } from '../core/sealing';
import type { KeyRing } from '../infra/keys';
import type { StoredRecord } from './types';

/** Opens a stored record whole; undefined for an erased one. @throws KopruError `record-tampered` */
export type OpenStored = (stored: StoredRecord) => Promise<NamedRecord | undefined>;

/**
 * Prepares the opening of a dataset's stored records. Each is held against its own keyed hash and key index,
 * so that a changed table is noticed before anything of it is used.
 */
export async function openStored(agreement: Agreement, dataset: string, keys: KeyRing): Promise<OpenStored> {
  const definition = agreement.datasets[dataset] as Agreement['datasets'][string];
  const { names, years, keyAt } = fieldPlan(definition);
  const key = names[keyAt] as string;
  const derived = new Map(years.map(({ at, as }) => [as, names[at] as string]));
  const hashKey = createSecretKey((await keys.current(dataset, 'hash')).bytes);
  const indexOf = keyedIndexer((await keys.current(agreement.id, 'index')).bytes);
  const sealKeys = new Map<number, KeyObject>();

  return async (stored) => {
    if (!stored.sealed) return undefined;
    let sealKey = sealKeys.get(stored.keyId);
    if (!sealKey) {
      sealKey = createSecretKey((await keys.byId(stored.keyId)).bytes);
      sealKeys.set(stored.keyId, sealKey);
    }
    const record = together(openUnproven(sealKey, stored.sealed), stored.open, derived);
    if (
      !record ||
      !keyedHash(hashKey, canonicalText(record)).equals(stored.hash) ||
      !stored.keyIndex.equals(indexOf(String(record[key]))) ||
      // A readable year is no part of the hash; it must be that of the sealed date.
      [...derived].some(([as, of]) => as in stored.open && stored.open[as] !== Number(String(record[of]).slice(0, 4)))
    ) {
      throw new KopruError('record-tampered', `A stored record of ${dataset} does not match its own hash, so it is not released.`, {
        hint: 'An operator runs kopru snapshots --verify to see which snapshots are affected.',
      });
    }
    return record;
  };
}

/** The sealed and the readable part as one record; undefined if what was opened is no record. */
function together(
  text: string | undefined,
  open: StoredRecord['open'],
  derived: Map<string, string>,
): Record<string, FieldValue> | undefined {
  let sealed: unknown;
  try {
    sealed = JSON.parse(text ?? '');
  } catch {
    return undefined;
  }
  if (typeof sealed !== 'object' || sealed === null) return undefined;
  // Without a prototype: a changed row must not lend values to fields that have none.
  const record: Record<string, FieldValue> = Object.assign(Object.create(null), sealed);
  for (const [name, value] of Object.entries(open ?? {})) if (!derived.has(name)) record[name] = value as FieldValue;
  return record;
}
