import { requestRun, runView } from '../../src/operations/runs/runs';
import { type TestBroker, testBroker } from '../support/broker';
import { readAll } from '../support/readAll';
import { hasRedis, type TestRedis, testRedis } from '../support/redis';
import { truthOf } from '../support/truth';
import { until } from '../support/until';

const workers = 'emetip.workers';

if (!hasRedis) console.error('SKIPPED: no redis-server on this machine, so the queue on Redis is not tested.');

(hasRedis ? describe : describe.skip)('the queue on Redis', () => {
  let redis: TestRedis;
  let broker: TestBroker;
  beforeAll(async () => {
    redis = await testRedis();
    broker = await testBroker({ redisUrl: redis.url });
  });
  afterAll(async () => {
    await broker.close();
    await redis.stop();
  });

  test('pulls like the one on PostgreSQL, and holds nothing of a person', async () => {
    broker.standIns.simulator.faults.order({ service: 'workers', kind: 'timeout', times: 1 });
    const { id } = await requestRun(broker.app.broker, { dataset: workers, kind: 'pull', mode: 'manual' }, 'test');
    // While the source keeps the worker waiting, the job lies in Redis.
    const inside = await until(async () => (await runView(broker.app.db, id)).status === 'running' && redis.dump());
    expect(inside).toContain('pulls');
    for (const worker of truthOf(broker.standIns, workers)) {
      expect(inside).not.toContain(worker.nationalId as string);
      expect(inside).not.toContain(worker.fullName as string);
    }
    broker.standIns.simulator.faults.clear();
    await broker.app.broker.db.prisma.run.updateMany({ where: { id }, data: { status: 'cancelled' } });
  }, 90_000);

  test('a Redis that loses everything loses no run', async () => {
    await redis.restartEmpty();
    const run = await broker.run(workers);
    expect(run.status).toBe('succeeded');
    expect(await readAll(broker.app, 'cgm', workers)).toEqual(truthOf(broker.standIns, workers));
  });
});
