import { createSecretKey } from 'node:crypto';
import { KopruError } from '../core/errors';
import { keyedHash, seal, unseal } from '../core/sealing';
import type { KeyRing } from '../infra/keys';

/** A look-up and the data key that seals what it carries. */
interface Bound {
  id: string;
  keyId: number;
}

/** Seals what a look-up carries, bound to its own number so that it cannot be moved to another one. */
export async function sealFor(keys: KeyRing, { id, keyId }: Bound, value: unknown): Promise<Buffer> {
  return seal(createSecretKey((await keys.byId(keyId)).bytes), JSON.stringify(value), Buffer.from(id));
}

/** @throws KopruError `record-tampered` */
export async function openFor<T>(keys: KeyRing, { id, keyId }: Bound, sealed: Uint8Array): Promise<T> {
  const text = unseal(createSecretKey((await keys.byId(keyId)).bytes), sealed, Buffer.from(id));
  if (text === undefined) throw new KopruError('record-tampered', 'A look-up does not open with its key, so it is not released.');
  return JSON.parse(text) as T;
}

/** What a caller's idempotency key is known by; the key itself might be a person's number. */
export async function repeatKeyOf(keys: KeyRing, scope: string, key: string): Promise<Buffer> {
  return keyedHash(createSecretKey((await keys.current(scope, 'log')).bytes), `repeat ${key}`);
}
