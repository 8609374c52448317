import { readFileSync } from 'node:fs';
import { systemClock } from '../../../src/core/clock';
import { KeyRing, masterKey } from '../../../src/infra/keys';
import { liftLimit, listLimits, setLimit } from '../../../src/operations/quotas';
import { agreement2024 } from '../../agreements/support/files';
import { logged } from '../../support/audit';
import { type Many, many } from '../../support/many';
import { somebody } from '../../support/people';
import { hasRedis, type TestRedis, testRedis } from '../../support/redis';
import { truthOf } from '../../support/truth';
import { type Answer, type Api, apiAt, expectProblem } from '../../surfaces/api/support';

const agents = 'iskur.agents';
const place = { dataset: agents, party: 'cgm', setBy: 'iskur', document: 'E-1' };

if (!hasRedis) console.error('SKIPPED: no redis-server on this machine, so quotas of several processes are not tested on Redis.');
const places = hasRedis ? ['Redis', 'PostgreSQL'] : ['PostgreSQL'];

describe.each(places)('two API processes on one database, the queue on %s', (queue) => {
  let redis: TestRedis | undefined;
  let broker: Many;
  let apis: Api[];
  let person: { id: number; token: string };

  beforeAll(async () => {
    redis = queue === 'Redis' ? await testRedis() : undefined;
    const env = { LOOKUP_WAIT_SECONDS: '30', ...(redis ? { REDIS_URL: redis.url } : {}) };
    broker = await many({ size: '60,60,20', lean: true, env });
    // It stays: look-ups go through the queue to it.
    await broker.program.stay(['work']);
    expect((await broker.program.kopru(['sync', agents, '--wait'])).code).toBe(0);
    const started = [await broker.program.stay(['api']), await broker.program.stay(['api'])];
    const secrets = `${broker.program.folder}/data/secrets`;
    const { caFile } = JSON.parse(readFileSync(`${secrets}/api.json`, 'utf8'));
    apis = started.map((one) => apiAt(/(https:\S+)/.exec(one.output())?.[1] as string, readFileSync(caFile, 'utf8'), {}));
    const keys = new KeyRing(broker.database.db, masterKey(`${secrets}/master.key`, { create: false }));
    person = await somebody({ db: broker.database.db, keys, agreement: agreement2024 }, 'cgm');
  }, 60_000);
  afterAll(async () => {
    await broker.close();
    await redis?.stop();
  }, 60_000);
  afterEach(async () => {
    for (const mode of (await listLimits(deps(), place)).map((limit) => limit.mode ?? undefined))
      await liftLimit(deps(), { ...place, mode }, 'test');
    await broker.database.db.pool.query('delete from quota_use; delete from quota_charge');
  });

  const deps = () => ({ agreement: agreement2024, db: broker.database.db, clock: systemClock });
  /** So many at once, one process after the other in turn. */
  const atOnce = (n: number, where: string, headers: Record<string, string> = {}, body?: (i: number) => object): Promise<Answer[]> =>
    Promise.all(
      Array.from({ length: n }, (_, i) =>
        (apis[i % 2] as Api).ask(where, { authorization: `Bearer ${person.token}`, headers, ...(body ? { body: body(i) } : {}) }),
      ),
    );
  const lookUps = (n: number) => {
    const ids = truthOf(broker.standIns, agents).flatMap(({ nationalId }) => (String(nationalId).length === 11 ? [nationalId] : []));
    return atOnce(n, `/v1/datasets/${agents}/lookups`, {}, (i) => ({ id: ids[i % ids.length] }));
  };
  const used = async (mode = 'periodic') =>
    (await broker.database.db.pool.query("select queries, records::int from quota_use where scope = 'party' and mode = $1", [mode]))
      .rows[0];
  const lookupRows = async () => (await broker.database.db.pool.query('select count(*)::int as n from lookup')).rows[0].n as number;
  const counted = (answers: Answer[]) => [200, 429].map((status) => answers.filter((a) => a.status === status).length);

  test('200 queries at once against a limit of 50: 50 are answered, by both, and 150 refused', async () => {
    await setLimit(deps(), { ...place, queries: 50 }, 'test');
    const before = (await logged(broker.database.db)).length;
    const answers = await atOnce(200, `/v1/datasets/${agents}/records?limit=3`);
    expect(counted(answers)).toEqual([50, 150]);
    expect(await used()).toEqual({ queries: 50, records: 150 });
    const left = answers.filter((a) => a.status === 200).map(({ headers }) => Number(/r=(\d+);/.exec(String(headers.ratelimit))?.[1]));
    // Each took a place of its own.
    expect(left.sort((a, b) => a - b)).toEqual(Array.from({ length: 50 }, (_, i) => i));
    for (const answer of answers) {
      expect(answer.headers['ratelimit-policy']).toBe('"party-queries";q=50;qu="requests";w=86400');
      if (answer.status === 200) continue;
      expectProblem(answer, 429, 'quota-exceeded');
      const seconds = Number(answer.headers['retry-after']);
      expect(seconds).toBeGreaterThan(0);
      expect(seconds).toBeLessThanOrEqual(86_400);
      expect(answer.headers.ratelimit).toBe(`"party-queries";r=0;t=${seconds}`);
      expect(answer.json.detail).toMatch(/\b50 queries a day\b.*\b50 are used/);
      expect(answer.json.hint).toMatch(/T21:00:00\.000Z/);
    }
    // One entry for each, whichever process wrote it.
    const entries = (await logged(broker.database.db, { person: person.id })).slice(-200);
    expect((await logged(broker.database.db)).length).toBe(before + 200);
    expect(new Set(entries.map((e) => e.requestId))).toEqual(new Set(answers.map((a) => a.headers['request-id'])));
    expect(entries.filter((e) => e.decision === 'refuse' && e.code === 'quota-exceeded')).toHaveLength(150);
  });

  test('200 look-ups at once against a limit of 50 of their own: 50 are asked and answered, and 150 refused', async () => {
    await setLimit(deps(), { ...place, queries: 1000 }, 'test');
    await setLimit(deps(), { ...place, mode: 'instant', queries: 50 }, 'test');
    const before = await lookupRows();
    const answers = await lookUps(200);
    expect(counted(answers)).toEqual([50, 150]);
    expect(await used('instant')).toEqual({ queries: 50, records: 50 });
    // Those that were refused never came near the queue.
    expect(await lookupRows()).toBe(before + 50);
    for (const answer of answers)
      if (answer.status === 200) expect(answer.json).toMatchObject({ stale: false, record: { nationalId: expect.any(String) } });
      else expectProblem(answer, 429, 'quota-exceeded');
    // This queue is where it is said to be.
    if (redis) expect(redis.dump()).toMatch(/^\S*lookup/m);
  });

  test('200 queries at once, every other one a look-up, against one limit of 50: 50 are answered', async () => {
    await setLimit(deps(), { ...place, queries: 50 }, 'test');
    const both = await Promise.all([atOnce(100, `/v1/datasets/${agents}/records?limit=3`), lookUps(100)]);
    expect(counted(both.flat())).toEqual([50, 150]);
    const [reads = 0, asked = 0] = both.map((answers) => counted(answers)[0]);
    expect([(await used('periodic'))?.queries ?? 0, (await used('instant'))?.queries ?? 0]).toEqual([reads, asked]);
  });

  test('records: as many whole pages as there is room for', async () => {
    await setLimit(deps(), { ...place, records: 100 }, 'test');
    const answers = await atOnce(60, `/v1/datasets/${agents}/records?limit=7`);
    expect(counted(answers)).toEqual([14, 46]);
    expect(await used()).toEqual({ queries: 14, records: 98 });
  });

  test('exports at once never go over together', async () => {
    await setLimit(deps(), { ...place, records: 150 }, 'test');
    const answers = await atOnce(20, `/v1/datasets/${agents}/export`);
    const rows = answers.filter((a) => a.status === 200).map((a) => a.text.trimEnd().split('\n').length);
    expect(rows.length).toBe(Math.floor(150 / (rows[0] as number)));
    expect(counted(answers)).toEqual([rows.length, 20 - rows.length]);
  });

  test('one idempotency key counts once, whichever process is asked', async () => {
    await setLimit(deps(), { ...place, queries: 1 }, 'test');
    const answers = await atOnce(40, `/v1/datasets/${agents}/records?limit=3`, { 'idempotency-key': 'one' });
    expect(counted(answers)).toEqual([40, 0]);
    expect(await used()).toEqual({ queries: 1, records: 3 });
    expect(counted(await atOnce(2, `/v1/datasets/${agents}/records?limit=3`, { 'idempotency-key': 'two' }))).toEqual([0, 2]);
  });
});
