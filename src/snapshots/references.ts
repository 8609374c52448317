import { type Database, transaction } from '../infra/db';
import { publishLock } from './partition';

import { datasetNumber } from './store';

/** A year's reference of a dataset: its snapshot is kept, whatever its age. */
export interface YearReference {
  dataset: string;
  /** Of Europe/Istanbul. */
  year: number;
  version: number;
  runId: number;
  writtenAt: Date;
}

const told = { dataset: true, year: true, version: true, runId: true, writtenAt: true } as const;

/** References by dataset, newest year first. */
export async function yearReferences(db: Database, dataset?: string): Promise<YearReference[]> {
  return db.prisma.yearReference.findMany({
    ...(dataset === undefined ? {} : { where: { dataset } }),
    orderBy: [{ dataset: 'asc' }, { year: 'desc' }],
    select: told,
  });
}

/** The report of a year, or of the newest one; undefined if there is none. */
export async function storedReport(db: Database, dataset: string, year?: number): Promise<unknown> {
  const row = await db.prisma.yearReference.findFirst({
    where: { dataset, ...(year === undefined ? {} : { year }) },
    orderBy: { year: 'desc' },
    select: { report: true },
  });
  return row?.report;
}

/** The newest reference of an earlier year whose snapshot is older than this one. */
export async function referenceBefore(db: Database, dataset: string, year: number, version: number): Promise<YearReference | undefined> {
  const row = await db.prisma.yearReference.findFirst({
    where: { dataset, year: { lt: year }, version: { lt: version } },
    orderBy: { year: 'desc' },
    select: told,
  });
  return row ?? undefined;
}

/**
 * Makes a published snapshot the reference of its year, with the report on it, unless the year has one.
 * Under the lock of publication, so that the snapshot cannot expire meanwhile. Returns false if it is not published any more.
 */
export async function writeReference(db: Database, reference: YearReference & { report: object }): Promise<boolean> {
  const { dataset, year, version, runId, report, writtenAt } = reference;
  const number = await datasetNumber(db, dataset);
  return transaction(db.pool, async (client) => {
    await client.query('select pg_advisory_xact_lock($1, $2)', [publishLock, number]);
    const { rowCount } = await client.query(`select 1 from snapshot where dataset = $1 and version = $2 and status = 'published'`, [
      dataset,
      version,
    ]);
    if (rowCount === 0) return false;
    await client.query(
      `insert into year_reference (dataset, year, version, run_id, report, written_at) values ($1, $2, $3, $4, $5, $6)
       on conflict (dataset, year) do nothing`,
      [dataset, year, version, runId, JSON.stringify(report), writtenAt],
    );
    return true;
  });
}

/** Published snapshots of yearly runs, and of runs that a yearly slot joined, oldest first, with the time whose year they are for. */
export async function yearlySnapshots(db: Database, dataset: string): Promise<{ version: number; runId: number; at: Date }[]> {
  const { rows } = await db.pool.query(
    `select s.version, s.run_id as "runId", yearly.at from snapshot s
     join (
       select id, coalesce(slot_at, requested_at) as at from run where dataset = $1 and mode = 'yearly'
       union
       select run_id, at from slot where dataset = $1 and mode = 'yearly' and run_id is not null
     ) yearly on yearly.id = s.run_id
     where s.dataset = $1 and s.status = 'published' order by s.version, yearly.at`,
    [dataset],
  );
  return rows;
}
