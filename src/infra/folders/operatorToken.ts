import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { KopruError } from '../../core/errors';
import { asFolderError, ensureFolder } from '.';
import { createOnce } from './createOnce';

/** 32 bytes in base64url, or more. */
const wellFormed = /^[\w-]{43,200}$/;

/**
 * The token that opens the operators' listener, in a file of the data folder that only its owner reads. Made by the first
 * process that looks, and kept.
 */
export function operatorToken(dataFolder: string): string {
  const file = join(dataFolder, 'secrets/operator.token');
  const token = readOrMake(file);
  if (wellFormed.test(token)) return token;
  throw new KopruError('settings-invalid', `The file ${file} does not hold an operators’ token.`, {
    hint: 'Remove the file; the next start makes a new one.',
  });
}

function readOrMake(file: string): string {
  try {
    ensureFolder(dirname(file), 0o700);
    if (!existsSync(file)) createOnce(file, `${randomBytes(32).toString('base64url')}\n`);
    return readFileSync(file, 'utf8').trim();
  } catch (error) {
    throw asFolderError(dirname(file), error);
  }
}
