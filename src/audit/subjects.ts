import { keyedIndexer } from '../core/sealing';
import type { KeyRing } from '../infra/keys';

type Keys = Pick<KeyRing, 'current'>;

/** Under what records, and the log, find a person: keyed indexes of 16 bytes, under two keys. */
export interface Subjects {
  /** The index under which records of a national id are kept. */
  keyIndexOf(nationalId: string): Promise<Buffer>;
  /** Under what the log finds whom such indexes are of. */
  ofKeyIndexes(keyIndexes: readonly Buffer[]): Promise<Buffer[]>;
}

/** What a key needs is prepared once: it is asked for on every request. */
export function createSubjects(keys: Keys, agreementId: string): Subjects {
  const prepared = new Map<number, (text: string) => Uint8Array>();
  const under = async (purpose: 'index' | 'log') => {
    const key = await keys.current(agreementId, purpose);
    const indexOf = prepared.get(key.id) ?? keyedIndexer(key.bytes);
    prepared.set(key.id, indexOf);
    return indexOf;
  };
  return {
    keyIndexOf: async (nationalId) => Buffer.from((await under('index'))(nationalId)),
    ofKeyIndexes: async (keyIndexes) => {
      const indexOf = await under('log');
      return keyIndexes.map((one) => Buffer.from(indexOf(one.toString('hex'))));
    },
  };
}

/** Under what the log finds a person of a national id. */
export async function subjectOf(keys: Keys, agreementId: string, nationalId: string): Promise<Buffer> {
  const { keyIndexOf, ofKeyIndexes } = createSubjects(keys, agreementId);
  const [subject] = await ofKeyIndexes([await keyIndexOf(nationalId)]);
  return subject as Buffer;
}
