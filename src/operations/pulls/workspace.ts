import { fieldPlan } from '../../agreements/fields';
import type { Agreement } from '../../agreements/language';
import { type ErrorCode, KopruError } from '../../core/errors';
import type { Run } from '../../infra/generated/client';
import { emptyKnown, type KnownRecords, knownWriter } from '../../intake/known';
import type { Consistency, Pages } from '../../intake/pull';
import { queryPages } from '../../intake/queryPages';
import type { FirstLoad } from '../../intake/staging';
import { type ReaderPool, readerPool } from '../../intake/threads';
import { hasPartition } from '../../snapshots/partition';
import { datasetNumber, listSnapshots, publishedSnapshot, snapshotHashes } from '../../snapshots/store';
import type { SnapshotInfo } from '../../snapshots/types';
import { answerPlan, createSource, type Source, type SourceConfig } from '../../sources';
import { sourceLedger } from '../../sources/ask/store';
import type { BrokerBase } from '../broker';
import { countSourceError } from '../upkeep/sourceErrors';
import { intakeKeys } from './intakeKeys';
import { knownIds } from './knownIds';

/** What a pull works with: the source, the records of before, threads that read. One process's parts of a run share it. */
export interface Workspace {
  config: SourceConfig;
  fields: readonly string[];
  /** The snapshot that unchanged records are recognised by. */
  before: SnapshotInfo | undefined;
  keyId: number;
  load: FirstLoad | undefined;
  readers: ReaderPool;
  pages: Pages;
  consistency: Consistency;
}

export interface Workspaces {
  /** Lends the run's workspace; it is kept for a moment after its last use, for the run's next part. */
  use<T>(run: Pick<Run, 'id' | 'dataset'>, work: (space: Workspace) => Promise<T>): Promise<T>;
  /** Gives a run's workspace up at once. */
  end(runId: number): Promise<void>;
  close(): Promise<void>;
}

type Opened = Workspace & { close(): Promise<void> };

/** Loading a million hashes takes a second, so a part's successor finds them; but a finished run's memory is wanted back. */
const keptMillis = 3_000;

export function createWorkspaces(broker: BrokerBase): Workspaces {
  const kept = new Map<number, { space: Promise<Opened>; users: number; timer?: NodeJS.Timeout }>();
  const end = async (runId: number) => {
    const entry = kept.get(runId);
    kept.delete(runId);
    clearTimeout(entry?.timer);
    await (await entry?.space.catch(() => undefined))?.close();
  };
  return {
    use: async (run, work) => {
      // Another run's leftovers go first: two tables of known records are not held at once for nothing.
      for (const [id, entry] of kept) if (id !== run.id && entry.users === 0) await end(id);
      const entry = kept.get(run.id) ?? { space: open(broker, run), users: 0 };
      kept.set(run.id, entry);
      // One that could not be opened is opened anew the next time.
      entry.space.catch(() => kept.get(run.id) === entry && kept.delete(run.id));
      clearTimeout(entry.timer);
      entry.users += 1;
      try {
        return await work(await entry.space);
      } finally {
        entry.users -= 1;
        if (entry.users === 0) entry.timer = setTimeout(() => void end(run.id), keptMillis).unref();
      }
    },
    end,
    close: async () => {
      await Promise.all([...kept.keys()].map(end));
    },
  };
}

async function open(broker: BrokerBase, run: Pick<Run, 'id' | 'dataset'>): Promise<Opened> {
  const { db, agreement, clock } = broker;
  const config = broker.sources[run.dataset];
  if (!config)
    throw new KopruError('sources-invalid', `No source is configured for ${run.dataset}.`, {
      hint: 'Add it to SOURCES_FILE; docs/sources.md shows how.',
    });
  const definition = agreement.datasets[run.dataset] as Agreement['datasets'][string];
  const plan = fieldPlan(definition);
  const number = await datasetNumber(db, run.dataset);
  const before = await publishedSnapshot(db, run.dataset);
  const { keys, keyId } = await intakeKeys(broker, run.dataset);
  const known = await loadKnown(broker, number, before);
  const readers = readerPool(
    { dataset: run.dataset, definition, answer: answerPlan(config), fields: config.fields, keys, known },
    { ...broker.intake, pageSize: config.kind === 'query' ? 1 : config.limits.pageSize },
  );
  const source = createSource(run.dataset, config, {
    ledger: sourceLedger(db),
    clock,
    onRetry: (notice) => {
      broker.log.warn({ run: run.id, ...notice }, 'source asked again');
      void countSourceError(db, run.dataset, notice.code as ErrorCode, clock()).catch(() => undefined);
    },
  });
  return {
    config,
    fields: plan.names,
    before,
    keyId,
    load: await firstLoad(broker, run.dataset, number, keyId),
    readers,
    pages: pagesOf(broker, run.dataset, source, plan.names.length, config),
    consistency: consistencyOf(config),
    close: async () => {
      source.close();
      await readers.close();
    },
  };
}

/** A dataset that has no part of the table yet is loaded straight into one. */
async function firstLoad(broker: BrokerBase, dataset: string, number: number, keyId: number): Promise<FirstLoad | undefined> {
  if (await hasPartition(broker.db.pool, number)) return undefined;
  const [newest] = await listSnapshots(broker.db, dataset, 1);
  return { number, version: (newest?.version ?? 0) + 1, keyId };
}

function consistencyOf(config: SourceConfig): Consistency {
  // A query's answers are each a state of their own; there is no whole that could be torn.
  if (config.kind === 'query') return 'single';
  return config.consistency ?? (config.response.version ? 'version' : 'double-read');
}

function pagesOf(broker: BrokerBase, dataset: string, source: Source, fields: number, config: SourceConfig): Pages {
  if (source.kind === 'listing') return source;
  if (config.kind !== 'query') throw new Error('a query source has a query configuration');
  return queryPages(source, (after) => knownIds(broker, dataset, config, after), fields);
}

async function loadKnown(broker: BrokerBase, number: number, before: SnapshotInfo | undefined): Promise<KnownRecords> {
  const known = emptyKnown(before?.records ?? 0);
  if (!before) return known;
  const write = knownWriter(known);
  const client = await broker.db.pool.connect();
  try {
    for await (const [hash, keyIndex] of snapshotHashes(client, number, before.version)) write(hash as Buffer, keyIndex as Buffer);
  } finally {
    client.release();
  }
  return known;
}
