import { randomBytes } from 'node:crypto';

/** What each agency asks of a caller. İŞKUR's listing and query share theirs. */
export interface Credentials {
  iskur: { username: string; password: string };
  emetip: { token: string };
  cts: { key: string };
}

export const apiKeyHeader = 'X-Api-Anahtari';

export function newCredentials(): Credentials {
  const secret = () => randomBytes(24).toString('base64url');
  return { iskur: { username: 'cgm-servis', password: secret() }, emetip: { token: secret() }, cts: { key: secret() } };
}

/** The value of the Authorization header that İŞKUR takes. */
export function basicHeader({ username, password }: Credentials['iskur']): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
}
