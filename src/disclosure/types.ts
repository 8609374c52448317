import type { Who } from '../access/decide';
import type { Stated } from '../access/staff';
import type { Agreement } from '../agreements/language';
import type { AgreementState } from '../agreements/life';
import type { AuditLog } from '../audit/log';
import type { Subjects } from '../audit/subjects';
import type { Clock } from '../core/clock';
import type { Courtesy } from '../core/courtesy';
import type { Database } from '../infra/db';
import type { KeyRing } from '../infra/keys';
import type { SnapshotInfo } from '../snapshots/types';
import type { AskedFilter } from './filter';
import type { ReleasedValue } from './open';
import type { Provenance } from './provenance';
import type { Reads } from './reads';
import type { CountStatistic } from './statistics';
import type { Has, Tagged } from './tag';

/** What surfaces need to know of the rooms behind the door. */
export type { Agreement, Field } from '../agreements/language';
export type { Provenance, ReleasedValue, SnapshotInfo };

export interface DoorDeps {
  reads: Reads;
  subjects: Subjects;
  db: Database;
  keys: KeyRing;
  agreement: Agreement;
  /** The agreement's state now, from its recorded events. */
  state(): Promise<AgreementState>;
  clock: Clock;
  /** Written before anything is released. */
  audit: AuditLog;
  /** Counts for a party’s own use. */
  countStatistic: CountStatistic;
  /** The datasets that look-ups are offered for, and how a caller waits for one. */
  lookups: { offered: ReadonlySet<string>; told(id: string, millis: number): Promise<void>; courtesy: Pick<Courtesy, 'begin'> };
}

/** What most requests need, as it was when the request came. */
export interface Begun {
  state: AgreementState;
  /** The newest published snapshot of the dataset that the request is about. */
  newest?: { dataset: string; snapshot: SnapshotInfo | undefined };
}

/** Who asks, from where, for what, and which request it is. */
export interface Asker extends Stated {
  who: Who;
  /** What was looked up while it was found out who asks. */
  begun?: Begun | undefined;
  /** The address of the caller's end of the connection, or of what a trusted proxy says. */
  address: string;
  /** The client certificate of the connection: a valid one of the person's party, none, or any other. */
  certificate: 'own' | 'none' | 'foreign';
  requestId: string;
  /** Who the same caller is by now, for an answer that takes long; undefined if nobody any more. */
  still?: () => Promise<Pick<Asker, 'who' | 'certificate'> | undefined>;
  /** The caller's own key of this request: a repeat counts once. */
  repeatKey?: string | undefined;
  /** Is told what the answer says of quotas, as fields of a header. */
  heard?: (fields: Record<string, string>) => void;
}

/** Which state of a dataset is read: a version, the newest published at a time, or the newest. */
export interface At {
  version?: number | undefined;
  time?: Date | undefined;
}

/** Which records of a dataset are read; all if nothing is said. */
export interface Choosing {
  by?: AskedFilter | undefined;
  /** Only records that are new or other since this published snapshot. */
  changedSince?: number | undefined;
}

/** A page begins after the one that gave this `next`, and stays in its snapshot. */
export interface PageWish extends Has {
  after?: string | undefined;
  limit: number;
}

export type Released = Record<string, ReleasedValue>;

export interface Page<T> extends Tagged {
  provenance: Provenance;
  items: T[];
  /** Opaque; absent at the end. */
  next?: string;
}

/** What every answer says of the agreement itself. */
export interface Standing {
  agreement: Provenance['agreement'];
  notice: Provenance['notice'];
}
