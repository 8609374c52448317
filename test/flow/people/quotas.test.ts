import { Agent, request } from 'node:https';
import { completeTckn } from '../../../src/core/nationalId';
import { liftLimit, listLimits, setLimit } from '../../../src/operations/quotas';
import { reconcile } from '../../../src/operations/reconcile';
import { logged } from '../../support/audit';
import { type TestBroker, testBroker } from '../../support/broker';
import { somebody } from '../../support/people';
import { truthOf } from '../../support/truth';
import { until } from '../../support/until';
import { type Answer, type Api, closeClean, expectProblem, servedApi } from '../../surfaces/api/support';
import { type AskAs, askAs, ndjson, nextOf, type Row } from './rows';

const agents = 'iskur.agents';
const workers = 'emetip.workers';
const paper = { setBy: 'iskur', document: 'E-1' };

describe('the owner’s limits, over the API', () => {
  const morning = new Date('2026-11-22T09:00:00Z');
  let now = morning;
  let broker: TestBroker;
  let api: Api;
  let ask: AskAs;
  let own: AskAs;
  let person: { id: number; token: string };

  beforeAll(async () => {
    broker = await testBroker({ agents: 60, workers: 2600, children: 40, clock: () => now });
    for (const dataset of [agents, workers, 'cts.children']) expect((await broker.run(dataset)).status).toBe('succeeded');
    broker.standIns.simulator.world.nextDay();
    expect((await broker.run(agents)).status).toBe('succeeded');
    await reconcile(broker.app.broker);
    api = await servedApi(broker);
  }, 60_000);
  beforeEach(async () => {
    now = morning;
    const { pool } = broker.database.db;
    await pool.query('delete from quota_limit; delete from quota_use; delete from quota_charge');
    person = await somebody(broker.app.broker, 'cgm', { unit: 'Merkez' });
    ask = askAs(api, person);
    own = askAs(api, await somebody(broker.app.broker, 'iskur'));
  });
  afterAll(() => closeClean(broker));

  const limit = (size: object, place: object = {}) =>
    setLimit(broker.app.broker, { dataset: agents, party: 'cgm', ...paper, ...place, ...size }, 'test');
  const used = async () => {
    const { rows } = await broker.database.db.pool.query(
      "select mode, queries, records::int from quota_use where scope = 'party' and party = 'cgm' order by mode",
    );
    return Object.fromEntries(rows.map(({ mode, queries, records }) => [mode, [queries, records]]));
  };
  const keyed = (key: string) => ({ headers: { 'idempotency-key': key } });
  const refused = async (answer: Answer, headers: object) => {
    expectProblem(answer, 429, 'quota-exceeded');
    expect(answer.headers).toMatchObject(headers);
    const entries = await logged(broker.database.db, { requestId: String(answer.headers['request-id']) });
    expect(entries).toMatchObject([
      { decision: 'refuse', code: 'quota-exceeded', article: 'V.Ç.7', person: expect.any(Number), records: null },
    ]);
  };
  const records = `/v1/datasets/${agents}/records`;

  test('queries: each answer says what is left; then 429 with limit, use and renewal, until midnight in Istanbul', async () => {
    await limit({ queries: 3 });
    for (const left of [2, 1, 0]) {
      const { status, headers } = await ask(`${records}?limit=1`);
      expect([status, headers.ratelimit]).toEqual([200, `"party-queries";r=${left};t=43200`]);
      expect(headers['ratelimit-policy']).toBe('"party-queries";q=3;qu="requests";w=86400');
      expect(headers['retry-after']).toBeUndefined();
    }
    now = new Date('2026-11-22T20:59:30Z');
    const answer = await ask(`${records}?limit=1`);
    await refused(answer, { 'retry-after': '30', ratelimit: '"party-queries";r=0;t=30' });
    expect(answer.json.detail).toMatch(/\b3 queries\b.*\b3 are used/);
    expect(answer.json.hint).toContain('2026-11-22T21:00:00.000Z');
    // Refused, it counts nothing; others' limits are not told to the owner, whose own reading is not counted.
    expect(await used()).toEqual({ periodic: [3, 3] });
    for (let i = 0; i < 5; i += 1) {
      const { status, headers } = await own(`${records}?limit=1`);
      expect([status, headers.ratelimit]).toEqual([200, undefined]);
    }
    expect(await used()).toEqual({ periodic: [3, 3] });
    now = new Date('2026-11-22T21:00:00Z');
    expect((await ask(`${records}?limit=1`)).headers.ratelimit).toBe('"party-queries";r=2;t=86400');
  });

  test('every route that reads counts a query, and what it shows as records', async () => {
    await limit({ queries: 100, records: 10_000 });
    const [agent] = truthOf(broker.standIns, agents) as [Row];
    const all = truthOf(broker.standIns, agents).length;
    const steps: [() => Promise<Answer>, (answer: Answer) => number][] = [
      [() => ask(`${records}?limit=7`), ({ json }) => json.records.length],
      [() => ask(`/v1/datasets/${agents}/changes?from=1`), ({ json }) => json.changes.length],
      [() => ask(`/v1/datasets/${agents}/record`, { body: { id: String(agent.nationalId) } }), () => 1],
      [() => ask(`/v1/datasets/${agents}/record`, { body: { id: completeTckn('123456780') } }), () => 0],
      [() => ask(`/v1/datasets/${agents}/export`), ({ text }) => ndjson(text).length],
    ];
    let [queries, shown] = [0, 0];
    for (const [asking, count] of steps) {
      const answer = await asking();
      queries += 1;
      shown += count(answer);
      await until(async () => (await used()).periodic?.[1] === shown);
      expect(await used()).toEqual({ periodic: [queries, shown] });
      expect(answer.headers.ratelimit).toContain(`"party-queries";r=${100 - queries};`);
    }
    expect(shown).toBeGreaterThan(all);
    // What shows no record counts nothing.
    for (const where of ['/v1/datasets', '/v1/runs', `/v1/datasets/${agents}/snapshots`]) await ask(where);
    expect(await used()).toEqual({ periodic: [queries, shown] });
    // A summary is drawn from records and shows none.
    await ask('/v1/findings/summary');
    queries += 1;
    expect(await used()).toEqual({ periodic: [queries, shown] });
    const { json } = await ask('/v1/findings?limit=1000');
    const theirs = await broker.database.db.pool.query('select count(*)::int as n from finding where dataset = $1 and id = any($2)', [
      agents,
      json.findings.map((f: { id: number }) => f.id),
    ]);
    expect(theirs.rows[0].n).toBeGreaterThan(0);
    expect(await used()).toEqual({ periodic: [queries + 1, shown + theirs.rows[0].n] });
  });

  test('a 304 counts as a query and shows no record', async () => {
    const tag = String((await ask(`${records}?limit=5`)).headers.etag);
    expect((await ask(`${records}?limit=5`, { headers: { 'if-none-match': tag } })).status).toBe(304);
    const etag = String((await ask(`/v1/datasets/${agents}/export`)).headers.etag);
    expect((await ask(`/v1/datasets/${agents}/export`, { headers: { 'if-none-match': etag } })).status).toBe(304);
    const all = truthOf(broker.standIns, agents).length;
    expect(await used()).toEqual({ periodic: [4, 5 + all] });
  });

  test('records: a page or an export that would go over is refused before its first byte, a smaller one goes', async () => {
    await limit({ records: 20 });
    expect((await ask(`${records}?limit=15`)).status).toBe(200);
    await refused(await ask(`${records}?limit=6`), { ratelimit: '"party-records";r=5;t=43200', 'retry-after': '43200' });
    await refused(await ask(`/v1/datasets/${agents}/export`), { ratelimit: '"party-records";r=5;t=43200' });
    expect(await used()).toEqual({ periodic: [1, 15] });
    expect((await ask(`${records}?limit=5`)).status).toBe(200);
    expect(await used()).toEqual({ periodic: [2, 20] });
  });

  describe('an export that is broken off', () => {
    const open = async () =>
      (await broker.database.db.pool.query("select count(*)::int as n from quota_charge where open <> '{}' and reserved > 1000")).rows[0].n;
    const theirs = () => limit({ records: 4000 }, { dataset: workers, party: 'iskur', setBy: 'cgm' });
    const usedOf = async () => (await listLimits(broker.app.broker, { dataset: workers }))[0]?.standings[0]?.used ?? -1;
    const headers = (token: string) => ({ authorization: `Bearer ${token}`, 'kopru-purpose': 'schooling', 'kopru-case': 'T-1' });
    const where = () => new URL(`/v1/datasets/${workers}/export`, api.url);

    test('by its reader counts what was logged, and gives the rest back', async () => {
      await theirs();
      const iskur = await somebody(broker.app.broker, 'iskur');
      await new Promise<void>((resolve) => {
        const agent = new Agent({ ca: api.ca });
        const req = request(where(), { agent, headers: headers(iskur.token), highWaterMark: 1024 } as object, (answer) => {
          answer.once('data', () => {
            answer.destroy();
            resolve();
          });
        });
        req.on('error', () => undefined);
        req.end();
      });
      await until(async () => (await open()) === 0);
      const entries = await logged(broker.database.db, { person: iskur.id, action: 'export', decision: 'allow' });
      expect(entries.length).toBeGreaterThan(0);
      expect(await usedOf()).toBe(entries.reduce((sum, e) => sum + (e.records ?? 0), 0));
    });

    test('before it began leaves nothing reserved either', async () => {
      await theirs();
      const iskur = await somebody(broker.app.broker, 'iskur');
      const client = await broker.database.db.pool.connect();
      try {
        // The first batch waits to be logged; meanwhile the reader hangs up.
        await client.query('begin; select pg_advisory_xact_lock(71006, 0)');
        const req = request(where(), { agent: new Agent({ ca: api.ca }), headers: headers(iskur.token) });
        req.on('error', () => undefined);
        req.end();
        await until(async () => {
          const { rows } = await broker.database.db.pool.query(
            `select from pg_locks where locktype = 'advisory' and classid = 71006 and not granted
               and database = (select oid from pg_database where datname = current_database())`,
          );
          return rows.length > 0;
        });
        expect(await open()).toBe(1);
        const gone = new Promise((resolve) => req.once('close', resolve));
        req.destroy();
        await gone;
        // Its end has reached the server once another request over another connection was answered.
        expect((await api.ask('/health/live')).status).toBe(200);
        await client.query('commit');
      } finally {
        client.release();
      }
      await until(async () => (await open()) === 0);
      const entries = await logged(broker.database.db, { person: iskur.id, action: 'export', decision: 'allow' });
      expect(await usedOf()).toBe(entries.reduce((sum, e) => sum + (e.records ?? 0), 0));
    });
  });

  test('one idempotency key is one question: again it is free, another counts again', async () => {
    await limit({ queries: 50, records: 1000 });
    const times = (asking: () => Promise<Answer>, n = 3) =>
      Promise.all(Array.from({ length: n }, asking)).then((all) => expect(all.map((a) => a.status)).toEqual(Array(n).fill(200)));
    await times(() => ask(`${records}?limit=2`, keyed('a')));
    expect(await used()).toEqual({ periodic: [1, 2] });
    await times(() => ask(`${records}?limit=2`, keyed('b')), 1);
    expect(await used()).toEqual({ periodic: [2, 4] });
    // Other fields, another snapshot, another filter, another page, another route: other questions.
    const next = nextOf(await ask(`${records}?limit=2`, keyed('a'))) as string;
    for (const where of [
      `${records}?limit=2&fields=status`,
      `${records}?limit=2&snapshot=1`,
      `${records}?limit=2&status=AKT%C4%B0F`,
      next,
      `/v1/datasets/${agents}/changes?from=1&limit=2`,
    ])
      await times(() => ask(where, keyed('a')), 2);
    expect(await used()).toEqual({ periodic: [7, 14] });
    // Another person's same key is another one.
    await times(() => api.ask(`${records}?limit=2`, { as: 'cgm', ...keyed('a') }), 1);
    expect(await used()).toEqual({ periodic: [8, 16] });
    // The same of keys that are alike for a hundred letters.
    for (const tail of ['x', 'y', 'x']) await times(() => ask(`${records}?limit=1`, keyed('z'.repeat(100) + tail)), 1);
    expect(await used()).toEqual({ periodic: [10, 18] });
  });

  test('one key does not do for everybody’s record, nor for all findings', async () => {
    const people = truthOf(broker.standIns, agents).slice(0, 6);
    for (const { nationalId } of [...people, ...people])
      expect((await ask(`/v1/datasets/${agents}/record`, { body: { id: String(nationalId) }, ...keyed('one') })).status).toBe(200);
    expect(await used()).toEqual({ periodic: [6, 6] });
    const { json } = await ask('/v1/findings/summary');
    const rules: string[] = json.rules.filter((r: { open: number }) => r.open > 0).map((r: { rule: string }) => r.rule);
    let found = 0;
    for (const rule of [...rules, ...rules]) {
      const { json: page } = await ask(`/v1/findings?rule=${rule}&limit=1000`, keyed('one'));
      found += page.findings.length;
    }
    const { rows } = await broker.database.db.pool.query(
      `select count(*)::int as n, count(distinct rule)::int as rules from finding where dataset = $1 and status = 'open'`,
      [agents],
    );
    expect(rows[0].rules).toBeGreaterThan(1);
    expect(found).toBeGreaterThan(rows[0].n);
    expect(await used()).toEqual({ periodic: [6 + 1 + rows[0].rules, 6 + rows[0].n] });
  });

  test('look-ups are instant queries, and a repeat under its key is free', async () => {
    await limit({ queries: 2 }, { mode: 'instant' });
    const people = truthOf(broker.standIns, agents).filter((a) => String(a.nationalId).length === 11);
    const lookUp = (n: number, key?: string) =>
      ask(`/v1/datasets/${agents}/lookups`, { body: { id: String(people[n]?.nationalId) }, ...(key ? keyed(key) : {}) });
    const first = await lookUp(0, 'k');
    expect([first.status, first.headers.ratelimit]).toEqual([200, '"party-queries-instant";r=1;t=43200']);
    expect((await lookUp(0, 'k')).status).toBe(200);
    expect(await used()).toEqual({ instant: [1, 1] });
    expect((await lookUp(1)).status).toBe(200);
    await refused(await lookUp(2), { ratelimit: '"party-queries-instant";r=0;t=43200' });
    expect(await used()).toEqual({ instant: [2, 2] });
    // Pages are counted apart.
    expect((await ask(`${records}?limit=1`)).status).toBe(200);
  });

  test('limits of the unit and of the person bind beside the party’s, until they are lifted', async () => {
    await limit({ queries: 10 });
    await limit({ queries: 2 }, { unit: 'Kıyı' });
    const coast = askAs(api, await somebody(broker.app.broker, 'cgm', { unit: 'Kıyı' }));
    await limit({ queries: 1 }, { person: person.id });
    expect((await ask(`${records}?limit=1`)).status).toBe(200);
    await refused(await ask(`${records}?limit=1`), { ratelimit: '"person-queries";r=0;t=43200' });
    for (const status of [200, 200, 429]) expect((await coast(`${records}?limit=1`)).status).toBe(status);
    await liftLimit(broker.app.broker, { dataset: agents, party: 'cgm', person: person.id, ...paper }, 'test');
    expect((await ask(`${records}?limit=1`)).headers.ratelimit).toBe('"party-queries";r=6;t=43200');
  });
});
