import { datasetNumber } from '../../src/snapshots/store';
import { type TestBroker, testBroker } from '../support/broker';

const workers = 'emetip.workers';

describe.each(['whole', 'in parts'])('records that were just pulled for the first time, %s', (how) => {
  let broker: TestBroker;
  beforeAll(async () => {
    broker = await testBroker({
      agents: 10,
      workers: 2_600,
      children: 10,
      sources: (file) => {
        const source = (file as any).sources[workers];
        if (how === 'in parts')
          Object.assign(source, { split: { by: 'pages', records: 500 }, limits: { ...source.limits, pageSize: 100 } });
        return file;
      },
    });
  }, 60_000);
  afterAll(() => broker.close());

  test('can be looked up by their numbers: the planner knows how few those are', async () => {
    const run = await broker.run(workers);
    expect(run.status).toBe('succeeded');
    const { db } = broker.app;
    expect(await db.prisma.runPart.count({ where: { runId: run.id } })).toBe(how === 'in parts' ? 6 : 0);
    const number = await datasetNumber(db, workers);
    const few = await db.pool.query('select id from record_version where dataset_id = $1 order by id limit 50', [number]);
    const { rows } = await db.pool.query('explain (format json) select * from record_version where dataset_id = $1 and id = any($2)', [
      number,
      few.rows.map(({ id }) => id),
    ]);
    expect(rows[0]['QUERY PLAN'][0].Plan['Plan Rows']).toBe(50);
  });
});
