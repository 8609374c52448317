import { createSecretKey, type KeyObject } from 'node:crypto';
import { fieldPlan } from '../agreements/fields';
import type { Agreement } from '../agreements/language';
import { KopruError } from '../core/errors';
import type { NamedRecord } from '../core/record';
import { keyedHasher, keyedIndexer, openUnproven } from '../core/sealing';
import type { Database } from '../infra/db';
import type { KeyRing } from '../infra/keys';
import { datasetNumber, storedByIds } from './store';
import { putTogether } from './together';
import type { StoredRecord } from './types';

/** Opens stored records whole, in their order; undefined for an erased one. @throws KopruError `record-tampered` */
export type OpenStored = (stored: readonly StoredRecord[]) => Promise<(NamedRecord | undefined)[]>;

/**
 * Prepares the opening of a dataset's stored records. Each is held against its own keyed hash and key index,
 * so that a changed table is noticed before anything of it is used.
 */
export async function openStored(agreement: Agreement, dataset: string, keys: KeyRing): Promise<OpenStored> {
  const definition = agreement.datasets[dataset] as Agreement['datasets'][string];
  const plan = fieldPlan(definition);
  const key = plan.names[plan.keyAt] as string;
  const years = plan.years.map(({ at, as }) => ({ as, of: plan.names[at] as string }));
  const together = putTogether(plan);
  const hashOf = keyedHasher((await keys.current(dataset, 'hash')).bytes);
  const indexOf = keyedIndexer((await keys.current(agreement.id, 'index')).bytes);

  const prove = (stored: StoredRecord, text: string | undefined): NamedRecord => {
    const whole = together(text, stored.open);
    if (
      !whole ||
      !hashOf(whole.canonical).equals(stored.hash) ||
      !stored.keyIndex.equals(indexOf(String(whole.record[key]))) ||
      // A readable year is no part of the hash; it must be that of the sealed date.
      years.some(({ as, of }) => as in stored.open && stored.open[as] !== Number(String(whole.record[of]).slice(0, 4)))
    ) {
      throw new KopruError('record-tampered', `A stored record of ${dataset} does not match its own hash, so it is not released.`, {
        hint: 'An operator runs kopru snapshots --verify to see which snapshots are affected.',
      });
    }
    return whole.record;
  };

  const sealKeys = new Map<number, KeyObject>();
  const sealKey = async (id: number) => {
    const known = sealKeys.get(id) ?? createSecretKey((await keys.byId(id)).bytes);
    sealKeys.set(id, known);
    return known;
  };

  return async (stored) => {
    const opened: (NamedRecord | undefined)[] = stored.map(() => undefined);
    for (const keyId of new Set(stored.map((one) => one.keyId))) {
      const sealed = stored.flatMap((one, at) => (one.sealed && one.keyId === keyId ? [{ at, one, blob: one.sealed }] : []));
      if (sealed.length === 0) continue;
      const texts = openUnproven(
        await sealKey(keyId),
        sealed.map(({ blob }) => blob),
      );
      sealed.forEach(({ at, one }, i) => {
        opened[at] = prove(one, texts[i]);
      });
    }
    return opened;
  };
}

/** The records of a dataset with these numbers, opened whole; what is erased is left out. */
export async function openByIds(
  { agreement, db, keys }: { agreement: Agreement; db: Database; keys: KeyRing },
  dataset: string,
  ids: readonly bigint[],
): Promise<Map<bigint, NamedRecord>> {
  const stored = await storedByIds(db.pool, await datasetNumber(db, dataset), ids);
  const opened = await (await openStored(agreement, dataset, keys))(stored);
  return new Map(stored.flatMap(({ id }, i) => (opened[i] ? [[id, opened[i]] as const] : [])));
}
