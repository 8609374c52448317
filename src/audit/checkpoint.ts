import { createPublicKey, type KeyObject, sign, verify } from 'node:crypto';
import { KopruError } from '../core/errors';
import { sha256 } from './chain';
import { canonical } from './entry';

/** A signed statement: at this time the log had so many entries, and this was the hash of the last one. */
export interface Checkpoint {
  agreement: string;
  seq: number;
  /** Hexadecimal. */
  hash: string;
  /** An instant, in UTC. */
  at: string;
  keyId: string;
  /** Ed25519 over `checkpointPrefix` and the canonical JSON of all the other members; in base64. */
  signature: string;
}

/** Public keys by their ids. */
export type TrustedKeys = ReadonlyMap<string, KeyObject>;

/** So that a signature of this key can never be taken for one of something else. */
const checkpointPrefix = 'kopru audit checkpoint\n';

/** Names a key, private or public: the first 16 hexadecimal digits of the SHA-256 of the public one (SPKI, DER). */
export function keyIdOf(key: KeyObject): string {
  const open = key.type === 'private' ? createPublicKey(key) : key;
  return sha256(open.export({ type: 'spki', format: 'der' }))
    .toString('hex')
    .slice(0, 16);
}

export function signCheckpoint(key: KeyObject, said: { agreement: string; seq: number; hash: Buffer; at: Date }): Checkpoint {
  const statement = { ...said, hash: said.hash.toString('hex'), at: said.at.toISOString(), keyId: keyIdOf(key) };
  return { ...statement, signature: sign(null, signedText(statement), key).toString('base64') };
}

/** Whether one of these keys signed it. */
export function isGenuine({ signature, ...statement }: Checkpoint, keys: TrustedKeys): boolean {
  const key = keys.get(statement.keyId);
  return key !== undefined && verify(null, signedText(statement), key, Buffer.from(signature, 'base64'));
}

export const checkpointLine = (checkpoint: Checkpoint): string => canonical(checkpoint);

/** Reads exported checkpoints, one JSON object a line. @throws KopruError `audit-broken` naming the line that is none */
export function readCheckpoints(text: string, where: string): Checkpoint[] {
  return text.split('\n').flatMap((line, i) => {
    if (line.trim() === '') return [];
    const read = parsed(line);
    if (!read)
      throw new KopruError('audit-broken', `Line ${i + 1} of ${where} is no checkpoint.`, {
        hint: 'Take an older copy of it, and find out who could write to it.',
      });
    return [read];
  });
}

function parsed(line: string): Checkpoint | undefined {
  try {
    const { agreement, seq, hash, at, keyId, signature } = JSON.parse(line) as Checkpoint;
    const texts = [agreement, hash, at, keyId, signature].every((text) => typeof text === 'string');
    return texts && Number.isSafeInteger(seq) && seq > 0 ? { agreement, seq, hash, at, keyId, signature } : undefined;
  } catch {
    return undefined;
  }
}

function signedText(statement: Omit<Checkpoint, 'signature'>): Buffer {
  return Buffer.from(checkpointPrefix + canonical(statement));
}
