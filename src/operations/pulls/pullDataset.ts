import { KopruError } from '../../core/errors';
import type { Run } from '../../infra/generated/client';
import { type Checkpoint, freshCheckpoint } from '../../intake/checkpoint';
import { driftReason, missingShares } from '../../intake/drift';
import { beginParts } from '../../intake/partRows';
import { pull, type Staged, usableCheckpoint } from '../../intake/pull';
import { openStaging, type Staging } from '../../intake/staging';
import { type Published, publish } from '../../snapshots/publish';
import { missingBefore } from '../../snapshots/store';
import type { Broker } from '../broker';
import { joinParts } from './joinParts';
import { planShares } from './split';
import type { Workspace } from './workspace';

/**
 * Pulls a dataset from its source into a snapshot: read, check, seal, stage, compare, publish or hold.
 * @returns undefined if the reading goes on in parts, after which the run is worked on again
 */
export function pullDataset(broker: Broker, run: Run, signal: AbortSignal): Promise<Published | undefined> {
  return broker.workspaces.use(run, async (space) => {
    const staging = await openStaging(broker.db.pool, run.id, { load: space.load, turn: { attempt: run.attempts } });
    const staged = run.parts === null ? await readWhole(broker, run, space, staging, signal) : await joinParts(broker, run, space, staging);
    if (staged === 'parts') return undefined;
    broker.log.info({ run: run.id, dataset: run.dataset, records: staged.stats.records }, 'source read');
    await requireStaged(staging, staged);
    // The readers' memory goes before the server wants its own for indexes and comparison.
    await space.readers.close();
    const published = await publish(broker.db, await publication(broker, run, space, staged));
    await staging.drop();
    return published;
  });
}

/** A server that crashed meanwhile has emptied what was staged: then what was read is not there to publish. */
async function requireStaged(staging: Staging, { staged }: Staged): Promise<void> {
  if ((await staging.count()) === staged) return;
  throw new KopruError('state-conflict', 'What was read is no longer all there, so it is read again.', { severity: 'retry' });
}

/** By this process alone, or, where that is worth it, in parts. */
async function readWhole(broker: Broker, run: Run, space: Workspace, staging: Staging, signal: AbortSignal): Promise<Staged | 'parts'> {
  const { db, clock } = broker;
  const base = space.before?.version ?? 0;
  const before = run.checkpoint as unknown as Checkpoint | null;
  // One without a page may have been written for a split that a crash prevented.
  const kept = before && (before.pages > 0 || before.pass > 1) ? before : null;
  const shares = kept ? undefined : await planShares(broker, space, signal);
  if (shares) {
    const point = freshCheckpoint(clock(), base, space.fields.length);
    await staging.clear(point);
    await beginParts(db.pool, run.id, shares);
    broker.log.info({ run: run.id, dataset: run.dataset, parts: shares.length }, 'reading goes on in parts');
    return 'parts';
  }
  const checkpoint = await usableCheckpoint(kept, staging, {
    base,
    fields: space.fields.length,
    now: clock(),
    maxHours: space.config.checkpointHours,
  });
  const { pages: source, readers, consistency } = space;
  return pull({ source, staging, readers, consistency, checkpoint, clock, signal });
}

async function publication({ db, agreement, clock }: Broker, run: Run, space: Workspace, staged: Staged) {
  const { before, fields } = space;
  const missing = missingShares(fields, staged.stats);
  const known = before && (await missingBefore(db, run.dataset, before.version));
  const drift = driftReason(fields, staged.stats, known, agreement.thresholds.drift.share);
  return {
    dataset: run.dataset,
    runId: run.id,
    attempt: run.attempts,
    tables: staged.tables,
    ...(space.load ? { loadVersion: space.load.version } : {}),
    base: before?.version ?? 0,
    sourceTime: staged.sourceTime,
    now: clock(),
    keyId: space.keyId,
    guardShare: agreement.thresholds.guard.share,
    missing,
    ...(drift ? { holdReason: drift } : {}),
    whole: true,
  };
}
