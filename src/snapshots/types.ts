/** pending and held states are invisible to readers; a held one waits for an operator. */
export type SnapshotStatus = 'pending' | 'held' | 'published' | 'rejected' | 'superseded' | 'expired';

export interface SnapshotInfo {
  dataset: string;
  version: number;
  status: SnapshotStatus;
  runId: number;
  /** As of when the source's data are; UTC. */
  sourceTime: Date;
  createdAt: Date;
  publishedAt: Date | null;
  records: number;
  added: number;
  changed: number;
  removed: number;
  quarantined: number;
  /** SHA-256, hex. */
  digest: string;
  /** Of a derived dataset: the snapshots that it was made of, by dataset. */
  inputs: Readonly<Record<string, number>> | null;
  reason: string | null;
}

/** A stored version of a record, as sealed as it lies. */
export interface StoredRecord {
  id: bigint;
  keyIndex: Buffer;
  hash: Buffer;
  keyId: number;
  open: Record<string, unknown>;
  /** Null after erasure. */
  sealed: Buffer | null;
}

export type ChangeKind = 'added' | 'changed' | 'removed';
export type StoredChange = StoredRecord & { change: ChangeKind };
