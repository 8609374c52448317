import Fastify from 'fastify';
import { type QueueBackend, queueBackend } from '../../../jobs/backend';
import { queueBoard } from '../../../jobs/board';
import { type TestDatabase, testDatabase } from '../../support/database';
import { hasRedis, type TestRedis, testRedis } from '../../support/redis';
import { expectProblem } from '../api/support';
import { basic, bearer, type Ops, servedOps, token } from './support';

if (!hasRedis) console.error('SKIPPED: no redis-server on this machine, so the board of queues on Redis is not tested.');

/** What bull-board knows to do to a queue or a job, as its page would ask for it. */
const orders: [string, string][] = [
  ['PUT', '/board/api/queues/pause'],
  ['PUT', '/board/api/queues/resume'],
  ['PUT', '/board/api/queues/pulls/pause'],
  ['PUT', '/board/api/queues/pulls/resume'],
  ['PUT', '/board/api/queues/pulls/empty'],
  ['PUT', '/board/api/queues/pulls/obliterate'],
  ['PUT', '/board/api/queues/pulls/promote'],
  ['PUT', '/board/api/queues/pulls/concurrency'],
  ['PUT', '/board/api/queues/pulls/rate-limit'],
  ['PUT', '/board/api/queues/pulls/retry/failed'],
  ['PUT', '/board/api/queues/pulls/clean/waiting'],
  ['PUT', '/board/api/queues/pulls/run-7-0/clean'],
  ['PUT', '/board/api/queues/pulls/run-7-0/retry'],
  ['PUT', '/board/api/queues/pulls/run-7-0/promote'],
  ['PATCH', '/board/api/queues/pulls/run-7-0/update-data'],
  ['PATCH', '/board/api/queues/pulls/run-7-0/delay'],
  ['POST', '/board/api/queues/pulls/add'],
];

describe.each([
  ['PostgreSQL', true],
  ['Redis', hasRedis],
])('the board of queues on %s', (place, there) => {
  const possibly = there ? test : test.skip;
  let database: TestDatabase;
  let redis: TestRedis | undefined;
  let backend: QueueBackend;
  let ops: Ops;
  let queues: ReturnType<QueueBackend['queue']>[];

  beforeAll(async () => {
    if (!there) return;
    database = await testDatabase();
    redis = place === 'Redis' ? await testRedis() : undefined;
    backend = queueBackend({ databaseUrl: database.url, redisUrl: redis?.url });
    queues = [backend.queue('pulls'), backend.queue('lookups')];
    await queues[0]?.add('run', { runId: 7 }, { jobId: 'run-7-0' });
    await queues[1]?.waitUntilReady();
    ops = await servedOps({ board: queueBoard(queues) });
  });
  afterAll(async () => {
    if (!there) return;
    await ops.close();
    await Promise.all(queues.map((queue) => queue.close()));
    await backend.close();
    await database.drop();
    await redis?.stop();
  });

  possibly('has its page, and all that the page loads comes from here', async () => {
    for (const where of ['/board', '/board/', '/board/queue/pulls', '/board/queue/pulls/run-7-0']) {
      const page = await ops.api.ask(where, { headers: basic('operator', token) });
      expect([page.status, page.headers['content-type']]).toEqual([200, 'text/html; charset=utf-8']);
      expect(page.text).toContain('<base href="/board/" />');
      const files = [...page.text.matchAll(/(?:src|href)="(static\/[^"]+)"/g)].map((m) => m[1] as string);
      expect(files.length).toBeGreaterThan(4);
      for (const file of files) expect((await ops.api.ask(`/board/${file}`, { headers: bearer })).status).toBe(200);
      // Its policy lets it run its own scripts and no others; a script in the page itself is data only.
      const policy = String(page.headers['content-security-policy']);
      expect(policy).toContain("script-src 'self';");
      expect(policy).not.toMatch(/https?:|unsafe-eval|script-src[^;]*unsafe/);
      for (const script of page.text.match(/<script(?![^>]* src=)[^>]*>/g) ?? []) expect(script).toContain('type="application/json"');
    }
  });

  possibly('lists the queues and their jobs, with numbers of rows only', async () => {
    const { json } = await ops.api.ask('/board/api/queues?activeQueue=pulls&status=latest&page=1&jobsPerPage=10', { headers: bearer });
    expect(json.queues.map((q: any) => [q.name, q.readOnlyMode])).toEqual([
      ['pulls', true],
      ['lookups', true],
    ]);
    expect(json.queues[0].counts).toMatchObject({ waiting: 1, failed: 0 });
    expect(json.queues[0].jobs).toMatchObject([{ id: 'run-7-0', name: 'run', data: { runId: 7 } }]);
    expect((await ops.api.ask('/board/api/queues/pulls/run-7-0', { headers: bearer })).json.job.data).toEqual({ runId: 7 });
    expect((await ops.api.ask('/board/api/redis/stats', { headers: bearer })).json.backend).toBe(place === 'Redis' ? 'redis' : 'postgres');
  });

  possibly('is closed without the token, files and data too', async () => {
    const places = ['/board', '/board/', '/board/queue/pulls', '/board/api/queues', '/board/api/redis/stats', '/board/static/favicon.ico'];
    for (const where of places) {
      expectProblem(await ops.api.ask(where), 401, 'not-authenticated');
      expectProblem(await ops.api.ask(where, { headers: basic('operator', 'x') }), 401, 'not-authenticated');
    }
  });

  possibly('takes no orders', async () => {
    for (const [method, where] of orders) {
      for (const body of [undefined, {}]) {
        const answer = await ops.api.ask(where, { method, headers: bearer, ...(body ? { body } : {}) });
        expect([method, where, [404, 405].includes(answer.status)]).toEqual([method, where, true]);
        expect(answer.headers['content-type']).toMatch(/^application\/problem\+json/);
      }
    }
    expect(await queues[0]?.getJobCounts()).toMatchObject({ waiting: 1 });
    expect(await queues[0]?.isPaused()).toBe(false);
    expect((await queues[0]?.getJob('run-7-0'))?.data).toEqual({ runId: 7 });
  });

  possibly('has no route but to read, whoever serves it', async () => {
    const app = Fastify();
    const methods = new Set<string>();
    app.addHook('onRoute', ({ method }) => {
      for (const one of [method].flat()) methods.add(one);
    });
    await queueBoard(queues)(app, '/board');
    await app.ready();
    expect(methods).toEqual(new Set(['GET', 'HEAD']));
    await app.close();
  });
});
