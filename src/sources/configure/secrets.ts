import { readFileSync } from 'node:fs';
import { KopruError } from '../../core/errors';

/** Where a secret stands: an environment variable, or a file of its own. */
export type Secret = { env: string } | { file: string };

/**
 * The secret's text, without the line end that editors leave behind.
 * @throws KopruError sources-invalid, saying where it should stand and never what it is
 */
export function readSecret(secret: Secret, env: NodeJS.ProcessEnv): string {
  const text = 'env' in secret ? env[secret.env] : read(secret.file);
  if (text === undefined) {
    const where = 'env' in secret ? `the environment variable ${secret.env} is not set` : `the file ${secret.file} cannot be read`;
    throw new KopruError('sources-invalid', where);
  }
  const value = text.replace(/[\r\n]+$/, '');
  const name = 'env' in secret ? `the environment variable ${secret.env}` : `the file ${secret.file}`;
  if (value === '') throw new KopruError('sources-invalid', `${name} is empty`);
  if (/[^\x20-\x7e\u00a0-\uffff]/.test(value)) throw new KopruError('sources-invalid', `${name} holds more than one line of text`);
  return value;
}

function read(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
