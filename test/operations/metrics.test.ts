import { processLock } from '../../src/operations/runs/locks';
import { brokerMetrics, durationBuckets } from '../../src/operations/upkeep/metrics';
import { countSourceError } from '../../src/operations/upkeep/sourceErrors';
import { agreement2024 } from '../agreements/support/files';
import { type TestDatabase, testDatabase } from '../support/database';

const now = new Date('2026-03-02T09:00:00Z');
const ago = (seconds: number) => new Date(now.getTime() - seconds * 1000);
const [first, second, third] = Object.keys(agreement2024.datasets) as [string, string, string];

describe('what PostgreSQL tells of the broker', () => {
  let database: TestDatabase;
  beforeEach(async () => {
    database = await testDatabase();
  });
  afterEach(() => database.drop());

  const measured = () => brokerMetrics({ db: database.db, agreement: agreement2024, clock: () => now });
  const request = { kind: 'pull', mode: 'manual', requestedBy: 'test', requestedAt: ago(90_000) };
  const runs = (...data: object[]) => database.db.prisma.run.createMany({ data: data.map((one) => ({ ...request, ...one })) as never });
  const snapshot = (dataset: string, version: number, status: string, more: object = {}) =>
    database.db.prisma.snapshot.create({
      data: {
        ...{
          dataset,
          version,
          status,
          runId: 1,
          sourceTime: ago(7200),
          createdAt: ago(3600),
          publishedAt: ago(3000),
          records: 10 * version,
        },
        ...{ added: 0, changed: 0, removed: 0, quarantined: version, missing: {}, digest: new Uint8Array(32), ...more },
      },
    });

  test('of an empty database: zeros where a counter may come, and nothing else', async () => {
    const told = await measured();
    expect(told.queues).toEqual(['runs', 'parts', 'lookups', 'slots'].map((queue) => ({ queue, waiting: 0 })));
    expect(told.endedRuns.length).toBe(Object.keys(agreement2024.datasets).length * 4 * 4);
    expect(told.endedRuns.every((one) => one.runs === 0)).toBe(true);
    expect(told.held).toEqual(Object.keys(agreement2024.datasets).map((dataset) => ({ dataset, snapshots: 0 })));
    expect(told.processes).toEqual(['up', 'api', 'work', 'schedule'].map((kind) => ({ kind, processes: 0 })));
    expect(told.incidents).toEqual(['breach', 'compelled', 'harvesting'].map((kind) => ({ kind, open: 0 })));
    expect(told.clocks.map(({ clock, overdue }) => [clock, overdue])).toEqual(
      ['owner-notice', 'authority-notice', 'prior-notice', 'scope-notice', 'subject-request'].map((clock) => [clock, 0]),
    );
    expect(told.subjectRequests).toEqual([{ open: 0 }]);
    expect([told.liveRuns, told.durations, told.snapshots, told.sourceErrors, told.lookups]).toEqual([[], [], [], [], []]);
  });

  test('runs: live ones, ended ones, and those that a worker could take up now', async () => {
    await runs(
      { dataset: first, status: 'queued', mode: 'yearly' },
      { dataset: second, status: 'waiting', resumeAt: ago(1) },
      { dataset: third, status: 'waiting', resumeAt: ago(-1) },
      { dataset: first, status: 'succeeded' },
      { dataset: first, status: 'succeeded' },
      { dataset: first, status: 'failed', mode: 'instant', kind: 'replay' },
      { dataset: 'gone.dataset', status: 'failed' },
    );
    const told = await measured();
    expect(told.queues[0]).toEqual({ queue: 'runs', waiting: 2 });
    expect(told.liveRuns).toHaveLength(3);
    expect(told.liveRuns).toEqual(
      expect.arrayContaining([
        { dataset: first, kind: 'pull', mode: 'yearly', status: 'queued', runs: 1 },
        { dataset: second, kind: 'pull', mode: 'manual', status: 'waiting', runs: 1 },
      ]),
    );
    expect(told.endedRuns.filter((one) => one.runs > 0)).toEqual([
      { dataset: first, kind: 'pull', mode: 'manual', status: 'succeeded', runs: 2 },
      { dataset: first, kind: 'replay', mode: 'instant', status: 'failed', runs: 1 },
    ]);
  });

  test('durations: counted into buckets, a run on a bound into its bucket', async () => {
    const took = (seconds: number, more: object = {}) => ({
      dataset: first,
      status: 'succeeded',
      startedAt: ago(seconds),
      finishedAt: now,
      ...more,
    });
    await runs(took(0.4), took(1), took(1.001), took(60, { status: 'held' }), took(4000, { status: 'failed' }));
    // One that an operator ended before it began, one under way, one of a clock that was set back.
    await runs({ dataset: second, status: 'cancelled', finishedAt: now }, took(5, { dataset: third, status: 'running', finishedAt: null }));
    await runs(took(-3, { dataset: second }));
    const told = await measured();
    expect(durationBuckets).toEqual([1, 5, 15, 60, 300, 900, 1800, 3600]);
    expect(told.durations).toHaveLength(2);
    expect(told.durations).toEqual(
      expect.arrayContaining([
        { dataset: first, runs: 5, seconds: expect.closeTo(4062.401, 3), upTo: [2, 3, 3, 4, 4, 4, 4, 4] },
        { dataset: second, runs: 1, seconds: 0, upTo: [1, 1, 1, 1, 1, 1, 1, 1] },
      ]),
    );
  });

  test('snapshots: the newest published one by the broker’s clock, and held ones', async () => {
    await snapshot(first, 1, 'published', { publishedAt: ago(90_000) });
    await snapshot(first, 2, 'published');
    await snapshot(first, 3, 'held', { publishedAt: null });
    await snapshot(second, 1, 'rejected');
    const told = await measured();
    expect(told.snapshots).toEqual([{ dataset: first, ageSeconds: 3000, sourceAgeSeconds: 7200, records: 20, quarantined: 2 }]);
    expect(told.held.filter((one) => one.snapshots > 0)).toEqual([{ dataset: first, snapshots: 1 }]);
  });

  test('source errors are counted once each, also when two processes count at once, and the last time is the latest', async () => {
    const { db } = database;
    await Promise.all([1, 2, 3, 4, 5].map((i) => countSourceError(db, 'one', 'source-fault', ago(i))));
    await countSourceError(db, 'one', 'source-limit', ago(10));
    await countSourceError(db, 'other', 'source-fault', ago(20));
    expect((await measured()).sourceErrors).toEqual([
      { source: 'one', code: 'source-fault', errors: 5, lastAt: ago(1) },
      { source: 'one', code: 'source-limit', errors: 1, lastAt: ago(10) },
      { source: 'other', code: 'source-fault', errors: 1, lastAt: ago(20) },
    ]);
  });

  test('look-ups: by status and code; those wait that nobody has or whose worker is late', async () => {
    const key = await database.db.prisma.dataKey.create({ data: { scope: first, purpose: 'seal', version: 1 } });
    const lookup = (status: string, more: object = {}) => ({
      ...{
        id: crypto.randomUUID(),
        party: 'a',
        person: 1,
        dataset: first,
        status,
        requestedAt: ago(60),
        expiresAt: ago(-600),
        keyId: key.id,
      },
      ...more,
    });
    await database.db.prisma.lookup.createMany({
      data: [
        lookup('queued'),
        lookup('queued', { expiresAt: ago(1) }),
        lookup('running', { claimedUntil: ago(1) }),
        lookup('running', { claimedUntil: ago(-1) }),
        lookup('failed', { errorCode: 'source-fault' }),
        lookup('delivered'),
      ],
    });
    const told = await measured();
    expect(told.queues[2]).toEqual({ queue: 'lookups', waiting: 2 });
    expect(told.lookups).toEqual([
      { status: 'delivered', code: '', lookups: 1 },
      { status: 'failed', code: 'source-fault', lookups: 1 },
      { status: 'queued', code: '', lookups: 2 },
      { status: 'running', code: '', lookups: 2 },
    ]);
  });

  test('slots that nobody has started', async () => {
    const slot = (at: Date, status: string) => ({ dataset: first, mode: 'periodic', at, status, claimedAt: now });
    await database.db.prisma.slot.createMany({ data: [slot(ago(1), 'due'), slot(ago(2), 'due'), slot(ago(3), 'started')] });
    expect((await measured()).queues[3]).toEqual({ queue: 'slots', waiting: 2 });
  });

  test('processes live as long as they hold their lock', async () => {
    const rows = await Promise.all(
      ['work', 'work', 'api'].map((kind) =>
        database.db.prisma.process.create({ data: { kind, host: 'h', pid: 1, pulls: 1, lookups: 1, startedAt: now } }),
      ),
    );
    const holder = await database.db.pool.connect();
    await holder.query('select pg_advisory_lock($1, $2)', [processLock, rows[0]?.id]);
    await holder.query('select pg_advisory_lock($1, $2)', [processLock + 1000, rows[1]?.id]);
    const count = async () => Object.fromEntries((await measured()).processes.map((one) => [one.kind, one.processes]));
    expect(await count()).toEqual({ up: 0, api: 0, work: 1, schedule: 0 });
    await holder.query('select pg_advisory_unlock_all()');
    holder.release();
    expect(await count()).toEqual({ up: 0, api: 0, work: 0, schedule: 0 });
  });
});
