import { randomBytes } from 'node:crypto';
import type { Database } from '../../infra/db';
import { digest } from '../people/tokens';
import { signInPolicy } from './policy';

type Sessions = { prisma: Pick<Database['prisma'], 'personSession'> };

/** A session as it is shown: never its token. */
export interface SessionView {
  id: number;
  personId: number;
  createdAt: Date;
  /** When it was used last, to the minute. */
  seenAt: Date;
  /** When it ends if it is not used. */
  idleEndsAt: Date;
  endsAt: Date;
  /** When it was ended before its time. */
  endedAt: Date | null;
}

/** Begins a session. Its token is stored as its SHA-256 only, so this is the one time that it is seen. */
export async function beginSession(db: Sessions, personId: number, now: Date): Promise<{ token: string; idleEndsAt: Date; endsAt: Date }> {
  const { idleMillis, mostMillis } = signInPolicy.session;
  const token = `kopru_${randomBytes(32).toString('base64url')}`;
  const ends = { idleEndsAt: new Date(now.getTime() + idleMillis), endsAt: new Date(now.getTime() + mostMillis) };
  await db.prisma.personSession.create({ data: { personId, sha256: digest(token), createdAt: now, seenAt: now, ...ends } });
  return { token, ...ends };
}

const live = (now: Date) => ({ endedAt: null, idleEndsAt: { gt: now }, endsAt: { gt: now } });

/** Ends the session of a token; false if it is no live one. */
export async function endSession(db: Sessions, token: string, now: Date): Promise<boolean> {
  return (await db.prisma.personSession.updateMany({ where: { sha256: digest(token), ...live(now) }, data: { endedAt: now } })).count > 0;
}

/** Ends all live sessions of these people. Returns how many. */
export async function endSessions(db: Sessions, personIds: readonly number[], now: Date): Promise<number> {
  return (await db.prisma.personSession.updateMany({ where: { personId: { in: [...personIds] }, ...live(now) }, data: { endedAt: now } }))
    .count;
}

/** Sessions, newest first: of one person or of all; only live ones if a time is given. */
export function listSessions(db: Sessions, of: { personId?: number | undefined; liveAt?: Date | undefined }): Promise<SessionView[]> {
  return db.prisma.personSession.findMany({
    where: { ...(of.personId !== undefined && { personId: of.personId }), ...(of.liveAt && live(of.liveAt)) },
    orderBy: { id: 'desc' },
    omit: { sha256: true },
  });
}

/** Deletes sessions that ended before a time. */
export async function tidySessions(db: Sessions, before: Date): Promise<void> {
  await db.prisma.personSession.deleteMany({ where: { endsAt: { lt: before } } });
}
