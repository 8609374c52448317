import { createHash, randomBytes } from 'node:crypto';
import type { Database } from '../infra/db';

/** Makes a bearer token for a party. It is stored as its SHA-256 only, so this is the one time that it is seen. */
export async function issueToken(db: Database, party: string, now: Date): Promise<string> {
  const token = `kopru_${randomBytes(32).toString('base64url')}`;
  await db.prisma.partyToken.create({ data: { party, sha256: digest(token), createdAt: now } });
  return token;
}

/** The party a bearer token speaks for; undefined if it is unknown or revoked. */
export async function partyOfToken(db: Database, token: string): Promise<string | undefined> {
  // A digest of the presented token is looked up: no comparison that could leak by its time. Asked on every request, so in SQL.
  const { rows } = await db.pool.query('select party from party_token where sha256 = $1 and revoked_at is null', [digest(token)]);
  return rows[0]?.party;
}

/** Ends all tokens of a party at once. Returns how many. */
export async function revokeTokens(db: Database, party: string, now: Date): Promise<number> {
  return (await db.prisma.partyToken.updateMany({ where: { party, revokedAt: null }, data: { revokedAt: now } })).count;
}

function digest(token: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(createHash('sha256').update(token).digest());
}
