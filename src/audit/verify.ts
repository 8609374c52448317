import type { Pool } from 'pg';
import { beforeFirst, entryHash, sha256 } from './chain';
import { type Checkpoint, isGenuine, type TrustedKeys } from './checkpoint';
import { subjectBytes } from './entry';
import { readEntries, type StoredEntry } from './read';

/** What a verification found. */
export interface Verdict {
  /** How many entries are in order, from the first one on. */
  entries: number;
  /** The hash of the last of them. */
  hash: Buffer;
  /** The first entry that is not, by its number. */
  firstBad?: { seq: number; why: string };
  /** Up to here a signed checkpoint proves the log; 0: none does. */
  anchoredTo: number;
  /** Entries in order after that: whoever owns the database could have rewritten them. */
  unanchored: number;
}

/** What is known of the log outside the database. */
export interface Anchors {
  checkpoints: readonly Checkpoint[];
  keys: TrustedKeys;
}

/**
 * Goes through the log, after an entry that is known to be good, else from its beginning: every number, hash and column, and every
 * checkpoint on the way. Stops at the first entry that is bad.
 */
export async function verifyChain(
  pool: Pick<Pool, 'query'>,
  { checkpoints, keys }: Anchors,
  after?: { seq: number; hash: Buffer },
): Promise<Verdict> {
  const due = [...checkpoints].sort((a, b) => a.seq - b.seq);
  let entries = after?.seq ?? 0;
  let anchoredTo = entries;
  let hash = after?.hash ?? beforeFirst;
  const verdict = (firstBad?: Verdict['firstBad']): Verdict => ({
    entries,
    hash,
    ...(firstBad ? { firstBad } : {}),
    anchoredTo,
    unanchored: entries - anchoredTo,
  });
  let next = 0;
  const problemAt = (entry: StoredEntry): string | undefined => {
    for (let checkpoint = due[next]; checkpoint && checkpoint.seq <= entry.seq; next += 1, checkpoint = due[next]) {
      if (!isGenuine(checkpoint, keys)) return unproven(checkpoint);
      if (checkpoint.hash !== entry.hash.toString('hex')) return rewritten(checkpoint);
      anchoredTo = entry.seq;
    }
    return undefined;
  };
  for await (const batch of readEntries(pool, after?.seq)) {
    for (const entry of batch) {
      const expected = entries + 1;
      if (entry.seq > expected) return verdict({ seq: expected, why: 'is missing' });
      const why = wrongWith(entry, expected, hash) ?? problemAt(entry);
      if (why) return verdict({ seq: entry.seq, why });
      entries = entry.seq;
      hash = entry.hash;
    }
  }
  const ahead = due[next];
  return verdict(ahead && { seq: entries + 1, why: isGenuine(ahead, keys) ? cutBefore(ahead) : unproven(ahead) });
}

function wrongWith(entry: StoredEntry, expected: number, before: Buffer): string | undefined {
  if (entry.seq < expected) return 'is one too many';
  if (entry.subjects && entry.subjects.length % subjectBytes !== 0) return 'has subjects that are none';
  if (!entryHash(before, { ...entry, subjects: sha256(entry.subjects ?? '') }).equals(entry.hash))
    return 'does not fit its hash: its text, its subjects or its place was changed';
  return foreignColumn(entry);
}

/** The columns are copies of what the body says, and are searched by. */
function foreignColumn(entry: StoredEntry): string | undefined {
  let body: Record<string, unknown>;
  try {
    body = JSON.parse(entry.body);
  } catch {
    return 'is no JSON';
  }
  const names = ['kind', 'party', 'person', 'action', 'dataset', 'decision'] as const;
  const other = names.find((name) => entry[name] !== (body[name] ?? null)) ?? (entry.at.toISOString() === body.at ? undefined : 'at');
  return other && `has another ${other} in its column than in its text`;
}

function rewritten({ at }: Checkpoint): string {
  return `is not the one that the checkpoint of ${at} signed: the log was rewritten at it or before it`;
}

function unproven({ at, keyId }: Checkpoint): string {
  return `has a checkpoint of ${at} that no known key signed (it names the key ${keyId})`;
}

function cutBefore({ at, seq }: Checkpoint): string {
  return `is missing: by the checkpoint of ${at} the log had ${seq} entries`;
}
