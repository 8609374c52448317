import { createHash, randomBytes } from 'node:crypto';
import type { Database } from '../../infra/db';

type Tokens = { prisma: Pick<Database['prisma'], 'personToken'> };

/** A token as it is shown: never itself. */
export interface TokenView {
  id: number;
  personId: number;
  label: string;
  createdAt: Date;
  expiresAt: Date;
  revokedAt: Date | null;
}

/** Makes a person's own bearer token. It is stored as its SHA-256 only, so this is the one time that it is seen. */
export async function issuePersonToken(
  db: Tokens,
  { personId, label, expiresAt, by, now }: { personId: number; label: string; expiresAt: Date; by: string; now: Date },
): Promise<{ id: number; token: string }> {
  const token = `kopru_${randomBytes(32).toString('base64url')}`;
  const { id } = await db.prisma.personToken.create({ data: { personId, sha256: digest(token), label, createdAt: now, expiresAt, by } });
  return { id, token };
}

/** Ends all live tokens of these people at once. Returns how many. */
export async function revokePersonTokens(db: Tokens, personIds: readonly number[], now: Date): Promise<number> {
  const live = { personId: { in: [...personIds] }, revokedAt: null };
  return (await db.prisma.personToken.updateMany({ where: live, data: { revokedAt: now } })).count;
}

/** Ends one token at once; false if it was revoked before. */
export async function revokePersonToken(db: Tokens, id: number, now: Date): Promise<boolean> {
  return (await db.prisma.personToken.updateMany({ where: { id, revokedAt: null }, data: { revokedAt: now } })).count > 0;
}

/** Tokens, newest first: of one person or of all. */
export function listPersonTokens(db: Tokens, personId?: number): Promise<TokenView[]> {
  const select = { id: true, personId: true, label: true, createdAt: true, expiresAt: true, revokedAt: true };
  return db.prisma.personToken.findMany({ where: personId === undefined ? {} : { personId }, orderBy: { id: 'desc' }, select });
}

/** What is kept of a token. */
export function digest(token: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(createHash('sha256').update(token).digest());
}
