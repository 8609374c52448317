import { cancelRun, requestRun, runView } from '../../src/operations/runs/runs';
import { releaseHeld } from '../../src/operations/snapshots';
import { type TestBroker, testBroker } from '../support/broker';
import { readAll } from '../support/readAll';
import { hasRedis, type TestRedis, testRedis } from '../support/redis';
import { truthOf } from '../support/truth';
import { until } from '../support/until';

const workers = 'emetip.workers' as const;
const agents = 'iskur.agents' as const;
const children = 'cts.children' as const;

if (!hasRedis) console.error('SKIPPED: no redis-server on this machine, so pulls in parts are not tested on Redis.');

const places = hasRedis ? ['PostgreSQL', 'Redis'] : ['PostgreSQL'];

describe.each(places)('pulls in parts, the queue on %s', (place) => {
  let redis: TestRedis | undefined;
  let broker: TestBroker;
  beforeAll(async () => {
    redis = place === 'Redis' ? await testRedis() : undefined;
    broker = await testBroker({
      ...(redis ? { redisUrl: redis.url } : {}),
      sources: ({ sources, ...rest }) => ({
        ...rest,
        sources: {
          ...sources,
          [workers]: { ...quick(sources[workers]), split: { by: 'pages', records: 60 } },
          [agents]: { ...quick(sources[agents]), split: { by: 'pages', records: 15 } },
        },
      }),
    });
  });
  afterAll(async () => {
    await broker.close();
    await redis?.stop();
  });

  const quick = (source: Record<string, unknown> | undefined) => ({
    ...source,
    retry: { attempts: 1 },
    limits: { ...(source?.limits as object), pageSize: 10 },
  });
  const check = async (dataset: typeof workers | typeof agents | typeof children) =>
    expect(await readAll(broker.app, 'cgm', dataset)).toEqual(truthOf(broker.standIns, dataset));
  const partsOf = (runId: number) => broker.app.db.prisma.runPart.findMany({ where: { runId }, orderBy: { number: 'asc' } });

  test.each([
    [workers, 7, 400],
    [agents, 3, 60],
  ] as const)('%s is read in %i parts and published once', async (dataset, count, records) => {
    const run = await broker.run(dataset);
    expect(run).toMatchObject({ status: 'succeeded', snapshot: 1, records, parts: { all: count, done: count } });
    await check(dataset);
  });

  test('the next day too, with what changed alone written', async () => {
    broker.standIns.simulator.world.nextDay();
    const run = await broker.run(workers);
    expect(run).toMatchObject({ status: 'succeeded', snapshot: 2, parts: { all: 7, done: 7 } });
    await check(workers);
    const { added, changed, removed } = await broker.app.db.prisma.snapshot.findUniqueOrThrow({
      where: { dataset_version: { dataset: workers, version: 2 } },
    });
    const diff = broker.standIns.simulator.world.diff(workers, 0, 1);
    expect([added, changed, removed]).toEqual([diff.added.length, diff.changed.length, diff.removed.length]);
  });

  test('a part that fails is tried again alone', async () => {
    broker.standIns.simulator.faults.order({ service: 'workers', kind: 'status-500', when: { page: 15 }, times: 1 });
    const run = await broker.run(workers);
    expect(run.status).toBe('succeeded');
    expect((await partsOf(run.id)).map((part) => part.attempts)).toEqual([1, 1, 2, 1, 1, 1, 1]);
    await check(workers);
  });

  test('a source that moves on while its parts are read is read anew, to a state that it had', async () => {
    broker.standIns.simulator.faults.order({ service: 'workers', kind: 'next-day', when: { page: 22 }, times: 1 });
    const run = await broker.run(workers);
    expect(run).toMatchObject({ status: 'succeeded', pass: 2 });
    await check(workers);
  });

  test('half a list is held, and the parts say which', async () => {
    broker.standIns.simulator.faults.order({ service: 'workers', kind: 'half-list', total: 'kept', times: 'always' });
    const run = await broker.run(workers);
    expect(run).toMatchObject({ status: 'held', error: { code: 'source-incomplete' } });
    broker.standIns.simulator.faults.clear();
  });

  test('a run is given up with the part that could not be read', async () => {
    broker.standIns.simulator.faults.order({ service: 'workers', kind: 'not-authorised-500', when: { page: 30 }, times: 'always' });
    const run = await broker.run(workers);
    expect(run).toMatchObject({ status: 'failed', error: { code: 'source-not-authorised' } });
    expect(run.error?.message).toMatch(/^Part 5 of 7: /);
    broker.standIns.simulator.faults.clear();
    expect((await broker.run(workers)).status).toBe('succeeded');
  });

  test('what is cancelled stops at the next page', async () => {
    broker.standIns.simulator.faults.order({ service: 'workers', kind: 'timeout', when: { page: 25 }, times: 'always' });
    const { id } = await requestRun(broker.app.broker, { dataset: workers, kind: 'pull', mode: 'manual' }, 'test');
    await until(async () => (await partsOf(id)).some((part) => part.status === 'running' && part.number === 5));
    await cancelRun(broker.app.broker, id, 'test');
    // Nobody works on it any more: its parts' locks are free, long before the source's own timeout.
    await until(async () => {
      const { rows } = await broker.app.db.pool.query(`select 1 from pg_locks where locktype = 'advisory' and classid in (71002, 71004)`);
      return rows.length === 0;
    });
    expect((await runView(broker.app.db, id)).status).toBe('cancelled');
    broker.standIns.simulator.faults.clear();
    expect((await broker.run(workers)).status).toBe('succeeded');
    await check(workers);
  });

  test('a queue that is emptied, or away for a while, in the middle loses nothing', async () => {
    if (!redis) return;
    const slow = () => broker.standIns.simulator.faults.order({ service: 'workers', kind: 'slow-drip', bytes: 400, everyMs: 20, times: 3 });
    const begun = async () => {
      broker.standIns.simulator.world.nextDay();
      slow();
      const { id } = await requestRun(broker.app.broker, { dataset: workers, kind: 'pull', mode: 'manual' }, 'test');
      await until(async () => (await partsOf(id)).some((part) => part.status === 'running'));
      return id;
    };
    const done = (id: number) => until(async () => (await runView(broker.app.db, id)).status === 'succeeded');
    const flushed = await begun();
    const people = truthOf(broker.standIns, workers);
    const inside = redis.dump();
    expect(inside).toContain('part-');
    for (const { nationalId, fullName } of people) for (const said of [nationalId, fullName]) expect(inside).not.toContain(said as string);
    redis.flush();
    await done(flushed);
    await check(workers);
    const interrupted = await begun();
    const back = await redis.away();
    await broker.app.db.pool.query('select 1');
    await back();
    await done(interrupted);
    await check(workers);
    const { rows } = await broker.app.db.pool.query(
      'select 1 from record_version where closed is null group by dataset_id, key_index having count(*) > 1',
    );
    expect(rows).toEqual([]);
  }, 120_000);

  test('a snapshot that is released while parts are read makes them read anew against it', async () => {
    broker.standIns.simulator.faults.order({ service: 'workers', kind: 'half-list', total: 'lowered', times: 'always' });
    const held = await broker.run(workers);
    expect(held.status).toBe('held');
    broker.standIns.simulator.faults.clear();
    broker.standIns.simulator.faults.order({
      service: 'workers',
      kind: 'slow-drip',
      bytes: 200,
      everyMs: 30,
      when: { page: 25 },
      times: 1,
    });
    const { id } = await requestRun(broker.app.broker, { dataset: workers, kind: 'pull', mode: 'manual' }, 'test');
    await until(async () => (await partsOf(id)).some((part) => part.status === 'running' && part.number === 5));
    await releaseHeld(broker.app.broker, workers, 'release', 'test', 'test');
    const run = await until(async () => {
      const view = await runView(broker.app.db, id);
      return ['succeeded', 'held', 'failed'].includes(view.status) && view;
    });
    // Half of the people come back at once, which an operator is asked about; that they are all there is what counts.
    expect(['succeeded', 'held']).toContain(run.status);
    if (run.status === 'held') await releaseHeld(broker.app.broker, workers, 'release', 'test', 'test');
    await check(workers);
  }, 60_000);

  test('connections that the server breaks off end no process and lose nothing', async () => {
    broker.standIns.simulator.world.nextDay();
    broker.standIns.simulator.faults.order({ service: 'workers', kind: 'slow-drip', bytes: 400, everyMs: 20, times: 4 });
    const { id } = await requestRun(broker.app.broker, { dataset: workers, kind: 'pull', mode: 'manual' }, 'test');
    await until(async () => (await partsOf(id)).some((part) => part.status === 'running'));
    // Clients only: the server's own autovacuum may be at work here too, and is not ours to end.
    await broker.database.db.pool.query(
      "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and backend_type = 'client backend' and pid <> pg_backend_pid()",
    );
    await until(async () => (await runView(broker.app.db, id).catch(() => undefined))?.status === 'succeeded');
    await check(workers);
  }, 60_000);

  test('parts are not read for an agreement that has ended', async () => {
    const parts = broker.app.broker;
    const { state } = parts;
    broker.standIns.simulator.faults.order({ service: 'workers', kind: 'slow-drip', bytes: 400, everyMs: 20, times: 1 });
    const { id } = await requestRun(parts, { dataset: workers, kind: 'pull', mode: 'manual' }, 'test');
    await until(async () => (await partsOf(id)).length > 0);
    parts.state = async () => ({ ...(await state()), status: 'ended' }) as never;
    const run = await until(async () => {
      const view = await runView(broker.app.db, id);
      return view.finishedAt ? view : undefined;
    });
    parts.state = state;
    expect(run).toMatchObject({ status: 'failed', error: { code: 'agreement-not-in-force' } });
    expect((await partsOf(id)).some((part) => part.status !== 'done')).toBe(true);
  }, 60_000);

  test('what has no counted pages is read as a whole', async () => {
    expect(await broker.run(children)).toMatchObject({ status: 'succeeded', parts: null });
    await check(children);
  });
});
