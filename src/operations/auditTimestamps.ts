import path from 'node:path';
import { allAnchors } from '../audit/anchor';
import { aboutOf, keepTimestamp, stamped, stampedBytes, timestampsIn } from '../audit/timestamps';
import { KopruError } from '../core/errors';
import type { Broker } from './broker';

/** How far a time-stamping authority (RFC 3161) proves the log, and when it said so. */
export interface TimestampedTo {
  seq: number;
  /** In UTC. */
  at: Date;
  /** The subject of the authority's certificate. */
  by: string;
}

type Anchored = Pick<Broker, 'db' | 'anchor'>;

/**
 * Has the newest exported checkpoint stamped by the authority that the settings name. Undefined where they name none, and where
 * it is stamped already.
 * @throws KopruError `timestamp-failed`
 */
export async function timestampNewest({ db, anchor }: Anchored): Promise<TimestampedTo | undefined> {
  const { timestamps: authority, folder } = anchor;
  if (!authority) return undefined;
  const { exported } = await allAnchors(db.pool, folder);
  const newest = [...exported].sort((a, b) => b.seq - a.seq)[0];
  if (!newest || stamped([newest], await timestampsIn(folder)).length > 0) return undefined;
  try {
    const { token, proven } = await authority.stamp(stampedBytes(newest));
    await keepTimestamp(folder, { about: aboutOf(newest), token });
    return { seq: newest.seq, ...proven };
  } catch (error) {
    if (error instanceof KopruError) throw error;
    throw new KopruError('timestamp-failed', `The checkpoint at entry ${newest.seq} got no timestamp: ${(error as Error).message}.`, {
      hint: 'The checkpoint itself is kept. It is tried again; if it stays so, check AUDIT_TIMESTAMP_URL and AUDIT_TIMESTAMP_CA_FILE.',
      cause: error,
    });
  }
}

/** `timestampNewest` for the schedule: after a failure it waits, since the schedule looks often. */
export function timestampPatiently(broker: Anchored & Pick<Broker, 'clock'>, waitMillis = 10 * 60_000): () => Promise<void> {
  let notBefore = 0;
  return async () => {
    const now = broker.clock().getTime();
    if (now < notBefore) return;
    notBefore = now + waitMillis;
    await timestampNewest(broker);
    notBefore = 0;
  };
}

/**
 * Holds all timestamps of checkpoints, those beside these files too, against the authority's certificates, and tells the furthest.
 * Undefined where there is none, or no authority is known.
 * @throws KopruError `audit-broken` naming the first that proves nothing
 */
export async function provenTimes({ db, anchor }: Anchored, files: readonly string[] = []): Promise<TimestampedTo | undefined> {
  const { timestamps: authority, folder } = anchor;
  if (!authority) return undefined;
  const { checkpoints } = await allAnchors(db.pool, folder, files);
  const folders = new Set([folder, ...files.map((file) => path.dirname(path.resolve(file)))]);
  const timestamps = (await Promise.all([...folders].map(timestampsIn))).flat();
  let furthest: TimestampedTo | undefined;
  for (const { checkpoint, token } of stamped(checkpoints, timestamps)) {
    const { seq } = checkpoint;
    const proven = await authority.prove(token, stampedBytes(checkpoint)).catch((cause: Error) => {
      throw new KopruError('audit-broken', `The timestamp of the checkpoint at entry ${seq} proves nothing: ${cause.message}.`, {
        hint: 'Check AUDIT_TIMESTAMP_CA_FILE, take an older copy of timestamps.ndjson, and find out who could write to it.',
        cause,
      });
    });
    if (!furthest || seq > furthest.seq) furthest = { seq, ...proven };
  }
  return furthest;
}
