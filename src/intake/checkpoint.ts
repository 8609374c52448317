import type { Envelope, Place } from '../sources/page';
import { emptyStats, type PageStats } from './stats';

/** Where a pull stands, kept in the run's row. Holds no personal data but keyed indexes. */
export interface Checkpoint {
  startedAt: string;
  touchedAt: string;
  /** The published version that unchanged records were recognised by. */
  base: number;
  /** 1 for the first reading of the whole; a further one tells whether the source held still. */
  pass: number;
  /** The next place to read; absent at the beginning. */
  next?: Place;
  complete: boolean;
  pages: number;
  /** Rows in staging, to notice that a crash emptied it. */
  staged: number;
  stats: PageStats;
  total?: number;
  version?: string;
  sourceTime?: string;
  /** The sum of the reading before this one. */
  previousSum?: number[];
}

export function freshCheckpoint(now: Date, base: number, fields: number): Checkpoint {
  const at = now.toISOString();
  return { startedAt: at, touchedAt: at, base, pass: 1, complete: false, pages: 0, staged: 0, stats: emptyStats(fields) };
}

/** The next reading of the whole, after the present one or instead of it. */
export function nextPass(point: Checkpoint, now: Date): Checkpoint {
  const fresh = freshCheckpoint(now, point.base, point.stats.missing.length);
  return { ...fresh, startedAt: point.startedAt, pass: point.pass + 1, ...(point.complete ? { previousSum: point.stats.sum } : {}) };
}

/** Whether the source is another one than when the checkpoint was made: its version or its total differs. */
export function sourceMoved(point: Checkpoint, envelope: Envelope): boolean {
  return differs(point.version, envelope.version) || differs(point.total, envelope.total);
}

function differs<T>(before: T | undefined, now: T | undefined): boolean {
  return before !== undefined && now !== undefined && before !== now;
}
