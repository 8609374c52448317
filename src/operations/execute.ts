import type { PoolClient } from 'pg';
import { decidePull } from '../access/decide';
import { istanbulDate, istanbulMidnight } from '../core/dates';
import { asKopruError, KopruError } from '../core/errors';
import type { Run } from '../infra/generated/client';
import type { Broker } from './broker';
import { pullDataset } from './pullDataset';
import { replayDataset } from './replayDataset';

/** The class of advisory locks that a process holds on the run it works on; a killed process loses it at once. */
export const runLock = 71_002;
const maxFailures = 5;
const dayMillis = 24 * 3_600_000;

/**
 * Works on a run until it ends, waits or is handed over. Safe to call for any run at any time, from any process:
 * a run that another process works on, or that has ended, is left alone.
 */
export async function executeRun(broker: Broker, runId: number, signal: AbortSignal): Promise<void> {
  const holder = await broker.db.pool.connect();
  try {
    const { rows } = await holder.query('select pg_try_advisory_lock($1, $2) as mine', [runLock, runId]);
    if (!rows[0].mine) return;
    try {
      await execute(broker, runId, signal);
    } finally {
      await unlock(holder, runId);
    }
  } finally {
    holder.release();
  }
}

async function unlock(holder: PoolClient, runId: number): Promise<void> {
  // A connection that is gone has given its locks back.
  await holder.query('select pg_advisory_unlock($1, $2)', [runLock, runId]).catch(() => undefined);
}

async function execute(broker: Broker, runId: number, signal: AbortSignal): Promise<void> {
  const { db, clock } = broker;
  const run = await db.prisma.run.findUnique({ where: { id: runId } });
  if (!run || !['queued', 'running', 'waiting'].includes(run.status)) return;
  if (run.resumeAt && run.resumeAt > clock()) return;
  const begun = await db.prisma.run.updateMany({
    where: { id: runId, status: run.status },
    data: { status: 'running', startedAt: run.startedAt ?? clock(), attempts: { increment: 1 }, resumeAt: null },
  });
  if (begun.count === 0) return;
  const log = broker.log.child({ run: runId, dataset: run.dataset });
  log.info({ kind: run.kind, mode: run.mode, attempt: run.attempts + 1 }, 'run begins');
  try {
    const decision = decidePull(broker.agreement, await broker.state(), run.dataset);
    if (!decision.allow) throw new KopruError(decision.code, decision.message, { hint: decision.hint });
    const outcome = run.kind === 'replay' ? await replayDataset(broker, run) : await pullDataset(broker, run, signal);
    await end(broker, runId, {
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
  } catch (thrown) {
    await fail(broker, run, thrown, signal);
  }
}

async function fail(broker: Broker, run: Run, thrown: unknown, signal: AbortSignal): Promise<void> {
  const error = asKopruError(thrown);
  broker.log.warn({ run: run.id, dataset: run.dataset, code: error.code, err: thrown }, 'run stopped');
  if (signal.aborted) {
    // Ordered shutdown: the checkpoint is kept, and the next process goes on.
    await broker.db.prisma.run.updateMany({ where: { id: run.id, status: 'running' }, data: { status: 'queued' } });
    return;
  }
  const told = { errorCode: error.code, errorMessage: error.message, errorHint: error.hint ?? null };
  const failures = run.failures + 1;
  if (error.code === 'source-limit') {
    // The daily limit is no failure: the pull goes on after Istanbul's midnight (V.Ç.7).
    const tomorrow = istanbulMidnight(istanbulDate(new Date(broker.clock().getTime() + dayMillis)));
    await pause(broker, run.id, { ...told, resumeAt: tomorrow, failures: 0 });
  } else if (error.severity === 'retry' && failures < maxFailures) {
    await pause(broker, run.id, { ...told, failures, resumeAt: new Date(broker.clock().getTime() + 2 ** failures * 1000) });
  } else {
    await end(broker, run.id, { status: error.severity === 'hold' ? 'held' : 'failed', ...told });
  }
}

async function pause(
  broker: Broker,
  id: number,
  data: { resumeAt: Date; failures: number; errorCode: string; errorMessage: string; errorHint: string | null },
): Promise<void> {
  await broker.db.prisma.run.updateMany({ where: { id, status: 'running' }, data: { status: 'waiting', ...data } });
}

async function end(
  broker: Broker,
  id: number,
  data: {
    status: 'succeeded' | 'held' | 'failed';
    snapshot?: number;
    errorCode?: string;
    errorMessage?: string;
    errorHint?: string | null;
  },
): Promise<void> {
  const cleared = data.errorCode ? {} : { errorCode: null, errorMessage: null, errorHint: null };
  await broker.db.prisma.run.updateMany({ where: { id, status: 'running' }, data: { ...cleared, ...data, finishedAt: broker.clock() } });
}
