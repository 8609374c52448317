import { createPrivateKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { KopruError } from '../core/errors';
import { asFolderError, ensureFolder } from './folders';
import { createOnce } from './folders/createOnce';

/**
 * The Ed25519 key that signs the audit log's checkpoints, as PEM in a file of its own (0600), never in the database.
 * @throws KopruError `key-missing` if the file is missing and may not be made, or holds no such key
 */
export function auditKey(file: string, options: { create: boolean }): KeyObject {
  if (!existsSync(file)) {
    if (!options.create)
      throw new KopruError('key-missing', `The file ${file} with the key that signs audit checkpoints is missing.`, {
        hint: 'Restore it. If it is lost, kopru audit checkpoint --new-key begins with a new one; older checkpoints stay proven by their public key.',
      });
    try {
      ensureFolder(path.dirname(file), 0o700);
      createOnce(file, generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString());
    } catch (error) {
      throw asFolderError(path.dirname(file), error);
    }
  }
  try {
    const key = createPrivateKey(readFileSync(file));
    if (key.asymmetricKeyType === 'ed25519') return key;
  } catch {
    // Told below.
  }
  throw new KopruError('key-missing', `The file ${file} holds no private Ed25519 key in PEM.`, { hint: 'Restore the right file.' });
}
