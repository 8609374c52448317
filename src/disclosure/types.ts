import type { Agreement } from '../agreements/language';
import type { AgreementState } from '../agreements/life';
import type { Clock } from '../core/clock';
import type { Courtesy } from '../core/courtesy';
import type { FieldValue } from '../core/record';
import type { Database } from '../infra/db';
import type { KeyRing } from '../infra/keys';
import type { Provenance } from './provenance';

/** What surfaces need to know of the rooms behind the door. */
export type { Agreement, Field } from '../agreements/language';
export type { SnapshotInfo } from '../snapshots/types';
export type { Provenance };

export interface DoorDeps {
  db: Database;
  keys: KeyRing;
  agreement: Agreement;
  /** The agreement's state now, from its recorded events. */
  state(): Promise<AgreementState>;
  clock: Clock;
  /** The datasets that look-ups are offered for, and how a caller waits for one. */
  lookups: { offered: ReadonlySet<string>; told(id: string, millis: number): Promise<void>; courtesy: Pick<Courtesy, 'begin'> };
}

/** Who asks, for what, and which request it is. */
export interface Asker {
  party: string;
  requestId: string;
  purpose?: string | undefined;
}

/** Which state of a dataset is read: a version, the newest published at a time, or the newest. */
export interface At {
  version?: number | undefined;
  time?: Date | undefined;
}

/** A page begins after the one that gave this `next`, and stays in its snapshot. */
export interface PageWish {
  after?: string | undefined;
  limit: number;
}

export type Released = Record<string, FieldValue>;

export interface Page<T> {
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
