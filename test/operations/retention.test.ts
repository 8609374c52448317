import { istanbulYear, keepReference, listReferences } from '../../src/operations/reports/yearReport';
import { requestRun, runView } from '../../src/operations/runs/runs';
import { countChanges, listSnapshots, verifySnapshot, verifySnapshots } from '../../src/operations/snapshots';
import { applyRetention } from '../../src/operations/upkeep/retention';
import { expireSnapshots } from '../../src/snapshots/expire';
import { askerOf } from '../support/asker';
import { logged } from '../support/audit';
import { type TestBroker, testBroker } from '../support/broker';
import { readAll } from '../support/readAll';
import { truthOf } from '../support/truth';
import { until } from '../support/until';

const workers = 'emetip.workers';
const dayMillis = 24 * 3_600_000;
const notFound = { code: 'not-found' };

describe('retention', () => {
  let broker: TestBroker;
  let now: Date;
  const pass = (days: number) => {
    now = new Date(now.getTime() + days * dayMillis);
  };
  const statuses = async (dataset = workers) => (await listSnapshots(broker.app.broker, dataset)).reverse().map((s) => s.status);
  const deeds = () => logged(broker.app.db, { action: 'retention' });
  const recordVersions = async () => (await broker.app.db.pool.query('select 1 from record_version')).rowCount ?? 0;

  /** A snapshot of each of some nights, the first the year's reference. */
  async function nights(count: number): Promise<Record<string, unknown>[][]> {
    const truths: Record<string, unknown>[][] = [];
    for (let night = 0; night < count; night += 1) {
      if (night > 0) {
        pass(1);
        for (let day = 0; day < 5; day += 1) broker.standIns.simulator.world.nextDay();
      }
      const run = await broker.run(workers);
      expect(run).toMatchObject({ status: 'succeeded', snapshot: night + 1 });
      if (night === 0) await keepReference(broker.app.broker, { dataset: workers, version: 1, runId: run.id, year: istanbulYear(now) });
      truths.push(truthOf(broker.standIns, workers));
    }
    return truths;
  }

  beforeEach(async () => {
    now = new Date();
    broker = await testBroker({ agents: 10, workers: 300, children: 10, clock: () => now });
  });
  afterEach(() => broker.close());

  test('old snapshots expire; the year’s reference and the newest stay, whole; nobody finds the others', async () => {
    const truths = await nights(5);
    await broker.run('cts.children');
    expect((await applyRetention(broker.app.broker)).every((d) => d.snapshots + d.records + d.quarantined === 0)).toBe(true);
    const before = await recordVersions();

    pass(731);
    const done = (await applyRetention(broker.app.broker, 'test')).find((d) => d.dataset === workers);
    expect(done).toMatchObject({ snapshots: 3, quarantined: 0 });
    expect(done?.records).toBeGreaterThan(10);
    expect(await recordVersions()).toBe(before - (done?.records as number));
    expect(await statuses()).toEqual(['published', 'expired', 'expired', 'expired', 'published']);
    expect(await statuses('cts.children')).toEqual(['published']);
    expect(await verifySnapshots(broker.app.broker)).toBe(3);
    expect(await readAll(broker.app, 'cgm', workers, 1)).toEqual(truths[0]);
    expect(await readAll(broker.app, 'cgm', workers)).toEqual(truths[4]);
    // The year's change is still counted as it was.
    const { world } = broker.standIns.simulator;
    const diff = world.diff(workers, 0, world.day());
    expect(await countChanges(broker.app.broker, workers, 1, 5)).toMatchObject({
      added: diff.added.length,
      changed: diff.changed.length,
      removed: diff.removed.length,
    });
    // By default the older one is the one before it that is kept.
    expect(await countChanges(broker.app.broker, workers, undefined, undefined)).toMatchObject({ from: 1, to: 5 });

    const asker = askerOf('cgm');
    const { door } = broker.app;
    const [{ nationalId: id }] = truths[2] as [{ nationalId: string }];
    for (const version of [2, 3, 4]) {
      await expect(door.records(asker, workers, { version }, { limit: 5 })).rejects.toMatchObject(notFound);
      await expect(door.record(asker, workers, { version }, id)).rejects.toMatchObject(notFound);
      await expect(door.export(asker, workers, { version })).rejects.toMatchObject(notFound);
      await expect(door.changes(asker, workers, { from: version, to: 5 }, { limit: 5 })).rejects.toMatchObject(notFound);
      await expect(door.changes(asker, workers, { from: 1, to: version }, { limit: 5 })).rejects.toMatchObject(notFound);
      await expect(countChanges(broker.app.broker, workers, version, 5)).rejects.toMatchObject(notFound);
      await expect(countChanges(broker.app.broker, workers, 1, version)).rejects.toMatchObject(notFound);
      await expect(verifySnapshot(broker.app.broker, workers, version)).rejects.toMatchObject(notFound);
    }
    expect((await door.snapshots(asker, workers)).snapshots.map((s) => s.version)).toEqual([5, 1]);

    // Once is enough; what was done is logged by its counts, and the runs are still known.
    expect((await applyRetention(broker.app.broker, 'test')).find((d) => d.dataset === workers)).toMatchObject({
      snapshots: 0,
      records: 0,
    });
    expect(await deeds()).toMatchObject([
      { by: 'test', detail: { dataset: workers, snapshots: 3, records: done?.records, quarantined: 0 } },
    ]);
    expect(await broker.app.db.prisma.run.count({ where: { dataset: workers } })).toBe(5);
    expect((await logged(broker.app.db, { kind: 'access' })).length).toBeGreaterThan(5);
  });

  test('a pull beside it rests on the newest snapshot and takes no harm, however old that is', async () => {
    await nights(3);
    pass(800);
    for (let day = 0; day < 5; day += 1) broker.standIns.simulator.world.nextDay();
    const { id } = await requestRun(broker.app.broker, { dataset: workers, kind: 'pull', mode: 'manual' }, 'test');
    let applied = 0;
    await until(async () => {
      await applyRetention(broker.app.broker);
      applied += 1;
      return (await runView(broker.app.db, id)).status === 'succeeded';
    });
    await applyRetention(broker.app.broker);
    expect(applied).toBeGreaterThan(0);
    // The one that was the newest is as old as the others.
    expect(await statuses()).toEqual(['published', 'expired', 'expired', 'published']);
    expect(await readAll(broker.app, 'cgm', workers)).toEqual(truthOf(broker.standIns, workers));
    expect(await verifySnapshots(broker.app.broker)).toBe(2);
  });

  test('a process that was killed after the marking: the next one deletes what is left', async () => {
    await nights(4);
    pass(731);
    expect(await expireSnapshots(broker.app.db, workers, now)).toBe(2);
    const before = await recordVersions();
    const done = (await applyRetention(broker.app.broker)).find((d) => d.dataset === workers);
    expect(done).toMatchObject({ snapshots: 0 });
    expect(await recordVersions()).toBe(before - (done?.records as number));
    expect(done?.records).toBeGreaterThan(5);
    expect(await verifySnapshots(broker.app.broker)).toBe(2);
    expect((await deeds()).map((entry) => entry.detail)).toEqual([done]);
  });

  test('a held snapshot waits for its operator; a yearly one whose reference was not written gets it and stays', async () => {
    await nights(2);
    pass(1);
    const { id } = await requestRun(
      broker.app.broker,
      { dataset: workers, kind: 'pull', mode: 'yearly', slotAt: new Date('2031-12-31T21:30:00Z') },
      'test',
    );
    await until(async () => (await runView(broker.app.db, id)).finishedAt !== null);
    await broker.app.db.prisma.yearReference.deleteMany({ where: { year: 2032 } });
    pass(1);
    await broker.run(workers);
    broker.standIns.simulator.faults.order({ service: 'workers', kind: 'half-list' });
    expect(await broker.run(workers)).toMatchObject({ status: 'held', snapshot: 5 });
    pass(900);
    await applyRetention(broker.app.broker);
    expect(await statuses()).toEqual(['published', 'expired', 'published', 'published', 'held']);
    // A slot on New Year's Eve by UTC is in the new year in Istanbul.
    expect((await listReferences(broker.app.db, workers)).map((r) => [r.year, r.version])).toContainEqual([2032, 3]);
    await verifySnapshots(broker.app.broker);
    await verifySnapshot(broker.app.broker, workers, 5);
  });

  test('quarantined records that were settled long ago go; open ones stay', async () => {
    const { faults } = broker.standIns.simulator;
    faults.order({ service: 'workers', kind: 'wrong-type', field: 'season', share: 0.1, as: 'text' });
    await broker.run(workers);
    const aside = await broker.app.db.prisma.quarantine.count({ where: { status: 'open' } });
    expect(aside).toBeGreaterThan(5);
    pass(181);
    const of = async () => (await applyRetention(broker.app.broker)).find((d) => d.dataset === workers)?.quarantined;
    expect(await of()).toBe(0);
    faults.clear();
    await broker.run(workers);
    pass(179);
    expect(await of()).toBe(0);
    pass(2);
    expect(await of()).toBe(aside);
    expect(await broker.app.db.prisma.quarantine.count()).toBe(0);
    expect(await deeds()).toMatchObject([{ by: 'retention', detail: { quarantined: aside, snapshots: 0 } }]);
  });

  test('it stops between batches when it is told to, and the next one goes on', async () => {
    await nights(3);
    pass(731);
    const stop = new AbortController();
    stop.abort();
    await applyRetention(broker.app.broker, 'test', stop.signal);
    expect(await statuses()).toEqual(['published', 'published', 'published']);
    await applyRetention(broker.app.broker, 'test');
    expect(await statuses()).toEqual(['published', 'expired', 'published']);
  });
});

test('an export that is under way when its snapshot expires is cut off, and never ends as if it were whole', async () => {
  let now = new Date();
  const broker = await testBroker({ agents: 10, workers: 1_300, children: 10, clock: () => now });
  try {
    for (let night = 0; night < 3; night += 1) {
      for (let day = 0; day < 3; day += 1) broker.standIns.simulator.world.nextDay();
      expect((await broker.run(workers)).status).toBe('succeeded');
    }
    const { batches } = await broker.app.door.export(askerOf('cgm'), workers, { version: 2 });
    expect((await batches.next()).value).toHaveLength(1_000);
    now = new Date(now.getTime() + 731 * dayMillis);
    await applyRetention(broker.app.broker);
    await expect(batches.next()).rejects.toMatchObject(notFound);
    expect(await readAll(broker.app, 'cgm', workers)).toEqual(truthOf(broker.standIns, workers));
  } finally {
    await broker.close();
  }
});
