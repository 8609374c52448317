import { type Clock, systemClock } from '../core/clock';
import { createClient } from './ask/client';
import { createAsk } from './ask/exchange';
import { createGate, type Ledger } from './ask/limits';
import { createPatience, type RetryNotice } from './ask/patience';
import { realSleep, type Sleep } from './ask/sleep';
import type { SourceConfig } from './configure/config';
import { createListing, type Listing } from './listing';
import { createQuery, type Query } from './query';

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
export type { Mapper } from './answer/mapping';
export { compileMapping } from './answer/mapping';
export type { UnknownFields } from './answer/unknown';
export { watchUnknown } from './answer/unknown';
export type { Ledger } from './ask/limits';
export type { RetryNotice } from './ask/patience';
export type { ListingConfig, QueryConfig, SourceConfig } from './configure/config';
export { type LoadedSources, loadSources } from './configure/load';
export type { ListedPage, Listing, ReadPage } from './listing';
export type { Envelope, Place, RawPage, Share } from './page';
export type { Query, QueryAnswer, ReadAnswer } from './query';
