import { Secret, TOTP } from 'otpauth';
import { signInPolicy } from './policy';

const { digits, periodSeconds: period, drift: window, secretBytes } = signInPolicy.totp;

const isCode = new RegExp(`^[0-9]{${digits}}$`);
const codes = (secret: string, named: { issuer: string; label: string }) =>
  new TOTP({ ...named, algorithm: 'SHA1', digits, period, secret: Secret.fromBase32(secret) });

/** A new secret, in base32. */
export const newSecret = (): string => new Secret({ size: secretBytes }).base32;

/** The address from which an authenticator app takes the secret, mostly as a QR code. */
export const secretUri = (secret: string, named: { issuer: string; label: string }): string => codes(secret, named).toString();

/** The time step whose code this is, of those around now that come after the one that was used last; undefined if it is none (RFC 6238). */
export function stepOf(secret: string, code: string, { now, after }: { now: Date; after: number }): number | undefined {
  // The library compares bytes, and fails where a character has more than one.
  if (!isCode.test(code)) return undefined;
  const timestamp = now.getTime();
  const delta = codes(secret, { issuer: '', label: '' }).validate({ token: code, timestamp, window });
  const step = delta === null ? undefined : TOTP.counter({ period, timestamp }) + delta;
  return step !== undefined && step > after ? step : undefined;
}
