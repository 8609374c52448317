import type { Clock } from '../core/clock';
import { KopruError } from '../core/errors';
import type { Envelope, Place, RawPage, Share } from '../sources/page';
import { type Checkpoint, freshCheckpoint, nextPass, sourceMoved } from './checkpoint';
import type { ReadPage } from './reader';
import type { Batch, StagedTables, Staging } from './staging';
import { addStats, type PageStats } from './stats';
import type { ReaderPool } from './threads';

/** The part of a source that a pull needs: its pages in order, each read by `read` with the source's retries around it. */
export interface Pages {
  pages<T extends { envelope: Envelope }>(
    from: Place | undefined,
    read: (raw: RawPage, place: Place) => Promise<T>,
    signal: AbortSignal,
    share?: Share,
  ): AsyncIterable<{ place: Place; next: Place | undefined; result: T }>;
}

export type Consistency = 'version' | 'double-read' | 'single';

/** One reading of a source, or of a share of it. */
export interface Reading {
  source: Pages;
  staging: Pick<Staging, 'commit'>;
  readers: ReaderPool;
  clock: Clock;
  signal: AbortSignal;
  share?: Share;
}

export interface PullJob extends Reading {
  staging: Staging;
  consistency: Consistency;
  checkpoint: Checkpoint;
}

/** A complete reading of a source, waiting in staging for its comparison. */
export interface Staged {
  tables: StagedTables;
  /** Rows that must be in the tables. */
  staged: number;
  stats: PageStats;
  total?: number;
  version?: string;
  sourceTime: Date;
}

export const maxPasses = 4;
const batchBytes = 4 * 1024 * 1024;
const batchMillis = 1_000;

/**
 * Reads the whole of a source into staging, from its checkpoint on, until the reading is one state the source really had.
 * @throws KopruError `source-incomplete` or `source-changing` (both hold the run), `cancelled`, or what the source raised.
 */
export async function pull(job: PullJob): Promise<Staged> {
  let point = job.checkpoint;
  for (;;) {
    const settled = point.complete || (await readOnce(job, point));
    if (settled !== false) {
      point = settled === true ? point : settled;
      requireWhole(point);
      if (consistent(job.consistency, point)) return staged(job.staging.tables, point);
    }
    refuseMorePasses(point);
    point = nextPass(point, job.clock());
    await job.staging.clear(point);
  }
}

/** @throws KopruError `source-changing` if the source was read often enough */
export function refuseMorePasses(point: Checkpoint): void {
  if (point.pass < maxPasses) return;
  throw new KopruError(
    'source-changing',
    `The source changed during each of ${maxPasses} readings, so no state that it really had could be read.`,
    {
      hint: 'Pull at a quieter time, or ask the agency for a listing with a version.',
    },
  );
}

/** One reading from the checkpoint to the end; false if the source moved under it. Mutates `point` as pages arrive. */
export async function readOnce(job: Reading, point: Checkpoint): Promise<Checkpoint | false> {
  const numbers = new Map<string, number>();
  const read = (raw: RawPage, place: Place): Promise<ReadPage> => {
    const key = JSON.stringify(place);
    const number = numbers.get(key) ?? point.pages + numbers.size + 1;
    numbers.set(key, number);
    return job.readers.read({ ...raw, number });
  };
  let batch: Batch = { notes: [], seen: [], written: [] };
  let releases: (() => void)[] = [];
  let size = 0;
  let begun = job.clock().getTime();
  let writing: Promise<void> = Promise.resolve();
  const flush = async () => {
    // One batch is on its way while the next is read; its failure surfaces here.
    await writing;
    const done = releases;
    writing = job.staging.commit(batch, structuredClone(point)).finally(() => {
      for (const release of done) release();
    });
    writing.catch(() => undefined);
    batch = { notes: [], seen: [], written: [] };
    releases = [];
    size = 0;
    begun = job.clock().getTime();
  };

  try {
    for await (const { place, next, result } of job.source.pages(point.next, read, job.signal, job.share)) {
      if (sourceMoved(point, result.envelope)) {
        await writing;
        return false;
      }
      numbers.delete(JSON.stringify(place));
      take(point, result, next, job.clock());
      batch.notes.push(result.notes);
      batch.seen.push(result.seen);
      batch.written.push(result.written);
      if (result.release) releases.push(result.release);
      size += result.notes.length + result.seen.length + result.written.length;
      if (size >= batchBytes || job.clock().getTime() - begun >= batchMillis) await flush();
    }
  } finally {
    // What was read is kept, also when the source's limit, a fault or a stop ends the reading here.
    await flush();
    await writing;
  }
  if (job.signal.aborted) throw new KopruError('cancelled', 'The run was stopped; its checkpoint is kept.');
  return point;
}

function take(point: Checkpoint, page: ReadPage, next: Place | undefined, now: Date): void {
  const { total, version, time } = page.envelope;
  addStats(point.stats, page.stats);
  point.pages += 1;
  point.staged += page.stats.records + page.stats.refused;
  point.touchedAt = now.toISOString();
  if (next) {
    point.next = next;
  } else {
    delete point.next;
    point.complete = true;
  }
  if (total !== undefined) point.total ??= total;
  if (version !== undefined) point.version ??= version;
  if (time !== undefined) point.sourceTime ??= time;
}

export function requireWhole(point: Checkpoint): void {
  if (point.total === undefined || point.total === point.stats.records) return;
  throw new KopruError('source-incomplete', `The source says that it has ${point.total} records and gave ${point.stats.records}.`, {
    hint: 'The last good snapshot stays; pull again, and ask the agency if it stays so.',
  });
}

export function consistent(rule: Consistency, point: Checkpoint): boolean {
  // One answer is one state.
  if (rule === 'single' || point.pages <= 1) return true;
  if (rule === 'version' && point.version !== undefined) return true;
  return point.previousSum?.every((word, i) => word === point.stats.sum[i]) ?? false;
}

export function staged(tables: StagedTables, point: Checkpoint): Staged {
  return {
    tables,
    staged: point.staged,
    stats: point.stats,
    sourceTime: new Date(point.sourceTime ?? point.startedAt),
    ...(point.total === undefined ? {} : { total: point.total }),
    ...(point.version === undefined ? {} : { version: point.version }),
  };
}

/** The checkpoint to go on from: the run's own while it is young, rests on the same base and its rows are still there. */
export async function usableCheckpoint(
  kept: Checkpoint | null,
  staging: Staging,
  options: { base: number; fields: number; now: Date; maxHours: number },
): Promise<Checkpoint> {
  if (kept && kept.base === options.base && options.now.getTime() - new Date(kept.touchedAt).getTime() <= options.maxHours * 3_600_000) {
    if ((await staging.count()) === kept.staged) return kept;
  }
  const fresh = freshCheckpoint(options.now, options.base, options.fields);
  await staging.clear(fresh);
  return fresh;
}
