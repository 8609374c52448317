import { readFile } from 'node:fs/promises';
import { completeTckn, completeVkn } from '../../src/core/nationalId';
import { Door } from '../../src/disclosure/door';
import { askerOf } from '../support/asker';
import { type TestBroker, testBroker } from '../support/broker';
import { hasRedis, type TestRedis, testRedis } from '../support/redis';
import { truthOf } from '../support/truth';
import { until } from '../support/until';
import { type Api, expectProblem, servedApi, serverWith } from '../surfaces/api/support';

const agents = 'iskur.agents';

if (!hasRedis) console.error('SKIPPED: no redis-server on this machine, so look-ups are not tested on Redis.');

const places = hasRedis ? ['PostgreSQL', 'Redis'] : ['PostgreSQL'];

describe.each(places)('look-ups, the queue on %s', (place) => {
  let redis: TestRedis | undefined;
  let broker: TestBroker;
  let api: Api;
  let now = new Date();
  const stranger = completeTckn('123456780');

  beforeAll(async () => {
    redis = place === 'Redis' ? await testRedis() : undefined;
    broker = await testBroker({ ...(redis ? { redisUrl: redis.url } : {}), clock: () => now, env: { LOOKUP_WAIT_SECONDS: '10' } });
    api = await servedApi(broker);
  });
  afterAll(async () => {
    await broker.close();
    await redis?.stop();
  });
  afterEach(() => broker.standIns.simulator.faults.clear());

  const people = () => truthOf(broker.standIns, agents) as { nationalId: string; fullName: string | null; status: string }[];
  const citizen = (n = 0) => people().filter((p) => p.nationalId.length === 11)[n] as { nationalId: string; fullName: string };
  const lookUp = (id: string, key?: string, as = 'cgm') =>
    api.ask(`/v1/datasets/${agents}/lookups`, { as, body: { id }, ...(key ? { headers: { 'idempotency-key': key } } : {}) });
  const order = (kind: string, more: object = { times: 'always' }) =>
    broker.standIns.simulator.faults.order({ service: 'agents-query', kind, ...more } as never);
  const rows = async () => (await broker.database.db.pool.query('select * from lookup order by requested_at')).rows;

  test('answer with what the source says now, in the fields that the grant opens', async () => {
    const person = citizen();
    const answer = await lookUp(person.nationalId);
    expect(answer.status).toBe(200);
    expect(answer.json).toMatchObject({
      stale: false,
      record: person,
      provenance: {
        dataset: agents,
        grant: { id: 'cgm-agents' },
        notice: { text: 'teyit gerekir' },
        publicationConsent: [{ state: 'closed' }],
      },
    });
    expect(answer.json.provenance).not.toHaveProperty('snapshot');
  });

  test('keep nothing once delivered but the audit', async () => {
    const [row] = await rows();
    expect(row).toMatchObject({ status: 'delivered', request: null, answer: null });
    expectProblem(await api.ask(`/v1/lookups/${row.id}`, { as: 'cgm' }), 410, 'lookup-gone');
    const { rows: log } = await broker.database.db.pool.query(
      `select action, decision, body::jsonb ->> 'grant' as grant, length(subjects) as subjects from audit_entry
        where action like 'lookup%' order by seq limit 2`,
    );
    expect(log).toEqual([
      { action: 'lookup', decision: 'allow', grant: 'cgm-agents', subjects: 16 },
      { action: 'lookup-answer', decision: 'allow', grant: 'cgm-agents', subjects: 16 },
    ]);
  });

  test('tell apart what is not there, what is refused and what is faulty', async () => {
    expectProblem(await lookUp(stranger), 404, 'source-not-found');
    order('not-authorised-500');
    expectProblem(await lookUp(citizen().nationalId), 502, 'source-not-authorised');
    broker.standIns.simulator.faults.clear();
    order('status-500');
    // No snapshot yet that could answer instead.
    expectProblem(await lookUp(citizen().nationalId), 502, 'source-fault');
  });

  test('refuse ids that the query does not take, each kind in its own way', async () => {
    expectProblem(await lookUp(completeVkn('123456789')), 400, 'source-id-refused');
    expectProblem(await lookUp(completeTckn('991234567')), 400, 'id-invalid');
    expectProblem(await lookUp('12345678901'), 400, 'id-invalid');
  });

  test('are closed to whom no grant opens them, and where no query is configured', async () => {
    expect((await lookUp(citizen().nationalId, undefined, 'iskur')).status).toBe(200);
    expectProblem(await api.ask('/v1/datasets/emetip.workers/lookups', { as: 'cgm', body: { id: stranger } }), 404, 'lookup-not-offered');
    expectProblem(await api.ask('/v1/datasets/baska.kayit/lookups', { as: 'cgm', body: { id: stranger } }), 403, 'grant-closed');
    expectProblem(await api.ask(`/v1/datasets/${agents}/lookups`, { body: { id: stranger } }), 401, 'not-authenticated');
  });

  test('are answered by the newest snapshot while the source is down, marked as stale', async () => {
    await broker.run(agents);
    order('status-500');
    const answer = await lookUp(citizen(1).nationalId);
    expect(answer.json).toMatchObject({ stale: true, record: citizen(1), provenance: { snapshot: { version: 1 } } });
    // What the snapshot lacks might be known to the source.
    expectProblem(await lookUp(stranger), 502, 'source-fault');
    broker.standIns.simulator.faults.clear();
    order('not-authorised-500');
    expectProblem(await lookUp(citizen(1).nationalId), 502, 'source-not-authorised');
  });

  test('are free to repeat under one key, which stands for one question', async () => {
    // The second one would fail, if the source were asked again.
    const first = await lookUp(citizen(2).nationalId, 'soru-1');
    order('not-authorised-500');
    const again = await lookUp(citizen(2).nationalId, 'soru-1');
    expect([first.status, again.status]).toEqual([200, 200]);
    expect(again.json).toEqual(first.json);
    expectProblem(await lookUp(citizen(3).nationalId, 'soru-1'), 409, 'state-conflict');
    expect((await lookUp(citizen(2).nationalId, 'soru-1', 'iskur')).status).toBe(502);
    now = new Date(now.getTime() + 3 * 60_000);
    expectProblem(await lookUp(citizen(2).nationalId, 'soru-1'), 410, 'lookup-gone');
    await until(async () => (await rows()).every((row) => row.answer === null && row.request === null));
  });

  test('that take longer get an address to ask again', async () => {
    order('slow-drip', { bytes: 1, everyMs: 20, times: 1 });
    const { server, api: quick } = await serverWith(broker, api, { lookupWaitMillis: 0 });
    const started = await quick.ask(`/v1/datasets/${agents}/lookups`, { as: 'cgm', body: { id: citizen(4).nationalId } });
    expect(started.status).toBe(202);
    expect(started.headers['retry-after']).toBe('2');
    const place = started.headers.location as string;
    expectProblem(await api.ask(place, { as: 'iskur' }), 404, 'not-found');
    const answer = await until(async () => {
      const got = await quick.ask(place, { as: 'cgm' });
      return got.status === 200 && got;
    });
    expect(answer.json.record).toEqual(citizen(4));
    await server.close();
  });

  test('whose worker does not come back are taken up by another', async () => {
    const { door } = broker.app;
    order('timeout', { times: 1 });
    const waiting = door.lookup(askerOf('cgm'), agents, citizen(5).nationalId, { waitMillis: 60_000 });
    await until(async () => (await rows()).some((row) => row.status === 'running'));
    now = new Date(now.getTime() + 60_000);
    expect(await waiting).toMatchObject({ pending: false, record: citizen(5) });
  }, 60_000);

  test('answer nothing once the agreement has ended', async () => {
    order('slow-drip', { bytes: 1, everyMs: 10, times: 1 });
    const { door } = broker.app;
    const begun = await door.lookup(askerOf('cgm'), agents, citizen(6).nationalId, { waitMillis: 0 });
    await until(async () => (await rows()).find((row) => row.id === begun.id)?.status === 'answered');
    const state = broker.app.broker.state;
    const { db, keys, agreement, clock, audit } = broker.app.broker;
    const ended = new Door({
      db,
      keys,
      agreement,
      clock,
      audit,
      state: async () => ({ ...(await state()), status: 'ended' }) as never,
      countStatistic: async () => Promise.reject(new Error('nothing is counted here')),
      lookups: { offered: new Set([agents]), told: async () => undefined, courtesy: { begin: () => () => undefined } },
    });
    await expect(ended.lookupAnswer(askerOf('cgm'), begun.id, 0)).rejects.toMatchObject({
      code: 'agreement-not-in-force',
    });
    expect(await door.lookupAnswer(askerOf('cgm'), begun.id, 0)).toMatchObject({ pending: false });
  });

  test('stand nowhere in clear: not in the rows, the queue, the log', async () => {
    await broker.app.door.lookup(askerOf('cgm'), agents, citizen(7).nationalId, {
      waitMillis: 0,
      repeatKey: citizen(7).nationalId,
    });
    const text = [
      JSON.stringify(await rows()),
      redis ? redis.dump() : JSON.stringify((await broker.database.db.pool.query('select * from bullmq.job')).rows),
      await readFile(`${broker.folder}/logs/kopru.log`, 'utf8'),
    ];
    for (const { nationalId, fullName } of people())
      for (const one of text) for (const said of [nationalId, fullName]) if (said) expect(one).not.toContain(said);
  });
});
