import fc from 'fast-check';
import { decideHeld } from '../../src/snapshots/decide';
import { snapshotDigest } from '../../src/snapshots/digest';
import { deleteExpired, deleteSettled, expireSnapshots } from '../../src/snapshots/expire';
import { publishLock } from '../../src/snapshots/partition';

import { changeCounts, changesPage, listSnapshots, publishedSnapshot, recordByKey, recordsPage } from '../../src/snapshots/store';
import { type TestDatabase, testDatabase } from '../support/database';
import { until } from '../support/until';
import { dataset, type Row, shows, type Version, writeHistory } from './support';

let database: TestDatabase;
beforeAll(async () => {
  database = await testDatabase();
});
afterEach(() => database.db.pool.query('truncate record_version, snapshot, year_reference, installation, quarantine'));
afterAll(() => database.drop());

/** Version n was published on day n. */
const day = (n: number) => new Date(Date.UTC(2026, 0, n));

async function refer(version: number): Promise<void> {
  await database.db.prisma.yearReference.create({
    data: { dataset, year: 2000 + version, version, runId: version, report: {}, writtenAt: day(version) },
  });
}

async function deleteAll(limit: number): Promise<number> {
  for (let deleted = 0; ; ) {
    const batch = await deleteExpired(database.db, dataset, limit);
    expect(batch.deleted).toBeLessThanOrEqual(limit);
    deleted += batch.deleted;
    if (batch.done) return deleted;
  }
}

const statuses = async () => (await listSnapshots(database.db, dataset)).reverse().map((s) => s.status);
const published = (n: number): Version[] =>
  Array.from({ length: n }, (_, i) => ({ version: i + 1, status: 'published', publishedAt: day(i + 1) }));

const history = fc
  .record({
    fates: fc.array(fc.constantFrom('published', 'published', 'published', 'rejected', 'superseded'), { minLength: 1, maxLength: 12 }),
    held: fc.boolean(),
    spans: fc.array(fc.tuple(fc.nat(), fc.option(fc.nat())), { minLength: 1, maxLength: 40 }),
    references: fc.array(fc.nat(), { maxLength: 3 }),
    cuts: fc.tuple(fc.nat(16), fc.nat(16)),
    limit: fc.integer({ min: 1, max: 9 }),
    killedAfter: fc.nat(3),
  })
  .map(({ fates, held, spans, references, ...rest }) => {
    const versions = ['published', ...fates, ...(held ? ['held'] : [])].map(
      (status, i): Version => ({
        version: i + 1,
        status,
        ...(status === 'published' ? { publishedAt: day(i + 1) } : {}),
      }),
    );
    // What was taken back wrote nothing.
    const standing = versions.filter((v) => v.status === 'published' || v.status === 'held').map((v) => v.version);
    const pick = (from: number[], n: number) => from[n % from.length] as number;
    const rows = spans.map(([opened, closed]): Row => {
      const begin = pick(standing, opened);
      const later = standing.filter((v) => v > begin);
      return { opened: begin, closed: closed === null || later.length === 0 ? null : pick(later, closed) };
    });
    const public_ = versions.filter((v) => v.status === 'published').map((v) => v.version);
    return { versions, rows, references: new Set(references.map((n) => pick(public_, n))), ...rest };
  });

test('whatever the history: what is kept shows what it showed, and nothing else is left, also after a kill', async () => {
  const { db } = database;
  await fc.assert(
    fc.asyncProperty(history, async ({ versions, rows, references, cuts, limit, killedAfter }) => {
      const number = await writeHistory(db, versions, rows);
      for (const version of references) await refer(version);
      const newest = Math.max(...versions.filter((v) => v.status === 'published').map((v) => v.version));
      const old = (v: Version) => v.version < Math.max(...cuts) && v.version !== newest && !references.has(v.version);
      const kept = versions.filter((v) => v.status === 'held' || (v.status === 'published' && !old(v))).map((v) => v.version);
      const digests = () => Promise.all(kept.map((version) => snapshotDigest(db.pool, number, version)));
      const before = await digests();

      const marked = await expireSnapshots(db, dataset, day(Math.min(...cuts)));
      let deleted = 0;
      for (let i = 0; i < killedAfter; i += 1) deleted += (await deleteExpired(db, dataset, limit)).deleted;
      // The process was killed here; days later another one comes.
      const later = await expireSnapshots(db, dataset, day(Math.max(...cuts)));
      deleted += await deleteAll(limit);

      expect(await statuses()).toEqual(versions.map((v) => (v.status === 'published' && old(v) ? 'expired' : v.status)));
      expect(marked + later).toBe(versions.filter((v) => v.status === 'published' && old(v)).length);
      expect(await digests()).toEqual(before);
      const shown = rows.filter((row) => kept.some((version) => shows(row, version)));
      expect(deleted).toBe(rows.length - shown.length);
      expect((await db.pool.query('select 1 from record_version')).rowCount).toBe(shown.length);
      expect(await deleteExpired(db, dataset)).toEqual({ deleted: 0, done: true });
      await db.pool.query('truncate record_version, snapshot, year_reference, installation');
    }),
    { numRuns: 60 },
  );
});

test('an expired snapshot is no longer there for any reader; the others are', async () => {
  const { db } = database;
  const { pool } = db;
  const number = await writeHistory(db, published(4), [
    { opened: 1, closed: null },
    { opened: 2, closed: 3 },
  ]);
  await refer(1);
  expect(await expireSnapshots(db, dataset, day(4))).toBe(2);
  expect(await statuses()).toEqual(['published', 'expired', 'expired', 'published']);
  expect(await publishedSnapshot(db, dataset, { version: 2 })).toBeUndefined();
  // Version 1 was not the state on the third day.
  expect(await publishedSnapshot(db, dataset, { time: day(3) })).toBeUndefined();
  expect((await publishedSnapshot(db, dataset, { time: day(1) }))?.version).toBe(1);
  expect((await publishedSnapshot(db, dataset))?.version).toBe(4);
  const gone = { code: 'not-found', message: expect.stringMatching(/^Snapshot 2 of agency\.records has expired/) };
  // Before its records go, and after.
  for (const step of ['marked', 'deleted']) {
    await expect(recordsPage(pool, number, 2, 0n, 10)).rejects.toMatchObject(gone);
    await expect(recordByKey(pool, number, 2, Buffer.alloc(16))).rejects.toMatchObject(gone);
    await expect(changesPage(pool, number, 1, 2, 0n, 10)).rejects.toMatchObject(gone);
    await expect(changesPage(pool, number, 2, 4, 0n, 10)).rejects.toMatchObject(gone);
    await expect(changeCounts(pool, number, 2, 4)).rejects.toMatchObject(gone);
    expect(await recordsPage(pool, number, 1, 0n, 10)).toHaveLength(1);
    expect(await changeCounts(pool, number, 1, 4)).toEqual({ added: 0, changed: 0, removed: 0 });
    if (step === 'marked') expect(await deleteAll(10)).toBe(1);
  }
});

test('marking and deleting wait while a snapshot is made or decided', async () => {
  const { db } = database;
  const number = await writeHistory(db, published(3), [{ opened: 1, closed: 2 }]);
  const publishing = await db.pool.connect();
  const waits = async () =>
    (await db.pool.query(`select 1 from pg_locks where locktype = 'advisory' and classid = $1 and not granted`, [publishLock])).rowCount ===
    1;
  const underLock = async (work: () => Promise<unknown>) => {
    await publishing.query('begin');
    await publishing.query('select pg_advisory_xact_lock($1, $2)', [publishLock, number]);
    const working = work();
    await until(waits);
    const seen = await statuses();
    const left = (await db.pool.query('select 1 from record_version')).rowCount;
    await publishing.query('commit');
    return { seen, left, result: await working };
  };
  expect(await underLock(() => expireSnapshots(db, dataset, day(3)))).toEqual({
    seen: ['published', 'published', 'published'],
    left: 1,
    result: 2,
  });
  expect(await underLock(() => deleteExpired(db, dataset))).toMatchObject({ left: 1, result: { deleted: 1, done: true } });
  publishing.release();
  expect(await statuses()).toEqual(['expired', 'expired', 'published']);
});

test('what two markings left is deleted, on both sides of a reference', async () => {
  const { db } = database;
  await writeHistory(db, published(6), [
    { opened: 1, closed: 2 },
    { opened: 4, closed: 5 },
    { opened: 2, closed: 4 },
  ]);
  await refer(3);
  expect(await expireSnapshots(db, dataset, day(3))).toBe(2);
  expect(await expireSnapshots(db, dataset, day(9))).toBe(2);
  expect(await deleteAll(1)).toBe(2);
  expect((await db.pool.query('select opened from record_version')).rows).toEqual([{ opened: 2 }]);
});

test('a held snapshot is rejected after the older ones expired: the newest published one is whole again', async () => {
  const { db } = database;
  const number = await writeHistory(
    db,
    [...published(3), { version: 4, status: 'held' }],
    [
      { opened: 1, closed: 2 },
      { opened: 1, closed: 4 },
      { opened: 3, closed: 4 },
      { opened: 4, closed: null },
    ],
  );
  const before = await snapshotDigest(db.pool, number, 3);
  expect(await expireSnapshots(db, dataset, day(30))).toBe(2);
  expect(await deleteAll(1)).toBe(1);
  await decideHeld(db, dataset, { verdict: 'reject', note: 'no', by: 'test', now: day(31) });
  expect(await snapshotDigest(db.pool, number, 3)).toEqual(before);
  expect(before.records).toBe(2);
});

test('settled quarantined records go by their age, in batches; open ones stay', async () => {
  const { db } = database;
  const put = (n: number, status: string, resolved: Date | null) =>
    db.pool.query(
      `insert into quarantine (dataset, first_run, last_run, page, position, reason, kind, fingerprint, key_id, sealed, status, resolved_at)
       select $1, 1, 1, 1, i, 'wrong-type', 'raw', sha256(convert_to($2 || $3 || i, 'UTF8')), 1, '', $2, $3::timestamptz from generate_series(1, $4::int) i`,
      [dataset, status, resolved?.toISOString() ?? null, n],
    );
  await put(7, 'gone', day(1));
  await put(2, 'replayed', day(9));
  await db.pool.query(`update quarantine set dataset = 'agency.others' where position = 7`);
  await db.pool.query(
    `insert into quarantine (dataset, first_run, last_run, page, position, reason, kind, fingerprint, key_id, sealed) values ($1, 1, 1, 1, 1, 'x', 'raw', 'x', 1, '')`,
    [dataset],
  );
  expect(await deleteSettled(db, dataset, day(5), 4)).toBe(4);
  expect(await deleteSettled(db, dataset, day(5), 4)).toBe(2);
  expect(await deleteSettled(db, dataset, day(5), 4)).toBe(0);
  const { rows } = await db.pool.query('select status, count(*)::int as n from quarantine group by 1 order by 1');
  expect(rows).toEqual([
    { status: 'gone', n: 1 },
    { status: 'open', n: 1 },
    { status: 'replayed', n: 2 },
  ]);
});

test('a settled record that a pull sees again just then stays', async () => {
  const { db } = database;
  await db.pool.query(
    `insert into quarantine (dataset, first_run, last_run, page, position, reason, kind, fingerprint, key_id, sealed, status, resolved_at)
     values ($1, 1, 1, 1, 1, 'x', 'raw', 'x', 1, '', 'gone', $2)`,
    [dataset, day(1)],
  );
  const pull = await db.pool.connect();
  await pull.query('begin');
  await pull.query(`update quarantine set status = 'open', resolved_at = null`);
  const deleting = deleteSettled(db, dataset, day(5));
  await until(async () => (await db.pool.query('select 1 from pg_locks where not granted')).rowCount === 1);
  await pull.query('commit');
  pull.release();
  expect(await deleting).toBe(0);
  expect(await db.prisma.quarantine.count({ where: { status: 'open' } })).toBe(1);
});
