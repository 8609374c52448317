import { listQuarantine } from '../../src/operations/pulls/quarantine';
import { listSnapshots, newestSnapshots, releaseHeld } from '../../src/operations/snapshots';
import { type TestBroker, testBroker } from '../support/broker';
import { readAll } from '../support/readAll';
import { truthOf } from '../support/truth';

/** Each test begins with a broker that holds a good first snapshot of the workers. */
describe('when a source misbehaves', () => {
  let broker: TestBroker;
  const workers = 'emetip.workers';
  const version = async () => (await newestSnapshots(broker.app.broker)).find((s) => s.dataset === workers)?.version;
  const read = () => readAll(broker.app, 'cgm', workers);

  beforeEach(async () => {
    // Small pages, so that there is an inside of a pull.
    broker = await testBroker({
      sources: (file) => {
        for (const source of Object.values(file.sources)) {
          Object.assign(source, {
            limits: { ...(source.limits as object), pageSize: 50 },
            retry: { attempts: 3, firstSeconds: 0.01, maxSeconds: 0.02 },
          });
        }
        return file;
      },
    });
    expect((await broker.run(workers)).status).toBe('succeeded');
  });
  afterEach(() => broker.close());

  test('half a list is held; readers see the old one; reject takes it back, release publishes it', async () => {
    const before = await read();
    broker.standIns.simulator.faults.order({ service: 'workers', kind: 'half-list' });
    const run = await broker.run(workers);
    expect(run).toMatchObject({ status: 'held', snapshot: 2, error: { code: 'snapshot-held' } });
    expect(run.error?.message).toMatch(/50\.\d% of 400 records would vanish/);
    expect(await read()).toEqual(before);

    await releaseHeld(broker.app.broker, workers, 'reject', 'half a list', 'test');
    expect(await read()).toEqual(before);
    expect(await version()).toBe(1);

    expect((await broker.run(workers)).status).toBe('held');
    await releaseHeld(broker.app.broker, workers, 'release', 'it is so', 'test');
    expect(await version()).toBe(3);
    expect((await read()).length).toBeLessThan(before.length);
  });

  test('a held snapshot gives way to a newer good pull', async () => {
    broker.standIns.simulator.faults.order({ service: 'workers', kind: 'half-list' });
    expect((await broker.run(workers)).status).toBe('held');
    broker.standIns.simulator.faults.clear();
    expect(await broker.run(workers)).toMatchObject({ status: 'succeeded', error: null });
    expect(await read()).toEqual(truthOf(broker.standIns, workers));
    expect((await listSnapshots(broker.app.broker, workers)).map((s) => s.status)).toEqual(['published', 'superseded', 'published']);
  });

  test('fewer records than the source says it has: the run is held without a snapshot', async () => {
    const before = await read();
    broker.standIns.simulator.faults.order({ service: 'workers', kind: 'half-list', total: 'kept' });
    expect(await broker.run(workers)).toMatchObject({ status: 'held', snapshot: null, error: { code: 'source-incomplete' } });
    expect(await read()).toEqual(before);
  });

  test('passing faults are outlived', async () => {
    for (const kind of ['status-500', 'cut-json', 'cut-connection'] as const)
      broker.standIns.simulator.faults.order({ service: 'workers', kind, when: { page: 3 } });
    expect((await broker.run(workers)).status).toBe('succeeded');
    expect(await read()).toEqual(truthOf(broker.standIns, workers));
  });

  test('"yetkisiz" as a 500 ends the run with its own code and is not asked again', async () => {
    broker.standIns.simulator.faults.order({ service: 'workers', kind: 'not-authorised-500', times: 1 });
    expect(await broker.run(workers)).toMatchObject({ status: 'failed', error: { code: 'source-not-authorised' } });
    expect(await version()).toBe(1);
  });

  test('a source that changes while it is paged yields a state that it had', async () => {
    broker.standIns.simulator.faults.order({ service: 'workers', kind: 'next-day', when: { page: 4 } });
    expect((await broker.run(workers)).status).toBe('succeeded');
    expect(broker.standIns.simulator.world.day()).toBe(1);
    expect(await read()).toEqual(truthOf(broker.standIns, workers));
  });

  test('without a version, readings are compared: a change between pages is noticed', async () => {
    expect((await broker.run('cts.children')).status).toBe('succeeded');
    broker.standIns.simulator.faults.order({ service: 'children', kind: 'next-day', when: { page: 2 } });
    expect((await broker.run('cts.children')).status).toBe('succeeded');
    expect(await readAll(broker.app, 'cgm', 'cts.children')).toEqual(truthOf(broker.standIns, 'cts.children'));
  });

  test('a source that never holds still holds the run', async () => {
    broker.standIns.simulator.faults.order({ service: 'workers', kind: 'next-day', when: { page: 4 }, times: 'always' });
    expect(await broker.run(workers)).toMatchObject({ status: 'held', snapshot: null, error: { code: 'source-changing' } });
    expect(await version()).toBe(1);
  });

  test('identical copies are merged, conflicting ones quarantined and the last version stays', async () => {
    const { faults } = broker.standIns.simulator;
    faults.order({ service: 'workers', kind: 'duplicate-identical', count: 3 });
    expect(await broker.run(workers)).toMatchObject({ status: 'succeeded', error: null });
    expect(await read()).toEqual(truthOf(broker.standIns, workers));

    faults.clear();
    faults.order({ service: 'workers', kind: 'duplicate-conflicting', count: 2 });
    expect((await broker.run(workers)).status).toBe('succeeded');
    expect(await read()).toEqual(truthOf(broker.standIns, workers));
    const { reasons } = await listQuarantine(broker.app.broker, { dataset: workers, limit: 10 });
    expect(reasons).toEqual([{ dataset: workers, reason: 'duplicate-conflict', field: null, count: 4 }]);
  });

  test('wrong types are quarantined, the last versions stay, and what comes right again is gone from quarantine', async () => {
    const before = await read();
    broker.standIns.simulator.faults.order({ service: 'workers', kind: 'wrong-type', field: 'fullName', share: 0.1, as: 'object' });
    const run = await broker.run(workers);
    expect(run.status).toBe('succeeded');
    expect(run.quarantined).toBeGreaterThan(0);
    expect(await read()).toEqual(before);
    const listed = await listQuarantine(broker.app.broker, { dataset: workers, limit: 500 });
    expect(listed.reasons).toEqual([{ dataset: workers, reason: 'wrong-type', field: 'fullName', count: run.quarantined }]);
    broker.standIns.simulator.faults.clear();
    await broker.run(workers);
    expect((await listQuarantine(broker.app.broker, { dataset: workers, limit: 500 })).items).toEqual([]);
  });

  test('a type that changes everywhere, and a field that vanishes, are drift and hold the run', async () => {
    const { faults } = broker.standIns.simulator;
    const before = await read();
    faults.order({ service: 'workers', kind: 'wrong-type', field: 'season', share: 1, as: 'text' });
    const run = await broker.run(workers);
    expect(run.status).toBe('held');
    expect(run.error?.message).toMatch(/drift: season cannot be read in 100\.0% of the records/);
    faults.clear();
    faults.order({ service: 'workers', kind: 'missing-field', field: 'workProvince' });
    const second = await broker.run(workers);
    expect(second.status).toBe('held');
    expect(second.error?.message).toMatch(/workProvince has no value in 100\.0% of the records/);
    expect(await read()).toEqual(before);
  });

  test('an unknown field is dropped and counted', async () => {
    broker.standIns.simulator.faults.order({ service: 'workers', kind: 'new-field', name: 'yeniAlan' });
    const run = await broker.run(workers);
    expect(run.status).toBe('succeeded');
    expect(run.unknownFields.names).toContain('yeniAlan');
    expect(run.unknownFields.count).toBeGreaterThanOrEqual(400);
    expect(await read()).toEqual(truthOf(broker.standIns, workers));
  });
});
