import { createSecretKey } from 'node:crypto';
import { decideParty } from '../access/decide';
import { whoOfPerson } from '../access/who';
import { datasetOf } from '../agreements/fields';
import type { AgreementState } from '../agreements/life';
import { istanbulDate } from '../core/dates';
import { asKopruError, type ErrorCode, KopruError } from '../core/errors';
import type { NamedRecord } from '../core/record';
import { keyedIndex } from '../core/sealing';
import { singleReader } from '../intake/single';
import { openFor, sealFor } from '../lookups/sealed';
import { claimLookup, expireLookups, finishLookup, handBack } from '../lookups/store';
import type { LookupAnswer, LookupRequest, LookupRow } from '../lookups/types';
import { openStored } from '../snapshots/open';
import { datasetNumber, publishedSnapshot, recordByKey } from '../snapshots/store';
import { answerPlan, createSource, type Query, type QueryConfig } from '../sources';
import { sourceLedger } from '../sources/ask/store';
import type { Broker } from './broker';
import { countSourceError } from './upkeep/sourceErrors';

/** Beyond what the source may take, before another worker takes a look-up up. */
const marginMillis = 15_000;
/** Somebody waits: one quick repeat instead of a pull's patience. */
const patience = { attempts: 2, firstSeconds: 0.1, maxSeconds: 0.5 };

/** Answers look-ups in this process. */
export interface LookupDesk {
  /** Asks the source what a look-up's row asks, and leaves the sealed answer in it. Safe to call for any look-up at any time. */
  answer(id: string, signal: AbortSignal): Promise<void>;
  close(): void;
}

type Asked = (nationalId: string, signal: AbortSignal) => Promise<NamedRecord | undefined>;

export function lookupDesk(broker: Broker): LookupDesk {
  const sources = new Map<string, { ask: Asked; close(): void }>();
  const sourceOf = (dataset: string): Asked => {
    const config = broker.lookups[dataset];
    if (!config) throw new KopruError('lookup-not-offered', `No query service is configured for ${dataset}.`);
    const opened = sources.get(dataset) ?? connect(broker, dataset, config);
    sources.set(dataset, opened);
    return opened.ask;
  };
  return {
    answer: async (id, signal) => {
      // Asked for meanwhile; what fails of it is the claimed look-up's outcome.
      const state = broker.state();
      state.catch(() => undefined);
      const row = await claimLookup(broker.db, id, broker.clock(), claimMillis(broker));
      if (!row?.request) return;
      const outcome = await answered(broker, row, state, sourceOf, signal).catch((error: unknown) => ({
        errorCode: asKopruError(error).code,
      }));
      // At shutdown another worker takes it up.
      if ('errorCode' in outcome && signal.aborted) return handBack(broker.db, row);
      if ('errorCode' in outcome)
        broker.log.info({ lookup: id, dataset: row.dataset, code: outcome.errorCode }, 'look-up without an answer');
      await finishLookup(broker.db, row, outcome, broker.clock());
    },
    close: () => {
      for (const { close } of sources.values()) close();
    },
  };
}

/** As long as the slowest source may take to answer every attempt. */
function claimMillis({ lookups }: Broker): number {
  const seconds = Math.max(0, ...Object.values(lookups).map(({ limits }) => limits.timeoutSeconds));
  return patience.attempts * seconds * 1000 + marginMillis;
}

/** One connection to a dataset's query service, kept open between look-ups; its daily limit is shared with pulls of the same source. */
function connect(broker: Broker, dataset: string, config: QueryConfig): { ask: Asked; close(): void } {
  const source = createSource(
    dataset,
    { ...config, retry: { ...config.retry, ...patience } },
    { ledger: sourceLedger(broker.db), clock: broker.clock },
  );
  if (source.kind !== 'query') throw new Error('a look-up goes to a query');
  const read = singleReader(datasetOf(broker.agreement, dataset), answerPlan(config), config.fields);
  return { ask: (id, signal) => askOne(source, id, read, signal), close: source.close };
}

async function askOne(
  source: Query,
  id: string,
  read: ReturnType<typeof singleReader>,
  signal: AbortSignal,
): Promise<NamedRecord | undefined> {
  async function* ids() {
    yield id;
  }
  for await (const answer of source.queries(ids(), async (raw, asked) => read(raw, asked), signal)) {
    if (answer.found) return answer.result.record;
    if (answer.refused) throw answer.refused;
  }
  return undefined;
}

async function answered(
  broker: Broker,
  row: LookupRow,
  state: Promise<AgreementState>,
  sourceOf: (dataset: string) => Asked,
  signal: AbortSignal,
): Promise<{ answer: Buffer } | { errorCode: ErrorCode }> {
  const { agreement, keys, clock } = broker;
  const { party, dataset } = row;
  const decision = decideParty(agreement, await state, {
    party,
    dataset,
    mode: 'instant',
    ...(row.purpose ? { purpose: row.purpose } : {}),
  });
  if (!decision.allow) return { errorCode: decision.code };
  const { nationalId } = await openFor<LookupRequest>(keys, row, row.request as Buffer);
  const reach = { stale: mayBeStale(broker, decision.grant), knows: knownTo(broker, row) };
  const found = await fromSource(broker, row, nationalId, sourceOf, signal, reach);
  if (!found) return { errorCode: 'source-not-found' };
  const record = Object.fromEntries(decision.fields.map((name) => [name, found.record[name] ?? null]));
  const answer: LookupAnswer = { time: clock().toISOString(), ...found, record };
  return { answer: await sealFor(keys, row, answer) };
}

/** A grant says so; an owner may read its own data in any state. */
function mayBeStale({ agreement }: Broker, grant: string): boolean {
  return agreement.grants[grant]?.staleAnswers ?? true;
}

/** Of whom the person who asked may know: to provincial staff, somebody of another province is nobody from the start. */
function knownTo({ db, agreement, clock }: Broker, { dataset, person }: LookupRow): (record: NamedRecord) => Promise<boolean> {
  // Found out while the source is asked.
  const asked = whoOfPerson(db, person, istanbulDate(clock()));
  asked.catch(() => undefined);
  const { scope } = datasetOf(agreement, dataset);
  return async (record) => {
    const province = (await asked)?.person.province;
    return province === undefined || (scope !== undefined && record[scope.province] === province);
  };
}

const down: readonly ErrorCode[] = ['source-unreachable', 'source-fault', 'source-limit'];

async function fromSource(
  broker: Broker,
  { dataset }: LookupRow,
  nationalId: string,
  sourceOf: (dataset: string) => Asked,
  signal: AbortSignal,
  { stale, knows }: { stale: boolean; knows(record: NamedRecord): Promise<boolean> },
): Promise<(Pick<LookupAnswer, 'record' | 'snapshot'> & Partial<LookupAnswer>) | undefined> {
  try {
    const record = await sourceOf(dataset)(nationalId, signal);
    return record && (await knows(record)) ? { record } : undefined;
  } catch (error) {
    const { code } = asKopruError(error);
    if (code.startsWith('source-')) await countSourceError(broker.db, dataset, code, broker.clock());
    const kept = stale && down.includes(code) ? await fromSnapshot(broker, dataset, nationalId) : undefined;
    if (!kept || !(await knows(kept.record))) throw error;
    return kept;
  }
}

/** The record as the newest snapshot has it; what it lacks is not "not found", for the source might know. */
async function fromSnapshot(broker: Broker, dataset: string, nationalId: string): Promise<LookupAnswer | undefined> {
  const { db, agreement, keys } = broker;
  const snapshot = await publishedSnapshot(db, dataset);
  if (!snapshot) return undefined;
  const indexKey = createSecretKey((await keys.current(agreement.id, 'index')).bytes);
  const stored = await recordByKey(db.pool, await datasetNumber(db, dataset), snapshot.version, keyedIndex(indexKey, nationalId));
  const [record] = stored ? await (await openStored(agreement, dataset, keys))([stored]) : [];
  return record && { record, time: snapshot.sourceTime.toISOString(), snapshot: snapshot.version };
}

/** Erases what is no longer needed of look-ups. */
export function tidyLookups({ db, clock }: Broker): Promise<void> {
  return expireLookups(db, clock());
}
