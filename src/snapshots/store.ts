import type { Pool, PoolClient } from 'pg';
import { KopruError } from '../core/errors';
import { copyOutBytes } from '../infra/copy';
import type { Database } from '../infra/db';
import type { SnapshotInfo, StoredChange, StoredRecord } from './types';

/** The short number of a dataset; made on first use. */
export async function datasetNumber(db: Database, dataset: string): Promise<number> {
  const found = await db.prisma.datasetRow.findUnique({ where: { name: dataset } });
  if (found) return found.id;
  await db.prisma.datasetRow.createMany({ data: [{ name: dataset }], skipDuplicates: true });
  return (await db.prisma.datasetRow.findUniqueOrThrow({ where: { name: dataset } })).id;
}

/** Snapshots of a dataset (or of all), newest first, held and rejected ones included. */
export async function listSnapshots(db: Database, dataset?: string, limit = 100): Promise<SnapshotInfo[]> {
  const rows = await db.prisma.snapshot.findMany({
    ...(dataset ? { where: { dataset } } : {}),
    orderBy: [{ dataset: 'asc' }, { version: 'desc' }],
    take: limit,
  });
  return rows.map(info);
}

/**
 * The published snapshot of this version, the newest published one at a time, or the newest one; undefined if there is none,
 * or if that one has expired: an older one that is kept was not the state at that time.
 */
export async function publishedSnapshot(
  db: Database,
  dataset: string,
  at: { version?: number; time?: Date } = {},
): Promise<SnapshotInfo | undefined> {
  const row = await db.prisma.snapshot.findFirst({
    where: {
      dataset,
      status: { in: ['published', 'expired'] },
      ...(at.version === undefined ? {} : { version: at.version }),
      ...(at.time ? { publishedAt: { lte: at.time } } : {}),
    },
    orderBy: { version: 'desc' },
  });
  return row?.status === 'published' ? info(row) : undefined;
}

/** Asked at every reading, so planned once a connection, and however many snapshots there are. */
const newest = {
  name: 'newest-published',
  text: `select s.* from unnest($1::text[]) as asked (dataset), lateral (
           select dataset, version, status, run_id as "runId", source_time as "sourceTime", created_at as "createdAt",
                  published_at as "publishedAt", records, added, changed, removed, quarantined, digest, inputs, reason
           from snapshot where dataset = asked.dataset and status in ('published', 'expired') order by version desc limit 1
         ) s`,
};

/** The newest published snapshots of these datasets. */
export async function newestPublished(db: Database, datasets: readonly string[]): Promise<Map<string, SnapshotInfo>> {
  const { rows } = await db.reads.query<Parameters<typeof info>[0]>({ ...newest, values: [datasets] });
  return new Map(rows.flatMap((row) => (row.status === 'published' ? [[row.dataset, info(row)] as const] : [])));
}

/** Per field, the share of a snapshot's records that had no value when it was taken. */
export async function missingBefore(db: Database, dataset: string, version: number): Promise<Record<string, number>> {
  const row = await db.prisma.snapshot.findUniqueOrThrow({ where: { dataset_version: { dataset, version } }, select: { missing: true } });
  return row.missing as Record<string, number>;
}

export async function snapshotOf(db: Database, dataset: string, version: number): Promise<SnapshotInfo | undefined> {
  const row = await db.prisma.snapshot.findUnique({ where: { dataset_version: { dataset, version } } });
  return row ? info(row) : undefined;
}

function info(
  row: Omit<SnapshotInfo, 'digest' | 'status' | 'inputs'> & { digest: Uint8Array; status: string; inputs: unknown },
): SnapshotInfo {
  const { dataset, version, runId, sourceTime, createdAt, publishedAt, records, added, changed, removed, quarantined, reason } = row;
  const status = row.status as SnapshotInfo['status'];
  const digest = Buffer.from(row.digest).toString('hex');
  const inputs = row.inputs as SnapshotInfo['inputs'];
  return {
    dataset,
    version,
    status,
    runId,
    sourceTime,
    createdAt,
    publishedAt,
    records,
    added,
    changed,
    removed,
    quarantined,
    digest,
    inputs,
    reason,
  };
}

/** The columns of a stored record, of the row `r`. */
export const stored = 'r.id, r.key_index as "keyIndex", r.hash, r.key_id as "keyId", r.open, r.sealed';

/** SQL that is true of rows visible in a version, given as a parameter such as `$2`. */
export function visibleAt(version: string, row = 'r'): string {
  return `${row}.opened <= ${version} and (${row}.closed is null or ${row}.closed > ${version})`;
}

/** Stored versions of records by their numbers, in any order. */
export async function storedByIds(pool: Pool, number: number, ids: readonly bigint[]): Promise<StoredRecord[]> {
  const { rows } = await pool.query(`select ${stored} from record_version r where r.dataset_id = $1 and r.id = any($2)`, [number, ids]);
  return rows.map(withBigintId);
}

/** A page of a snapshot's records after the row with this id, by id. @throws KopruError `not-found` if it has expired */
export async function recordsPage(pool: Pool, number: number, version: number, after: bigint, limit: number): Promise<StoredRecord[]> {
  const { rows } = await pool.query({
    name: 'records-page',
    text: `select ${stored} from record_version r where r.dataset_id = $1 and r.id > $3 and ${visibleAt('$2')} order by r.id limit $4`,
    values: [number, version, after, limit],
  });
  await refuseExpired(pool, number, version);
  return rows.map(withBigintId);
}

/** One record of a snapshot by its key index; undefined if the snapshot has none. @throws KopruError `not-found` if it has expired */
export async function recordByKey(pool: Pool, number: number, version: number, keyIndex: Buffer): Promise<StoredRecord | undefined> {
  return (await recordsByKey(pool, number, version, [keyIndex]))[0];
}

/** The records of a snapshot with these key indexes, in their order. @throws KopruError `not-found` if it has expired */
export async function recordsByKey(
  pool: Pool,
  number: number,
  version: number,
  keyIndexes: readonly Buffer[],
): Promise<(StoredRecord | undefined)[]> {
  const { rows } = await pool.query({
    name: 'records-by-key',
    // Two index conditions instead of one predicate, so that both partial indexes serve. One statement sees one state: if it does not
    // see the snapshot marked as expired, it sees all of its records.
    text: `select e.dataset as "expired", r.* from
             (select (select d.name from snapshot s join dataset d on d.name = s.dataset
                      where d.id = $1 and s.version = $2 and s.status = 'expired') as dataset) e
           left join (
             select ${stored} from record_version r
               where r.dataset_id = $1 and r.key_index = any ($3::bytea[]) and r.closed is null and r.opened <= $2
             union all
             select ${stored} from record_version r
               where r.dataset_id = $1 and r.key_index = any ($3::bytea[]) and r.closed > $2 and r.opened <= $2
           ) r on true`,
    values: [number, version, keyIndexes],
  });
  if (rows[0].expired !== null) throw expired(rows[0].expired, version);
  const found = new Map<string, StoredRecord>();
  for (const { expired: _, ...row } of rows) if (row.id !== null) found.set(row.keyIndex.toString('hex'), withBigintId(row));
  return keyIndexes.map((keyIndex) => found.get(keyIndex.toString('hex')));
}

/**
 * Rows `r` that make up the difference between snapshots $2 and $3 of dataset $1: what is visible in the newer one and was opened
 * since, and what was visible in the older one and has no successor. `removed` carries the record as it last was. Of a changed
 * one, `old` is what it was.
 */
export const changedRows = (within: (row: string) => string = () => ''): string => `
  from record_version r
  left join lateral (
    select o.id, o.hash, o.open from record_version o
    where r.opened > $2 and o.dataset_id = $1 and o.key_index = r.key_index and o.closed is not null and ${visibleAt('$2', 'o')}${within('o')}
  ) old on true
  where r.dataset_id = $1 and (
    (r.opened > $2 and ${visibleAt('$3')} and (old.id is null or old.hash <> r.hash))
    or (${visibleAt('$2')} and r.closed <= $3 and not exists (
      select 1 from record_version n where n.dataset_id = $1 and n.key_index = r.key_index and n.opened > $2 and ${visibleAt('$3', 'n')}${within('n')}))
  )${within('r')}`;
export const changeKind = `case when r.opened <= $2 then 'removed' when old.id is null then 'added' else 'changed' end`;

/** A page of what differs between two snapshots, after the row with this id. @throws KopruError `not-found` if one has expired */
export async function changesPage(
  pool: Pool,
  number: number,
  from: number,
  to: number,
  after: bigint,
  limit: number,
): Promise<StoredChange[]> {
  const { rows } = await pool.query({
    name: 'changes-page',
    text: `select ${stored}, ${changeKind} as change ${changedRows()} and r.id > $4 order by r.id limit $5`,
    values: [number, from, to, after, limit],
  });
  await refuseExpired(pool, number, from, to);
  return rows.map(withBigintId);
}

/**
 * How many records differ between two snapshots. Versions that both show are left out before the two sides are joined,
 * so that a night's comparison is small and a year's is one join. @throws KopruError `not-found` if one has expired
 */
export async function changeCounts(
  pool: Pool,
  number: number,
  from: number,
  to: number,
): Promise<{ added: number; changed: number; removed: number }> {
  const { rows } = await pool.query(
    `select count(*) filter (where was.hash is null)::int as added, count(*) filter (where was.hash <> now.hash)::int as changed,
            count(*) filter (where now.hash is null)::int as removed
     from (select r.key_index, r.hash from record_version r where r.dataset_id = $1 and ${visibleAt('$2')} and r.closed <= $3) was
     full join (select r.key_index, r.hash from record_version r where r.dataset_id = $1 and r.opened > $2 and ${visibleAt('$3')}) now
       using (key_index)`,
    [number, from, to],
  );
  await refuseExpired(pool, number, from, to);
  return rows[0];
}

/**
 * A snapshot is marked as expired before its records are deleted: one that is not yet marked after it was read was read whole.
 * Asked after each page, so that an export under way is cut off and never ends early as if it were complete.
 */
export async function refuseExpired(pool: Pool, number: number, ...versions: number[]): Promise<void> {
  const { rows } = await pool.query({
    name: 'expired',
    text: `select s.dataset, s.version from snapshot s join dataset d on d.name = s.dataset
           where d.id = $1 and s.version = any ($2::int[]) and s.status = 'expired' limit 1`,
    values: [number, versions],
  });
  if (rows[0]) throw expired(rows[0].dataset, rows[0].version);
}

/** For a reader it is not there; a run that meets it goes on with a newer one. */
export function expired(dataset: string, version: number): KopruError {
  return new KopruError('not-found', `Snapshot ${version} of ${dataset} has expired: its records are no longer kept.`, {
    severity: 'retry',
    hint: 'List those that are kept with GET /v1/datasets/{dataset}/snapshots or kopru snapshots.',
  });
}

export function withBigintId<T extends { id: unknown }>(row: T): T & { id: bigint } {
  return { ...row, id: BigInt(row.id as string) };
}

/** Streams hash and key index of a snapshot's records, to recognise what is unchanged; a held snapshot after it does not count. */
export function snapshotHashes(client: PoolClient, number: number, version: number): AsyncGenerator<Buffer[]> {
  // COPY takes no parameters; both are numbers of ours.
  return copyOutBytes(
    client,
    `select r.hash, r.key_index from record_version r where r.dataset_id = ${number} and ${visibleAt(String(version))}`,
    2,
  );
}

/** One stored record for each different keyed index in a column of `digests` (1-based), of the current snapshot. */
export async function* oneRecordPerDigest(
  pool: Pool,
  number: number,
  version: number,
  column: number,
): AsyncGenerator<StoredRecord & { digest: Buffer }> {
  let after = Buffer.alloc(0);
  for (;;) {
    const { rows } = await pool.query(
      `select distinct on (r.digests[$3]) ${stored}, r.digests[$3] as digest from record_version r
       where r.dataset_id = $1 and ${visibleAt('$2')} and r.digests[$3] > $4 order by r.digests[$3] limit 1000`,
      [number, version, column, after],
    );
    for (const row of rows) yield withBigintId(row);
    if (rows.length < 1000) return;
    after = rows[rows.length - 1].digest;
  }
}

/** Open quarantined records as the source gave them, in batches, by their number. */
export async function* openQuarantine(
  db: Database,
  dataset: string,
): AsyncGenerator<{ id: number; keyId: number; fingerprint: Uint8Array; sealed: Uint8Array }[]> {
  for (let after = 0; ; ) {
    const rows = await db.prisma.quarantine.findMany({
      where: { dataset, status: 'open', kind: 'raw', id: { gt: after } },
      orderBy: { id: 'asc' },
      take: 1000,
      select: { id: true, keyId: true, fingerprint: true, sealed: true },
    });
    if (rows.length > 0) yield rows;
    if (rows.length < 1000) return;
    after = (rows[rows.length - 1] as { id: number }).id;
  }
}

export async function markReplayed(db: Database, ids: readonly number[], now: Date): Promise<void> {
  await db.prisma.quarantine.updateMany({ where: { id: { in: [...ids] }, status: 'open' }, data: { status: 'replayed', resolvedAt: now } });
}
