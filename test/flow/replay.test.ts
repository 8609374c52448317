import { listQuarantine } from '../../src/operations/pulls/quarantine';
import { loadSources } from '../../src/sources';
import { type TestBroker, testBroker } from '../support/broker';
import { readAll } from '../support/readAll';
import { truthOf } from '../support/truth';

const workers = 'emetip.workers';

describe('quarantine', () => {
  let broker: TestBroker;
  afterEach(() => broker.close());

  test('records that a wrong mapping set aside are good again when replayed under the right one', async () => {
    // Dates of work are read in a format that only a few happen to fit.
    broker = await testBroker({
      sources: (file) => {
        const fields = file.sources[workers]?.fields as Record<string, unknown>;
        fields.workStartDate = { from: (fields.workStartDate as { from?: string }).from ?? fields.workStartDate, format: 'dd.MM.yyyy' };
        return file;
      },
    });
    const run = await broker.run(workers);
    expect(run.status).toBe('held');
    expect(run.error?.message).toMatch(/drift: workStartDate cannot be read/);
    const { reasons } = await listQuarantine(broker.app.broker, { dataset: workers, limit: 1 });
    expect(reasons).toMatchObject([{ reason: 'date-invalid', field: 'workStartDate' }]);
    const aside = reasons[0]?.count as number;
    expect(aside).toBeGreaterThan(200);

    const right = loadSources(broker.standIns.sourcesFile, broker.app.agreement).sources;
    (broker.app.broker as { sources: typeof right }).sources = right;
    const replay = await broker.run(workers, 'replay');
    expect(replay).toMatchObject({ status: 'succeeded', error: null });
    expect((await listQuarantine(broker.app.broker, { dataset: workers, all: true, limit: 1 })).items).toHaveLength(1);
    expect((await listQuarantine(broker.app.broker, { dataset: workers, limit: 1 })).items).toHaveLength(0);
    const read = await readAll(broker.app, 'cgm', workers);
    const truth = truthOf(broker.standIns, workers);
    expect(read).toHaveLength(aside);
    expect(truth).toEqual(expect.arrayContaining(read));
  });

  test('nothing good to replay says so and changes nothing', async () => {
    broker = await testBroker();
    await broker.run(workers);
    broker.standIns.simulator.faults.order({ service: 'workers', kind: 'wrong-type', field: 'season', share: 0.1, as: 'text' });
    await broker.run(workers);
    expect(await broker.run(workers, 'replay')).toMatchObject({ status: 'failed', error: { code: 'state-conflict' } });
    expect(await readAll(broker.app, 'cgm', workers)).toEqual(truthOf(broker.standIns, workers));
  });

  test('what is set aside is sealed: no name stands in the table', async () => {
    broker = await testBroker();
    broker.standIns.simulator.faults.order({ service: 'workers', kind: 'wrong-type', field: 'season', share: 0.5, as: 'text' });
    await broker.run(workers);
    const { rows } = await broker.database.db.pool.query('select quarantine::text as t from quarantine');
    expect(rows.length).toBeGreaterThan(50);
    const dump = rows.map((r) => Buffer.from(r.t).toString('latin1')).join('\n');
    for (const worker of truthOf(broker.standIns, workers)) expect(dump).not.toContain(worker.nationalId as string);
  });
});
