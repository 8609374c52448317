import { createSecretKey } from 'node:crypto';
import { KopruError } from '../../core/errors';
import { seal, unseal } from '../../core/sealing';
import type { KeyRing } from '../../infra/keys';

/** A secret as it is stored. */
export interface SealedSecret {
  totp: Uint8Array<ArrayBuffer>;
  /** The data key that sealed it. */
  keyId: number;
}

/** Bound to the person, so that it cannot be moved to another row. */
const context = (person: number) => Buffer.from(`totp\n${person}`);

/** Under the key that seals who people are. */
export async function sealSecret(keys: KeyRing, person: number, secret: string): Promise<SealedSecret> {
  const { id, bytes } = await keys.current('people', 'seal');
  return { totp: new Uint8Array(seal(createSecretKey(bytes), secret, context(person))), keyId: id };
}

/** @throws KopruError `record-tampered` */
export async function openSecret(keys: KeyRing, person: number, { totp, keyId }: { totp: Uint8Array; keyId: number }): Promise<string> {
  const { bytes } = await keys.byId(keyId);
  const secret = unseal(createSecretKey(bytes), totp, context(person));
  if (secret !== undefined) return secret;
  throw new KopruError('record-tampered', `The secret of person ${person} does not open with its key.`, {
    hint: 'Void it with kopru person reset, and find out who could write to the database.',
  });
}
