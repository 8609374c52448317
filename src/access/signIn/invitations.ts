import { Secret } from 'otpauth';
import type { Database } from '../../infra/db';
import { digest } from '../people/tokens';
import { signInPolicy } from './policy';
import type { SealedSecret } from './sealed';

type Invitations = { prisma: Pick<Database['prisma'], 'personInvitation'> };

/** 120 bits, which are 24 letters and digits without those that look alike. */
const codeBytes = 15;

/** What a person typed, as it was made: without hyphens and spaces, in capitals. */
const plain = (code: string) => code.replace(/[\s-]/g, '').toUpperCase();

/** An invitation that is good now; `pending` are the factors that wait for confirmation. */
export interface Invitation {
  id: number;
  personId: number;
  pending?: { password: string; totp: Uint8Array; keyId: number };
}

/** Invites a person; what was open before is void. The code is stored as its SHA-256 only, so this is the one time that it is seen. */
export async function addInvitation(
  db: Invitations,
  { personId, by, now }: { personId: number; by: string; now: Date },
): Promise<{ code: string; expiresAt: Date }> {
  const data = { endedAt: now, password: null, totp: null, keyId: null };
  await db.prisma.personInvitation.updateMany({ where: { personId, endedAt: null }, data });
  const code = new Secret({ size: codeBytes }).base32;
  const expiresAt = new Date(now.getTime() + signInPolicy.invitationMillis);
  await db.prisma.personInvitation.create({ data: { personId, sha256: digest(code), createdAt: now, expiresAt, by } });
  return { code: (code.match(/.{4}/g) ?? []).join('-'), expiresAt };
}

/** Whose invitation this code is; undefined if it is none, was used or made void, or has expired. */
export async function invitationOf(db: Invitations, code: string, now: Date): Promise<Invitation | undefined> {
  const row = await db.prisma.personInvitation.findFirst({ where: { sha256: digest(plain(code)), endedAt: null, expiresAt: { gt: now } } });
  if (!row) return undefined;
  const { id, personId, password, totp, keyId } = row;
  return { id, personId, ...(password !== null && totp !== null && keyId !== null && { pending: { password, totp, keyId } }) };
}

/** Keeps factors until they are confirmed, instead of those that waited before. False if the invitation has ended meanwhile. */
export async function keepPending(db: Invitations, { id }: Invitation, password: string, secret: SealedSecret): Promise<boolean> {
  return (await db.prisma.personInvitation.updateMany({ where: { id, endedAt: null }, data: { password, ...secret } })).count === 1;
}

/** Uses an invitation up. False if it has ended meanwhile, or other factors wait now. */
export async function useInvitation(db: Invitations, { id, pending }: Invitation, now: Date): Promise<boolean> {
  const where = { id, endedAt: null, password: pending?.password ?? null };
  const data = { endedAt: now, password: null, totp: null, keyId: null };
  return (await db.prisma.personInvitation.updateMany({ where, data })).count === 1;
}

/** Deletes invitations that expired before a time. */
export async function tidyInvitations(db: Invitations, before: Date): Promise<void> {
  await db.prisma.personInvitation.deleteMany({ where: { expiresAt: { lt: before } } });
}
