import type { Logger } from 'pino';
import type { Agreement } from '../agreements/language';
import type { AgreementState } from '../agreements/life';
import type { Clock } from '../core/clock';
import type { Database } from '../infra/db';
import type { KeyRing } from '../infra/keys';
import type { SourceConfig } from '../sources/configure/config';

/** What operations work with; wired in app.ts. */
export interface Broker {
  db: Database;
  keys: KeyRing;
  agreement: Agreement;
  /** The agreement's state now, from its recorded events. */
  state(): Promise<AgreementState>;
  /** How datasets are reached; a dataset without a source is not pulled. */
  sources: Readonly<Record<string, SourceConfig>>;
  clock: Clock;
  log: Logger;
  /** Tells the queue that a run's row is there. The row alone is enough: a sweep finds it. */
  announce(run: { id: number; attempts: number }): Promise<void>;
  intake: { threads: number; folder: string };
}

/** Who commands; people by name come with a later step. */
export type Operator = string;
