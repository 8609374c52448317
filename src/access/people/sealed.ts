import { createSecretKey } from 'node:crypto';
import { KopruError } from '../../core/errors';
import { keyedIndex, seal, unseal } from '../../core/sealing';
import type { DataKey, KeyRing } from '../../infra/keys';

/** What says who somebody is; stored sealed, as one text. */
export interface PersonalFields {
  name: string;
  nationalId: string;
  title?: string;
  email?: string;
}

/** The keys of a party's people: to find them by national id and by e-mail address, and to seal what says who they are. */
export interface PeopleKeys {
  index: DataKey;
  email: DataKey;
  seal: DataKey;
}

/** Personnel are found under the agreement's own index key; they are sealed under a key of their own. */
export async function peopleKeys(keys: KeyRing, agreementId: string): Promise<PeopleKeys> {
  return { index: await keys.current(agreementId, 'index'), email: await emailKey(keys), seal: await keys.current('people', 'seal') };
}

/** Whoever signs in names no agreement. */
export const emailKey = (keys: KeyRing): Promise<DataKey> => keys.current('people', 'index');

export function idIndexOf({ index }: PeopleKeys, nationalId: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(keyedIndex(createSecretKey(index.bytes), nationalId));
}

/** Under what a person is found by e-mail address, in whatever case it is written; null if there is none. */
export function emailIndexOf(key: DataKey, email: string | undefined): Uint8Array<ArrayBuffer> | null {
  const plain = email?.normalize('NFC').trim().toLowerCase();
  return plain ? new Uint8Array(keyedIndex(createSecretKey(key.bytes), plain)) : null;
}

/** Bound to party and id, so that it cannot be moved to another row. */
const context = (party: string, idIndex: Uint8Array) => Buffer.concat([Buffer.from(`${party}\n`), idIndex]);

export function sealPersonal(keys: PeopleKeys, party: string, idIndex: Uint8Array, fields: PersonalFields): Uint8Array<ArrayBuffer> {
  return new Uint8Array(seal(createSecretKey(keys.seal.bytes), JSON.stringify(personalOf(fields)), context(party, idIndex)));
}

/** @throws KopruError `record-tampered` */
export function openPersonal(key: DataKey, row: { id: number; party: string; idIndex: Uint8Array; sealed: Uint8Array }): PersonalFields {
  const text = unseal(createSecretKey(key.bytes), row.sealed, context(row.party, row.idIndex));
  if (text !== undefined) return JSON.parse(text) as PersonalFields;
  throw new KopruError('record-tampered', `Person ${row.id} does not open with its key, so the name is not shown.`);
}

/** Just the personal fields, in one order. */
export function personalOf({ name, nationalId, title, email }: PersonalFields): PersonalFields {
  return { name, nationalId, ...(title !== undefined && { title }), ...(email !== undefined && { email }) };
}
