import type { KeyObject } from 'node:crypto';
import type { Logger } from 'pino';
import type { Agreement } from '../agreements/language';
import type { AgreementState } from '../agreements/life';
import type { AuditLog } from '../audit/log';
import type { Clock } from '../core/clock';
import type { Database } from '../infra/db';
import type { KeyRing } from '../infra/keys';
import type { TimestampAuthority } from '../infra/timestamps';
import type { QueryConfig, SourceConfig } from '../sources/configure/config';
import type { Workspaces } from './pulls/workspace';
import type { Stops } from './runs/stopping';

/** What operations work with; wired in app.ts. */
export interface Broker {
  db: Database;
  keys: KeyRing;
  agreement: Agreement;
  /** The agreement's state now, from its recorded events. */
  state(): Promise<AgreementState>;
  /** How datasets are reached; a dataset without a source is not pulled. */
  sources: Readonly<Record<string, SourceConfig>>;
  /** By dataset, the query that look-ups of one person go to. */
  lookups: Readonly<Record<string, QueryConfig>>;
  clock: Clock;
  log: Logger;
  audit: AuditLog;
  anchor: AuditAnchor;
  intake: { threads: number; folder: string; turn: () => Promise<() => void> };
  stops: Stops;
  workspaces: Workspaces;
}

/** How the audit log is anchored outside the database. */
export interface AuditAnchor {
  /** Where checkpoints are exported to. */
  folder: string;
  /** The key that signs them. @throws KopruError `key-missing` */
  key(options: { create: boolean }): KeyObject;
  /** The file of the script that verifies evidence offline. */
  script: string;
  /** Who stamps checkpoints (RFC 3161), where the settings name one. */
  timestamps?: TimestampAuthority | undefined;
}

/** What the parts of a broker are themselves made from. */
export type BrokerBase = Omit<Broker, 'workspaces'>;

/** Who commands; people by name come with a later step. */
export type Operator = string;
