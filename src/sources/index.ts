import { type Clock, systemClock } from '../core/clock';
import { createClient } from './client';
import type { SourceConfig } from './config';
import { createAsk } from './exchange';
import { createGate, type Ledger } from './limits';
import { createListing, type Listing } from './listing';
import { createPatience, type RetryNotice } from './patience';
import { createQuery, type Query } from './query';
import { realSleep, type Sleep } from './sleep';

export interface SourceDeps {
  /** Counts requests against the daily limit, durably. */
  ledger: Ledger;
  clock?: Clock;
  sleep?: Sleep;
  random?: () => number;
  env?: NodeJS.ProcessEnv;
  onRetry?: (notice: RetryNotice) => void;
}

interface Common {
  id: string;
  /** Closes the connections that are kept open. */
  close(): void;
}

/** A connected source: one that lists its records, or one that is asked id by id. */
export type Source = (Common & { kind: 'listing' } & Listing) | (Common & { kind: 'query' } & Query);

/**
 * Connects a dataset's source; nothing is sent yet. Pace, daily limit and breaker are shared by all that is asked through it.
 * @throws KopruError sources-invalid where a secret or certificate is missing
 */
export function createSource(id: string, config: SourceConfig, deps: SourceDeps): Source {
  const clock = deps.clock ?? systemClock;
  const sleep = deps.sleep ?? realSleep;
  const gate = createGate(id, config, { clock, sleep, ledger: deps.ledger });
  const client = createClient(config, gate, deps.env ?? process.env);
  const patience = createPatience(id, config, { sleep, random: deps.random ?? Math.random, onRetry: deps.onRetry });
  const asking = { ask: createAsk(config, client, clock), patience };
  const common = { id, close: client.close };
  return config.kind === 'listing'
    ? { ...common, kind: config.kind, ...createListing(config, asking) }
    : { ...common, kind: config.kind, ...createQuery(config, asking) };
}

export type { AnswerPlan } from './answer';
export { answerPlan, openPage } from './answer';
export type { ListingConfig, QueryConfig, SourceConfig, SourcesFile } from './config';
export type { Ledger } from './limits';
export type { ListedPage, Listing, ReadPage } from './listing';
export { loadSources } from './load';
export type { Mapper } from './mapping';
export { compileMapping } from './mapping';
export type { Envelope, Place, RawPage } from './page';
export type { RetryNotice } from './patience';
export type { Query, QueryAnswer, ReadAnswer } from './query';
export type { UnknownFields } from './unknown';
export { watchUnknown } from './unknown';
