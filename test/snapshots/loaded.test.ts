import { datasetNumber } from '../../src/snapshots/store';
import { type TestBroker, testBroker } from '../support/broker';

let broker: TestBroker;
beforeAll(async () => {
  broker = await testBroker({ agents: 10, workers: 2_600, children: 10 });
}, 60_000);
afterAll(() => broker.close());

test('records that were just loaded can be looked up by their numbers: the planner knows how few those are', async () => {
  expect((await broker.run('emetip.workers')).status).toBe('succeeded');
  const { db } = broker.app;
  const number = await datasetNumber(db, 'emetip.workers');
  const few = await db.pool.query('select id from record_version where dataset_id = $1 order by id limit 50', [number]);
  const { rows } = await db.pool.query('explain (format json) select * from record_version where dataset_id = $1 and id = any($2)', [
    number,
    few.rows.map(({ id }) => id),
  ]);
  expect(rows[0]['QUERY PLAN'][0].Plan['Plan Rows']).toBe(50);
});
