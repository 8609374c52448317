import { randomBytes } from 'node:crypto';
import { type Algorithm, hash, parseOptions, verify } from '@node-rs/argon2';
import { KopruError } from '../../core/errors';
import { isCommon } from './common';
import { signInPolicy } from './policy';

const { least, most } = signInPolicy.password;
/** A shorter name in an e-mail address stands in many a good password. */
const tellingLength = 3;

/** A password in the form in which it is hashed: one form of each character, however the keyboard made it. */
export const normalised = (password: string): string => password.normalize('NFKC');

/**
 * A password that may be taken, in its normal form.
 * @throws KopruError `password-refused`, which never says the password
 */
export function acceptablePassword(typed: string, email: string | undefined): string {
  const password = normalised(typed);
  const length = [...password].length;
  if (length < least || length > most)
    throw refused(`The password must have ${least} to ${most} characters.`, 'Several words make a long one that is easily remembered.');
  if (isCommon(password))
    throw refused('The password is one of those that are tried first.', 'Take several words that do not belong together.');
  const own = email?.split('@')[0]?.toLowerCase() ?? '';
  if (own.length >= tellingLength && password.toLowerCase().includes(own))
    throw refused('The password holds the name in your e-mail address.', 'Take one that has nothing of it.');
  return password;
}

const refused = (what: string, hint: string) => new KopruError('password-refused', what, { hint });

/** Off the main thread, as everything here. What comes is a normal form. */
export function hashPassword(password: string): Promise<string> {
  // The library declares its algorithms as a const enum, which has no values where files are compiled one by one.
  return hash(password, { ...signInPolicy.argon2, algorithm: 2 satisfies Algorithm.Argon2id });
}

/** Whether it was hashed under other parameters than today's. */
export function isOutdated(encoded: string): boolean {
  const made = parseOptions(encoded);
  return Object.entries(signInPolicy.argon2).some(([name, value]) => made[name as keyof typeof made] !== value);
}

/** Holds a password against a hash, or with as much work against none. */
export async function passwordFits(encoded: string | undefined, typed: string): Promise<boolean> {
  nobodys ??= hashPassword(randomBytes(16).toString('hex'));
  const stored = encoded ?? (await nobodys);
  return (await verify(stored, normalised(typed))) && encoded !== undefined;
}

/** The hash of a password that nobody has. */
let nobodys: Promise<string> | undefined;
