import { decidePull } from '../../access/decide';
import { applies } from '../../agreements/life';
import { operation } from '../../audit/entry';
import { appendWithin } from '../../audit/log';
import { KopruError } from '../../core/errors';
import type { Database } from '../../infra/db';
import type { Run, RunPart } from '../../infra/generated/client';
import type { Checkpoint } from '../../intake/checkpoint';
import { wholeOf } from '../../intake/parts';
import type { Broker, Operator } from '../broker';

export type RunKind = 'pull' | 'replay';
export type RunMode = 'manual' | 'periodic' | 'yearly' | 'instant';

/** Of runs that have not ended; a dataset has one such run at most. */
export const liveStatuses = ['queued', 'running', 'waiting'];

export interface RunWish {
  dataset: string;
  kind: RunKind;
  mode: RunMode;
  /** The slot of the schedule that it is for. */
  slotAt?: Date;
}

/** Whether such a run may be requested now. @throws KopruError that says why not */
export async function admitRun(broker: Broker, { dataset, kind, mode }: RunWish): Promise<void> {
  const { agreement } = broker;
  if (!Object.hasOwn(agreement.datasets, dataset)) throw unknownDataset(broker, dataset);
  const decision = decidePull(agreement, await broker.state(), dataset, mode === 'manual' ? undefined : mode);
  if (!decision.allow) throw new KopruError(decision.code, decision.message, { hint: decision.hint });
  if (kind === 'pull' && !broker.sources[dataset]) {
    throw new KopruError('sources-invalid', `No source is configured for ${dataset}.`, {
      hint: 'Add it to SOURCES_FILE; docs/sources.md shows how.',
    });
  }
}

/** Who requests a run, and when. */
interface Stamp {
  by: Operator;
  at: Date;
}

/** Writes an admitted request. Undefined where the dataset has a live run: a unique index admits one. */
export async function writeRun(tx: Pick<Database['prisma'], 'run'>, wish: RunWish, { by, at }: Stamp): Promise<Run | undefined> {
  const [run] = await tx.run.createManyAndReturn({ data: [{ ...wish, requestedBy: by, requestedAt: at }], skipDuplicates: true });
  return run;
}

/** Logs that a run was requested, as the last thing of the transaction that writes it. */
export async function logRun(tx: Pick<Database['prisma'], '$queryRawUnsafe'>, wish: RunWish, stamp: Stamp): Promise<void> {
  const { dataset, kind, mode } = wish;
  const command = kind === 'pull' ? 'sync' : 'quarantine replay';
  await appendWithin(tx, operation({ ...stamp, command, detail: mode === 'manual' ? { dataset } : { dataset, mode } }));
}

/**
 * Writes the request for a run; the row is the request, the queue is only told.
 * A live run of the same dataset is returned instead of a second one.
 */
export async function requestRun(broker: Broker, wish: RunWish, by: Operator): Promise<{ id: number; already: boolean }> {
  const { db, clock } = broker;
  await admitRun(broker, wish);
  const stamp = { by, at: clock() };
  const written = await db.prisma.$transaction(async (tx) => {
    const row = await writeRun(tx, wish, stamp);
    await logRun(tx, wish, stamp);
    return row;
  });
  // Who asks again for a run that rests wants it to go on now.
  if (!written) {
    await db.prisma.run.updateMany({ where: { dataset: wish.dataset, status: 'waiting' }, data: { resumeAt: clock() } });
    const live = await db.prisma.run.findFirst({ where: { dataset: wish.dataset, status: 'running' }, select: { id: true } });
    if (live) await db.prisma.runPart.updateMany({ where: { runId: live.id, status: 'waiting' }, data: { resumeAt: clock() } });
  }
  const run = written ?? (await db.prisma.run.findFirstOrThrow({ where: { dataset: wish.dataset }, orderBy: { id: 'desc' } }));
  return { id: run.id, already: !written };
}

export function unknownDataset({ agreement }: Pick<Broker, 'agreement'>, id: string): KopruError {
  return new KopruError('not-found', `The agreement ${agreement.id} has no dataset "${id}".`, {
    hint: `Datasets: ${Object.keys(agreement.datasets).join(', ')}.`,
  });
}

/** The datasets that a pull of all takes: those with a source that the host may pull now. */
export async function pullable(broker: Broker): Promise<string[]> {
  const state = await broker.state();
  return Object.keys(broker.agreement.datasets).filter((id) => broker.sources[id] && decidePull(broker.agreement, state, id).allow);
}

/** The same, where there must be at least one. @throws KopruError that says why there is none */
export async function allPullable(broker: Broker): Promise<string[]> {
  const found = await pullable(broker);
  if (found.length > 0) return found;
  const state = await broker.state();
  if (!applies(state)) {
    throw new KopruError('agreement-not-in-force', `The agreement ${broker.agreement.id} is ${state.status}, so nothing is pulled.`, {
      hint: 'Record its events with kopru agreement record.',
    });
  }
  throw new KopruError('sources-invalid', 'No dataset has a source that may be pulled.', {
    hint: 'Add sources to SOURCES_FILE; docs/sources.md shows how.',
  });
}

/** A run as people see it. Counts only; nothing of a person. */
export interface RunView {
  id: number;
  dataset: string;
  kind: string;
  mode: string;
  status: string;
  requestedAt: Date;
  startedAt: Date | null;
  finishedAt: Date | null;
  resumeAt: Date | null;
  records: number;
  total: number | null;
  quarantined: number;
  pass: number;
  /** Of a pull that is read in parts. */
  parts: { all: number; done: number } | null;
  unknownFields: { count: number; names: string[] };
  snapshot: number | null;
  error: { code: string; message: string; hint: string | null } | null;
}

export async function listRuns(
  db: Database,
  filter: { dataset?: string | undefined; datasets?: readonly string[]; limit?: number | undefined } = {},
): Promise<RunView[]> {
  const datasets = filter.dataset ? [filter.dataset] : filter.datasets && [...filter.datasets];
  const rows = await db.prisma.run.findMany({
    ...(datasets ? { where: { dataset: { in: datasets } } } : {}),
    orderBy: { id: 'desc' },
    take: filter.limit ?? 20,
  });
  return views(db, rows);
}

export async function runView(db: Database, id: number): Promise<RunView> {
  const row = await db.prisma.run.findUnique({ where: { id } });
  if (!row) throw new KopruError('not-found', `There is no run ${id}.`, { hint: 'List runs with kopru runs.' });
  return (await views(db, [row]))[0] as RunView;
}

/** Ends a run that has not ended; a running one stops at its next page. */
export async function cancelRun(broker: Broker, id: number, by: Operator): Promise<void> {
  const { db, clock } = broker;
  const at = clock();
  await db.prisma.$transaction(async (tx) => {
    const { count } = await tx.run.updateMany({
      where: { id, status: { in: liveStatuses } },
      data: { status: 'cancelled', finishedAt: at, errorCode: 'cancelled', errorMessage: `Cancelled by ${by}.` },
    });
    if (count === 0)
      throw new KopruError('state-conflict', `Run ${id} is not live, so there is nothing to cancel.`, {
        hint: 'List runs with kopru runs.',
      });
    await appendWithin(tx, operation({ at, by, command: 'runs cancel', detail: { run: id } }));
  });
}

async function views(db: Database, runs: Run[]): Promise<RunView[]> {
  const split = runs.filter((run) => run.parts !== null).map((run) => run.id);
  const parts = split.length === 0 ? [] : await db.prisma.runPart.findMany({ where: { runId: { in: split } } });
  return runs.map((run) =>
    view(
      run,
      parts.filter((part) => part.runId === run.id),
    ),
  );
}

function view(run: Run, parts: RunPart[]): RunView {
  const begun = run.checkpoint as unknown as Checkpoint | null;
  // A run whose parts that are left all rest is resting itself.
  const left = run.status === 'running' ? parts.filter((part) => part.status !== 'done') : [];
  const resting = left.length > 0 && left.every((part) => part.status === 'waiting') ? earliest(left) : undefined;
  const point = begun && parts.length > 0 ? wholeOf(checkpointsOf(parts), begun, true) : begun;
  return {
    id: run.id,
    dataset: run.dataset,
    kind: run.kind,
    mode: run.mode,
    status: resting ? 'waiting' : run.status,
    requestedAt: run.requestedAt,
    startedAt: run.startedAt,
    finishedAt: run.finishedAt,
    resumeAt: resting ?? run.resumeAt,
    records: point?.stats.records ?? 0,
    total: point?.total ?? null,
    quarantined: point?.stats.quarantined ?? 0,
    pass: point?.pass ?? 1,
    parts: parts.length > 0 ? { all: parts.length, done: parts.filter((part) => part.status === 'done').length } : null,
    unknownFields: point?.stats.unknown ?? { count: 0, names: [] },
    snapshot: run.snapshot,
    error: run.errorCode ? { code: run.errorCode, message: run.errorMessage ?? '', hint: run.errorHint } : null,
  };
}

function earliest(parts: readonly RunPart[]): Date | undefined {
  return parts.flatMap((part) => part.resumeAt ?? []).sort((a, b) => a.getTime() - b.getTime())[0];
}

function checkpointsOf(parts: readonly RunPart[]): Checkpoint[] {
  return parts.flatMap((part) => (part.checkpoint ? [part.checkpoint as unknown as Checkpoint] : []));
}
