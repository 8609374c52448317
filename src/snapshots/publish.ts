import type { PoolClient } from 'pg';
import { KopruError } from '../core/errors';
import { type Database, transaction } from '../infra/db';
import { loadedDigest, snapshotDigest } from './digest';
import { type WriteCounts, writeWithoutDuplicates } from './duplicates';
import { attachLoaded, ensurePartition, publishLock } from './partition';
import { keepQuarantined } from './quarantined';
import { datasetNumber } from './store';
import { undoSnapshot } from './undo';

export interface Publication {
  dataset: string;
  runId: number;
  /** Which taking-up of the run this is: one that another process took over makes no snapshot. */
  attempt: number;
  /** The staging tables of a complete reading. */
  tables: { notes: string; seen: string; written: string; becomesPartition: boolean };
  /** The published version that the reading was compared with while it was staged; 0 for none. */
  base: number;
  sourceTime: Date;
  now: Date;
  /** The data key that sealed what is staged. */
  keyId: number;
  /** Hold the snapshot if more than this share of the records would vanish or change. */
  guardShare: number;
  /** Per field, the share of records without a value. */
  missing: Record<string, number>;
  /** A reason found before to hold it, such as drift. */
  holdReason?: string;
  /** The version that a first load's rows carry already. */
  loadVersion?: number;
  /** Whether what is not staged is gone; a replay only adds. */
  whole: boolean;
  /** Of a derived dataset: the snapshots that it was made of, by dataset. */
  inputs?: Readonly<Record<string, number>>;
}

export interface Published {
  version: number;
  status: 'published' | 'held';
  reason: string | null;
  /** Held because the source's shape drifted, whatever else. */
  drifted: boolean;
  records: number;
  added: number;
  changed: number;
  removed: number;
  quarantined: number;
  merged: number;
}

/** What a run made before its process was killed; undefined if it made no snapshot that still stands. */
export async function publishedBy(db: Database, runId: number): Promise<Published | undefined> {
  const row = await db.prisma.snapshot.findFirst({ where: { runId, status: { in: ['held', 'published'] } } });
  if (!row) return undefined;
  const { version, reason, records, added, changed, removed, quarantined } = row;
  const status = row.status as 'held' | 'published';
  return { version, status, reason, drifted: false, records, added, changed, removed, quarantined, merged: 0 };
}

/**
 * Makes a snapshot of what is staged, in one transaction: writes what changed, closes what changed or vanished,
 * and makes it visible at once, or holds it for an operator.
 * @throws KopruError `state-conflict` (retry) if another snapshot was published since the reading began.
 */
export async function publish(db: Database, job: Publication): Promise<Published> {
  const number = await datasetNumber(db, job.dataset);
  return transaction(db.pool, async (client) => {
    await client.query(`set local work_mem = '96MB'`);
    await client.query('select pg_advisory_xact_lock($1, $2)', [publishLock, number]);
    const mine = await client.query(`select 1 from run where id = $1 and status = 'running' and attempts = $2 for update`, [
      job.runId,
      job.attempt,
    ]);
    if (mine.rowCount === 0) throw new KopruError('cancelled', 'The run was cancelled or taken over, so it makes no snapshot.');
    const previous = await previousSnapshot(client, job.dataset);
    if (previous.current !== job.base) {
      throw overtaken(job.dataset);
    }
    if (previous.undecided !== null)
      await undoSnapshot(client, number, job.dataset, previous.undecided, 'superseded', `superseded by run ${job.runId}`);
    // Without statistics the comparison is planned for a handful of rows; a first load compares nothing.
    if (!job.tables.becomesPartition) await client.query(`analyze ${job.tables.notes}, ${job.tables.seen}, ${job.tables.written}`);
    const version = previous.newest + 1;
    if (job.tables.becomesPartition && job.loadVersion !== version) throw overtaken(job.dataset);
    // On another connection, while this one builds the indexes.
    const early = job.tables.becomesPartition ? loadedDigest(db.pool, job.tables.written) : undefined;
    early?.catch(() => undefined);
    const { merged, settled, ...counts } = await writeWithoutDuplicates(client, job, number, previous.records, () =>
      write(client, job, number, version, early),
    );
    const quarantined = await keepQuarantined(client, job);
    const guard = guardReason(counts, previous.records, job.guardShare);
    const reason = [job.holdReason, guard].filter((r) => r !== undefined).join('; ') || null;
    const status = reason === null ? 'published' : 'held';
    const { digest, records } = early && !settled ? await early : await snapshotDigest(client, number, version);
    await client.query(
      `insert into snapshot (dataset, version, status, run_id, source_time, created_at, published_at, records, added, changed, removed, quarantined, missing, digest, reason, inputs)
       values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)`,
      [
        job.dataset,
        version,
        status,
        job.runId,
        job.sourceTime,
        job.now,
        status === 'published' ? job.now : null,
        records,
        counts.added,
        counts.changed,
        counts.removed,
        quarantined,
        JSON.stringify(job.missing),
        digest,
        reason,
        job.inputs ? JSON.stringify(job.inputs) : null,
      ],
    );
    return { version, status, reason, drifted: job.holdReason !== undefined, records, ...counts, quarantined, merged };
  });
}

function overtaken(dataset: string): KopruError {
  return new KopruError('state-conflict', `Another snapshot of ${dataset} was made while this run was reading.`, {
    severity: 'retry',
    hint: 'Run it again.',
  });
}

async function previousSnapshot(
  client: PoolClient,
  dataset: string,
): Promise<{ current: number; newest: number; records: number; undecided: number | null }> {
  const { rows } = await client.query(
    `select coalesce(max(version), 0)::int as newest,
            coalesce(max(version) filter (where status = 'published'), 0)::int as current,
            max(version) filter (where status in ('pending', 'held')) as undecided
     from snapshot where dataset = $1`,
    [dataset],
  );
  const records = await client.query('select records from snapshot where dataset = $1 and version = $2', [dataset, rows[0].current]);
  return { ...rows[0], records: records.rows[0]?.records ?? 0 };
}

async function write(
  client: PoolClient,
  job: Publication,
  number: number,
  version: number,
  early?: Promise<unknown>,
): Promise<WriteCounts> {
  const { written, becomesPartition } = job.tables;
  if (becomesPartition) {
    const { rows } = await client.query(`select count(*)::int as n from ${written}`);
    await attachLoaded(client, number, written, early ?? Promise.resolve());
    return { added: rows[0].n, changed: 0, removed: 0 };
  }
  await ensurePartition(client, number);
  const close = async (text: string) => (await client.query(text, [number, version])).rowCount ?? 0;
  const changed = await close(
    `update record_version r set closed = $2 from ${written} w
     where r.dataset_id = $1 and r.closed is null and r.key_index = w.key_index`,
  );
  const removed = job.whole ? await closeVanished(client, job, number, version) : 0;
  // By key index, so that the index grows at its end and not at random.
  const inserted = await client.query(
    `insert into record_version (dataset_id, key_index, opened, hash, key_id, open, digests, sealed)
     select $1, key_index, $2, hash, $3, open, digests, sealed from ${written} order by key_index`,
    [number, version, job.keyId],
  );
  return { added: (inserted.rowCount ?? 0) - changed, changed, removed };
}

/** Closes what the reading did not see. The search is a query of its own, which the server may spread over its processes. */
async function closeVanished(client: PoolClient, job: Publication, number: number, version: number): Promise<number> {
  const { notes, seen, written } = job.tables;
  await client.query('drop table if exists vanished');
  // A statement that makes a table takes no parameters; the number is ours.
  await client.query(
    `create temp table vanished on commit drop as
     select r.id from record_version r where r.dataset_id = ${number} and r.closed is null and not exists (
       select 1 from (select key_index from ${seen} union all select key_index from ${written} union all select key_index from ${notes}) read
       where read.key_index = r.key_index)`,
  );
  const closed = await client.query('update record_version r set closed = $2 from vanished v where r.dataset_id = $1 and r.id = v.id', [
    number,
    version,
  ]);
  return closed.rowCount ?? 0;
}

function guardReason(counts: { changed: number; removed: number }, before: number, share: number): string | undefined {
  const touched = counts.changed + counts.removed;
  if (before === 0 || touched / before <= share) return undefined;
  const percent = (part: number) => `${((100 * part) / before).toFixed(1)}%`;
  return `${percent(counts.removed)} of ${before} records would vanish and ${percent(counts.changed)} change, more than ${percent(share * before)}`;
}
