import { decidePull } from '../../access/decide';
import type { Mode } from '../../agreements/language';
import { KopruError } from '../../core/errors';
import type { Run } from '../../infra/generated/client';
import { dropLeftStaging } from '../../intake/staging';
import { type Published, publishedBy } from '../../snapshots/publish';
import type { Broker } from '../broker';
import { pullDataset } from '../pulls/pullDataset';
import { replayDataset } from '../pulls/replayDataset';
import { reconcileIfDue } from '../reconcile';
import { keepMissingReferences } from '../reports/yearReport';
import { noteSourceError } from '../upkeep/sourceErrors';
import { underLock } from './held';
import { runLock } from './locks';
import { outcomeOf } from './retrying';
import { stoppable } from './stopping';

/**
 * Works on a run until it ends, waits, goes on in parts or is handed over. Safe to call for any run at any time, from any
 * process: a run that another process works on, or that has ended, is left alone.
 */
export async function executeRun(broker: Broker, runId: number, signal: AbortSignal): Promise<void> {
  await underLock(broker.db, runLock, runId, async (lost) => {
    const run = await begin(broker, runId);
    if (run) await stoppable(broker, runId, AbortSignal.any([signal, lost]), (inner) => execute(broker, run, inner));
  });
}

/** Takes a run up; undefined if there is nothing to do for it now. */
async function begin({ db, clock }: Broker, runId: number): Promise<Run | undefined> {
  const run = await db.prisma.run.findUnique({ where: { id: runId } });
  if (!run || !['queued', 'running', 'waiting'].includes(run.status)) return undefined;
  if (run.resumeAt && run.resumeAt > clock()) return undefined;
  if (run.parts !== null && (await db.prisma.runPart.count({ where: { runId, status: { not: 'done' } } })) > 0) return undefined;
  const begun = await db.prisma.run.updateMany({
    where: { id: runId, status: run.status, attempts: run.attempts },
    data: { status: 'running', startedAt: run.startedAt ?? clock(), attempts: { increment: 1 }, resumeAt: null },
  });
  return begun.count === 0 ? undefined : { ...run, status: 'running', attempts: run.attempts + 1 };
}

async function execute(broker: Broker, run: Run, signal: AbortSignal): Promise<void> {
  const log = broker.log.child({ run: run.id, dataset: run.dataset });
  log.info({ kind: run.kind, mode: run.mode, attempt: run.attempts }, 'run begins');
  try {
    await requireAllowed(broker, run);
    const outcome = (await publishedBy(broker.db, run.id)) ?? (await work(broker, run, signal));
    if (!outcome) return;
    if (run.mode === 'yearly' && outcome.status === 'published') await keepMissingReferences(broker, run.dataset);
    await end(broker, run, {
      status: outcome.status === 'published' ? 'succeeded' : 'held',
      snapshot: outcome.version,
      ...(outcome.status === 'held'
        ? {
            errorCode: outcome.drifted ? 'source-drift' : 'snapshot-held',
            errorMessage: `${outcome.reason}.`,
            errorHint: `Look at it with kopru diff ${run.dataset}, then kopru release or kopru reject.`,
          }
        : {}),
    });
    log.info({ snapshot: outcome.version, status: outcome.status, records: outcome.records }, 'run ends');
    await broker.workspaces.end(run.id);
    if (outcome.status === 'published') await reconcileIfDue(broker);
  } catch (thrown) {
    await fail(broker, run, thrown, signal);
  }
  await broker.workspaces.end(run.id);
}

/** @throws KopruError if the agreement or the grant does not allow the pull now */
export async function requireAllowed(broker: Broker, run: Run): Promise<void> {
  const decision = decidePull(broker.agreement, await broker.state(), run.dataset, modeOf(run));
  if (!decision.allow) throw new KopruError(decision.code, decision.message, { hint: decision.hint });
}

/** Undefined while the reading goes on in parts. */
function work(broker: Broker, run: Run, signal: AbortSignal): Promise<Published | undefined> {
  return run.kind === 'replay' ? replayDataset(broker, run) : pullDataset(broker, run, signal);
}

/** The mode in which a run pulls, where a schedule started it; an operator's pull is bound to none. */
function modeOf(run: Run): Mode | undefined {
  return run.mode === 'periodic' || run.mode === 'yearly' ? run.mode : undefined;
}

async function fail(broker: Broker, run: Run, thrown: unknown, signal: AbortSignal): Promise<void> {
  const outcome = outcomeOf(thrown, { failures: run.failures, now: broker.clock(), stopped: signal.aborted });
  const { error } = outcome;
  broker.log.warn({ run: run.id, dataset: run.dataset, code: error.code, err: thrown }, 'run stopped');
  await noteSourceError(broker, run.dataset, error);
  if (outcome.next === 'handOver') {
    await broker.db.prisma.run.updateMany({ where: mine(run), data: { status: 'queued' } });
  } else if (outcome.next === 'wait') {
    const { resumeAt, failures } = outcome;
    await broker.db.prisma.run.updateMany({
      where: mine(run),
      data: { status: 'waiting', resumeAt, failures, ...told(error) },
    });
  } else {
    await failRun(broker, run, error);
  }
}

/** Gives a run up: held if an operator is to decide, else failed. */
export async function failRun(broker: Broker, run: Run, error: KopruError): Promise<void> {
  await end(broker, run, { status: error.severity === 'hold' ? 'held' : 'failed', ...told(error) });
}

/** The run as this taking-up of it knows it: who lost it to another process changes nothing. */
function mine({ id, attempts }: Run) {
  return { id, attempts, status: 'running' };
}

function told({ code, message, hint }: KopruError) {
  return { errorCode: code, errorMessage: message, errorHint: hint ?? null };
}

async function end(
  broker: Broker,
  run: Run,
  data: {
    status: 'succeeded' | 'held' | 'failed';
    snapshot?: number;
    errorCode?: string;
    errorMessage?: string;
    errorHint?: string | null;
  },
): Promise<void> {
  const cleared = data.errorCode ? {} : { errorCode: null, errorMessage: null, errorHint: null };
  await broker.db.prisma.run.updateMany({ where: mine(run), data: { ...cleared, ...data, finishedAt: broker.clock() } });
  // What a run staged that made no snapshot is nobody's any more.
  if (data.snapshot === undefined) await dropLeftStaging(broker.db.pool);
}
