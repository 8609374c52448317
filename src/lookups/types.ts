import type { NamedRecord } from '../core/record';

/** What a look-up asks, sealed on its way. */
export interface LookupRequest {
  nationalId: string;
}

/** What came of it, sealed until it is delivered; only fields that were open when it was asked. */
export interface LookupAnswer {
  record: NamedRecord;
  /** As of when: the time of asking, or the stale snapshot's source time. */
  time: string;
  /** The snapshot that answered instead of the source. */
  snapshot?: number;
}

export type LookupStatus = 'queued' | 'running' | 'answered' | 'failed' | 'delivered' | 'expired';

/** A look-up's row, its sealed parts still closed. */
export interface LookupRow {
  id: string;
  party: string;
  dataset: string;
  person: number;
  purpose: string | null;
  caseRef: string | null;
  status: LookupStatus;
  keyed: boolean;
  keyId: number;
  /** How often a worker took it up. */
  attempts: number;
  request: Buffer | null;
  answer: Buffer | null;
  errorCode: string | null;
  /** The keyed index, under the log's own key, of whom it asks about: what the log's entries have in common. */
  subject: Buffer | null;
}
