import { fieldPlan } from '../agreements/fields';
import type { Agreement } from '../agreements/language';
import { KopruError } from '../core/errors';
import type { Run } from '../infra/generated/client';
import type { Checkpoint } from '../intake/checkpoint';
import { driftReason, missingShares } from '../intake/drift';
import { emptyKnown, type KnownRecords, knownWriter } from '../intake/known';
import { type Consistency, type Pages, pull, usableCheckpoint } from '../intake/pull';
import { queryPages } from '../intake/queryPages';
import { type FirstLoad, openStaging } from '../intake/staging';
import { readerPool } from '../intake/threads';
import { hasPartition } from '../snapshots/partition';
import { type Published, publish } from '../snapshots/publish';
import { datasetNumber, listSnapshots, missingBefore, publishedSnapshot, snapshotHashes } from '../snapshots/store';
import type { SnapshotInfo } from '../snapshots/types';
import { answerPlan, createSource, type Source, type SourceConfig } from '../sources';
import { sourceLedger } from '../sources/ask/store';
import type { Broker } from './broker';
import { intakeKeys } from './intakeKeys';
import { knownIds } from './knownIds';

/** Pulls a dataset from its source into a snapshot: read, check, seal, stage, compare, publish or hold. */
export async function pullDataset(broker: Broker, run: Run, signal: AbortSignal): Promise<Published> {
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
  const load = await firstLoad(broker, run.dataset, number, keyId);
  const staging = await openStaging(db.pool, run.id, load);
  const checkpoint = await usableCheckpoint(run.checkpoint as unknown as Checkpoint | null, staging, {
    base: before?.version ?? 0,
    fields: plan.names.length,
    now: clock(),
    maxHours: config.checkpointHours,
  });
  const readers = readerPool(
    { dataset: run.dataset, definition, answer: answerPlan(config), fields: config.fields, keys, known },
    { ...broker.intake, pageSize: config.kind === 'query' ? 1 : config.limits.pageSize },
  );
  const source = createSource(run.dataset, config, {
    ledger: sourceLedger(db),
    clock,
    onRetry: (notice) => broker.log.warn({ run: run.id, ...notice }, 'source asked again'),
  });
  try {
    const staged = await pull({
      source: pagesOf(broker, run.dataset, source, plan.names.length, config),
      staging,
      readers,
      consistency: consistencyOf(config),
      checkpoint,
      clock,
      signal,
    });
    broker.log.info({ run: run.id, dataset: run.dataset, records: staged.stats.records }, 'source read');
    const missing = missingShares(plan.names, staged.stats);
    const drift = driftReason(
      plan.names,
      staged.stats,
      before && (await missingBefore(db, run.dataset, before.version)),
      agreement.thresholds.drift.share,
    );
    const published = await publish(db, {
      dataset: run.dataset,
      runId: run.id,
      tables: staged.tables,
      ...(load ? { loadVersion: load.version } : {}),
      base: before?.version ?? 0,
      sourceTime: staged.sourceTime,
      now: clock(),
      keyId,
      guardShare: agreement.thresholds.guard.share,
      missing,
      ...(drift ? { holdReason: drift } : {}),
      whole: true,
    });
    await staging.drop();
    return published;
  } finally {
    source.close();
    await readers.close();
  }
}

/** A dataset that has no part of the table yet is loaded straight into one. */
async function firstLoad(broker: Broker, dataset: string, number: number, keyId: number): Promise<FirstLoad | undefined> {
  if (await hasPartition(broker.db.pool, number)) return undefined;
  const [newest] = await listSnapshots(broker.db, dataset, 1);
  return { number, version: (newest?.version ?? 0) + 1, keyId };
}

function consistencyOf(config: SourceConfig): Consistency {
  // A query's answers are each a state of their own; there is no whole that could be torn.
  if (config.kind === 'query') return 'single';
  return config.consistency ?? (config.response.version ? 'version' : 'double-read');
}

function pagesOf(broker: Broker, dataset: string, source: Source, fields: number, config: SourceConfig): Pages {
  if (source.kind === 'listing') return source;
  if (config.kind !== 'query') throw new Error('a query source has a query configuration');
  return queryPages(source, (after) => knownIds(broker, dataset, config, after), fields);
}

async function loadKnown(broker: Broker, number: number, before: SnapshotInfo | undefined): Promise<KnownRecords> {
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
