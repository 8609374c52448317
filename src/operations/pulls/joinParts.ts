import type { Run } from '../../infra/generated/client';
import { type Checkpoint, nextPass } from '../../intake/checkpoint';
import { restartParts } from '../../intake/partRows';
import { differentStates, wholeOf } from '../../intake/parts';
import { consistent, refuseMorePasses, requireWhole, type Staged, staged } from '../../intake/pull';
import type { Staging } from '../../intake/staging';
import type { Broker } from '../broker';
import { inRanges } from './split';
import type { Workspace } from './workspace';

const hourMillis = 3_600_000;

/**
 * The reading that a run's parts make together. If it is not yet a state that the source really had, the parts are read anew.
 * @throws KopruError `source-incomplete` or `source-changing` (both hold the run)
 */
export async function joinParts(broker: Broker, run: Run, space: Workspace, staging: Staging): Promise<Staged | 'parts'> {
  const ranges = inRanges(space.config);
  const begun = run.checkpoint as unknown as Checkpoint;
  const parts = await broker.db.prisma.runPart.findMany({ where: { runId: run.id }, orderBy: { number: 'asc' } });
  const points = parts.map((part) => part.checkpoint as unknown as Checkpoint);
  const whole = wholeOf(points, begun, ranges);
  // A crash of the server empties what was staged.
  const kept = (await staging.count()) === whole.staged;
  // Parts that were compared with another snapshot than the one that stands now, or long ago, are not this state's.
  const base = space.before?.version ?? 0;
  const oldest = broker.clock().getTime() - space.config.checkpointHours * hourMillis;
  if (points.some((point) => point.base !== base || new Date(point.touchedAt).getTime() < oldest)) {
    await readAnew(broker, run.id, { ...whole, base, complete: false });
    return 'parts';
  }
  if (kept && !differentStates(points, ranges)) {
    if (!ranges) for (const point of points) requireWhole(point);
    requireWhole(whole);
    if (consistent(space.consistency, whole)) return staged(staging.tables, whole);
  }
  await readAnew(broker, run.id, kept ? whole : { ...whole, complete: false });
  return 'parts';
}

/**
 * Has all parts read again, once for each pass, whoever notices the need first.
 * `point` is the reading that is given up; a complete one is what the next is compared with.
 */
export async function readAnew(broker: Broker, runId: number, point: Checkpoint): Promise<void> {
  refuseMorePasses(point);
  const next = nextPass(point, broker.clock());
  await restartParts(broker.db.pool, runId, next);
  broker.log.info({ run: runId, pass: next.pass }, 'the parts are read anew');
}
