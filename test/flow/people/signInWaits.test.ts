import type { FastifyInstance } from 'fastify';
import { signInPolicy } from '../../../src/access/signIn/policy';
import { logged } from '../../support/audit';
import { type TestBroker, testBroker } from '../../support/broker';
import { type Enrolled, enrolled, signIn } from '../../support/signIn';
import { until } from '../../support/until';
import { type Answer, type Api, closeClean, expectProblem, loggedFor, servedApi, serverWith } from '../../surfaces/api/support';
import { told } from './rows';

const { named, network } = signInPolicy.failures;

describe('failures slow the next attempt down', () => {
  let now = new Date('2026-11-23T06:00:00Z');
  let broker: TestBroker;
  let api: Api;
  let second: { server: FastifyInstance; api: Api };

  beforeAll(async () => {
    broker = await testBroker({
      agents: 10,
      workers: 10,
      children: 10,
      work: false,
      clock: () => now,
      env: { TRUSTED_PROXIES: '127.0.0.1' },
    });
    api = await servedApi(broker);
    second = await serverWith(broker, api, {});
  });
  afterAll(async () => {
    await second.server.close();
    await closeClean(broker);
  });
  beforeEach(() => {
    now = new Date(now.getTime() + 25 * 3_600_000);
  });

  const later = (seconds: number) => {
    now = new Date(now.getTime() + seconds * 1000);
  };
  const wrong = (who: Enrolled, from?: string, at: Api = api) =>
    signIn(at, who, now, { password: 'zzmark falsch', ...(from === undefined ? {} : { from }) });
  const expectWait = (answer: Answer, seconds: number) => {
    expectProblem(answer, 429, 'too-many-attempts');
    expect(answer.headers['retry-after']).toBe(String(seconds));
  };

  test('twice as long each time, on every server of the database; with the right factors too, until the wait is over', async () => {
    const who = await enrolled(broker, api);
    for (let i = 0; i < named.free; i += 1) expectProblem(await wrong(who, undefined, i % 2 ? api : second.api), 401, 'not-authenticated');
    for (let seconds = 5; seconds <= 80; seconds *= 2) {
      const held = await wrong(who, undefined, second.api);
      expectWait(held, seconds);
      const entries = await loggedFor(broker, held);
      expect(entries.map((e) => [e.action, e.decision, e.code, e.person])).toEqual([
        ['authenticate', 'refuse', 'too-many-attempts', who.id],
      ]);
      later(seconds - 1);
      expectWait(await signIn(api, who, now), 1);
      later(1);
      expectProblem(await wrong(who, undefined, second.api), 401, 'not-authenticated');
    }
    expectWait(await signIn(api, who, now), 160);
    later(160);
    expect((await signIn(api, who, now)).status).toBe(200);
    // A success begins the count anew.
    for (let i = 0; i < named.free; i += 1) expectProblem(await wrong(who), 401, 'not-authenticated');
    expectWait(await wrong(who), 5);
  });

  test('somebody who is not there has to wait as somebody who is', async () => {
    const who = await enrolled(broker, api);
    const nobody = { ...who, email: 'zzmark.hayalet@ornek.example' };
    const answers = async (one: Enrolled, from: string) => {
      const found: object[] = [];
      for (let i = 0; i < named.free + 2; i += 1) found.push(told(await wrong(one, from)));
      return found;
    };
    const [theirs, nobodys] = [await answers(who, '203.0.113.1'), await answers(nobody, '203.0.113.2')];
    expect(nobodys).toEqual(theirs);
    expect(new Set(theirs.map((one) => (one as { status: number }).status))).toEqual(new Set([401, 429]));
  });

  test('a stranger’s failures do not keep the person out from her own address', async () => {
    const who = await enrolled(broker, api);
    for (let i = 0; i < named.free + 3; i += 1) await wrong(who, '203.0.113.66');
    expectWait(await signIn(api, who, now, { from: '203.0.113.66' }), 5);
    expect((await signIn(api, who, now, { from: '203.0.113.7' })).status).toBe(200);
    // Nor does her success let the stranger begin anew.
    expectWait(await wrong(who, '203.0.113.66'), 5);
    later(15 * 60);
    expect((await signIn(api, who, now, { from: '203.0.113.66' })).status).toBe(200);
  });

  test('many names from one address slow that address down, and no other', async () => {
    const who = await enrolled(broker, api);
    const one = (i: number) => ({ ...who, email: `zzmark.deneme${i}@ornek.example` });
    for (let i = 0; i < network.free; i += 1) expectProblem(await wrong(one(i), '203.0.113.77'), 401, 'not-authenticated');
    expectWait(await wrong(one(99), '203.0.113.77'), 5);
    expectWait(await signIn(api, who, now, { from: '203.0.113.77' }), 5);
    expect((await signIn(api, who, now, { from: '203.0.113.78' })).status).toBe(200);
    later(5);
    expectProblem(await wrong(one(100), '203.0.113.77'), 401, 'not-authenticated');
    expectWait(await wrong(one(101), '203.0.113.77'), 10);
  });

  test('many at once are no way around', async () => {
    const who = await enrolled(broker, api);
    const answers = await Promise.all(Array.from({ length: 20 }, (_, i) => wrong(who, '203.0.113.88', i % 2 ? api : second.api)));
    const codes = answers.map(({ json }) => json.code);
    // The second server believes no proxy, so to it they come from another address.
    const tried = codes.filter((code) => code === 'not-authenticated').length;
    expect([tried, codes.filter((code) => code === 'too-many-attempts').length]).toEqual([2 * named.free, 20 - 2 * named.free]);
  });

  test('more than a server takes on at once are told to come back, and that counts as no failure', async () => {
    const who = await enrolled(broker, api);
    const { atOnce, waiting } = signInPolicy.line;
    const holder = await broker.app.db.pool.connect();
    try {
      // Nobody is done before the last has come.
      await holder.query('begin; lock table sign_in_failure in exclusive mode');
      const codes: string[] = [];
      const all = Array.from({ length: atOnce + waiting + 8 }, async (_, i) => {
        const { json, headers } = await wrong(who, `203.0.114.${i}`);
        codes.push([json.code, headers['retry-after']].join(' ').trim());
      });
      await until(async () => codes.length === 8);
      expect([...new Set(codes)]).toEqual(['busy 10']);
      await holder.query('commit');
      await Promise.all(all);
      expect(codes.slice(8)).toEqual(Array(atOnce + waiting).fill('not-authenticated'));
    } finally {
      holder.release(true);
    }
  });

  test('a flood from one address is refused without work, and does not fill the log', async () => {
    const who = await enrolled(broker, api);
    const from = '203.0.113.99';
    for (let i = 0; i < 110; i += 1) await wrong(who, from);
    const answer = await signIn(api, who, now, { from });
    expectProblem(answer, 429, 'too-many-attempts');
    expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0);
    expect(await loggedFor(broker, answer)).toEqual([]);
    expect(await logged(broker.database.db, { address: from })).toHaveLength(100);
  });
});
