import { KopruError } from '../../core/errors';
import type { Run, RunPart } from '../../infra/generated/client';
import { type Checkpoint, freshCheckpoint } from '../../intake/checkpoint';
import { readOnce } from '../../intake/pull';
import { openStaging } from '../../intake/staging';
import type { Share } from '../../sources/page';
import type { Broker } from '../broker';
import { readAnew } from '../pulls/joinParts';
import { noteSourceError } from '../upkeep/sourceErrors';
import { failRun, requireAllowed } from './execute';
import { underLock } from './held';
import { partLock } from './locks';
import { outcomeOf } from './retrying';
import { stoppable } from './stopping';

const hourMillis = 3_600_000;

/** Reads one part of a pull. Safe to call for any part at any time, from any process, like `executeRun`. */
export async function executePart(broker: Broker, partId: number, signal: AbortSignal): Promise<void> {
  await underLock(broker.db, partLock, partId, async (lost) => {
    const { db, clock } = broker;
    const part = await db.prisma.runPart.findUnique({ where: { id: partId } });
    const run = part && (await db.prisma.run.findUnique({ where: { id: part.runId } }));
    if (!run || !part || run.status !== 'running' || part.status === 'done') return;
    if (part.resumeAt && part.resumeAt > clock()) return;
    const begun = await db.prisma.runPart.updateMany({
      where: { id: partId, status: part.status, pass: part.pass, attempts: part.attempts },
      data: { status: 'running', attempts: { increment: 1 }, resumeAt: null },
    });
    if (begun.count === 0) return;
    const taken = { ...part, attempts: part.attempts + 1 };
    await stoppable(broker, run.id, AbortSignal.any([signal, lost]), async (inner) => {
      try {
        await requireAllowed(broker, run);
        await read(broker, run, taken, inner);
      } catch (thrown) {
        await fail(broker, run, taken, thrown, inner);
      }
    });
  });
}

async function read(broker: Broker, run: Run, part: RunPart, signal: AbortSignal): Promise<void> {
  const { db, clock } = broker;
  const mine = { id: part.id, pass: part.pass, attempts: part.attempts };
  let base = 0;
  const done = await broker.workspaces.use(run, async (space) => {
    const staging = await openStaging(db.pool, run.id, { load: space.load, turn: { attempt: part.attempts, part: mine } });
    base = space.before?.version ?? 0;
    const kept = part.checkpoint as unknown as Checkpoint | null;
    const old = kept && clock().getTime() - new Date(kept.touchedAt).getTime() > space.config.checkpointHours * hourMillis;
    const point = kept ?? { ...freshCheckpoint(clock(), base, space.fields.length), pass: part.pass };
    if (old || point.base !== base) return false;
    if (point.complete) return true;
    const { pages: source, readers } = space;
    return (await readOnce({ source, staging, readers, clock, signal, share: part.share as Share }, point)) !== false;
  });
  if (!done) {
    const whole = (await db.prisma.run.findUniqueOrThrow({ where: { id: run.id } })).checkpoint as unknown as Checkpoint;
    if (whole.pass === part.pass) await readAnew(broker, run.id, { ...whole, base, complete: false });
    return;
  }
  await db.prisma.runPart.updateMany({ where: { ...mine, status: 'running' }, data: { status: 'done', failures: 0, errorCode: null } });
}

async function fail(broker: Broker, run: Run, part: RunPart, thrown: unknown, signal: AbortSignal): Promise<void> {
  const { db } = broker;
  const mine = { id: part.id, pass: part.pass, attempts: part.attempts, status: 'running' };
  const outcome = outcomeOf(thrown, { failures: part.failures, now: broker.clock(), stopped: signal.aborted });
  broker.log.warn({ run: run.id, part: part.number, code: outcome.error.code, err: thrown }, 'part stopped');
  await noteSourceError(broker, run.dataset, outcome.error);
  if (outcome.next === 'handOver') {
    await db.prisma.runPart.updateMany({ where: mine, data: { status: 'queued' } });
  } else if (outcome.next === 'wait') {
    const { resumeAt, failures } = outcome;
    await db.prisma.runPart.updateMany({ where: mine, data: { status: 'waiting', resumeAt, failures, errorCode: outcome.error.code } });
  } else if (outcome.error.code !== 'cancelled') {
    // Whoever reads the part anew in another pass is not stopped by this one.
    const current = await db.prisma.runPart.count({ where: mine });
    const { code, message, hint, severity } = outcome.error;
    const told = new KopruError(code, `Part ${part.number} of ${run.parts}: ${message}`, { severity, ...(hint ? { hint } : {}) });
    if (current > 0) await failRun(broker, run, told);
  }
}
