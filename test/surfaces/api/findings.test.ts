import { muteFinding } from '../../../src/operations/findings';
import { reconcile } from '../../../src/operations/reconcile';
import { type TestBroker, testBroker } from '../../support/broker';
import { contractOf } from './contract';
import { type Reader, readerOf } from './reader';
import { refusedBy } from './refused';
import { type Api, closeClean, loggedFor, servedApi } from './support';

const dayMillis = 24 * 3_600_000;

describe('findings, chosen and counted', () => {
  let now = new Date('2026-11-22T09:00:00Z');
  let broker: TestBroker;
  let api: Api;
  let read: Reader['read'];
  let refused: ReturnType<typeof refusedBy>;
  /** When the registers were compared for the first, second and third time. */
  const times: Date[] = [];

  beforeAll(async () => {
    broker = await testBroker({ agents: 100, workers: 1000, children: 300, clock: () => now });
    for (let day = 0; day < 3; day += 1) {
      if (day > 0) {
        now = new Date(now.getTime() + dayMillis);
        broker.standIns.simulator.world.nextDay();
      }
      for (const dataset of ['iskur.agents', 'emetip.workers', 'cts.children']) await broker.run(dataset);
      await reconcile(broker.app.broker);
      times.push(now);
    }
    api = await servedApi(broker);
    ({ read } = readerOf(broker, api, await contractOf(api)));
    refused = refusedBy(broker);
  });
  afterAll(() => closeClean(broker));

  /** All pages, by the header Link. */
  const list = async (query: string, as = 'cgm') => {
    const found: any[] = [];
    for (let where: string | undefined = `/v1/findings?${query}`; where; ) {
      const { json, headers } = await read('listFindings', where, { as });
      found.push(...json.findings);
      where = /^<(\/v1\/findings\?[^>]+)>; rel="next"$/.exec(String(headers.link ?? ''))?.[1];
      expect(new URLSearchParams(where?.split('?')[1]).get('after')).toBe(json.next === undefined ? null : String(json.next));
    }
    return found;
  };
  const everything = () => list('status=open,closed&muted=true&limit=1000');
  const counts = async (query: string, as = 'cgm') =>
    (await read('countFindings', `/v1/findings/summary?${query}`, { as })).json.rules as any[];
  const counted = (rules: any[]) => rules.flatMap(({ rule, open, closed }) => (open + closed > 0 ? [[rule, open, closed]] : []));
  const countOf = (found: any[]) =>
    [...new Set(found.map((f) => f.rule))].map((rule) => {
      const of = (status: string) => found.filter((f) => f.rule === rule && f.status === status).length;
      return [rule, of('open'), of('closed')];
    });
  const sameCounts = (one: unknown[], other: unknown[]) => expect([...one].sort()).toEqual([...other].sort());

  test('by rules, severities and statuses: the list and the counts alike, on pages of any size', async () => {
    const all = await everything();
    const cases: [string, (f: any) => boolean][] = [
      ['rule=agent-unlisted', (f) => f.rule === 'agent-unlisted'],
      ['rule=agent-unlisted,dummy-id', (f) => ['agent-unlisted', 'dummy-id'].includes(f.rule)],
      ['severity=high', (f) => f.severity === 'high'],
      ['severity=low,medium', (f) => f.severity !== 'high'],
      ['severity=high&rule=agent-unlisted,dummy-id', (f) => f.rule === 'agent-unlisted'],
      ['severity=low&rule=agent-unlisted', () => false],
    ];
    for (const [query, wanted] of cases) {
      for (const status of ['open', 'closed', 'open,closed'])
        for (const limit of [9, 1000]) {
          const expected = all.filter((f) => wanted(f) && status.includes(f.status));
          const found = await list(`${query}&status=${status}&limit=${limit}`);
          expect({ query, status, found }).toEqual({ query, status, found: expected });
          sameCounts(counted(await counts(`${query}&status=${status}`)), countOf(expected));
        }
      expect(await list(`${query}&limit=1000`)).toEqual(all.filter((f) => wanted(f) && f.status === 'open'));
      sameCounts(counted(await counts(query)), countOf(all.filter(wanted)));
    }
    for (const status of ['open', 'closed']) expect(all.some((f) => f.status === status)).toBe(true);
    // A rule that is asked for and has none is told with its zeros; another one is not told.
    expect((await counts('rule=agent-unlisted,dummy-id')).map((r) => r.rule)).toEqual(['agent-unlisted', 'dummy-id']);
    expect(await counts('severity=low&rule=agent-unlisted')).toEqual([]);
  });

  test('changedSince: opened, changed, closed or reopened at that time or later; comparedAt is the time for the next question', async () => {
    const all = await everything();
    const { rows } = await broker.database.db.pool.query(
      `select finding_id as id, max(at) as at from finding_event where what in ('opened', 'changed', 'closed', 'reopened') group by 1`,
    );
    const last = new Map(rows.map((row: { id: number; at: Date }) => [row.id, row.at]));
    for (const since of [...times, ...times.map((time) => new Date(time.getTime() + 1))]) {
      const query = `changedSince=${since.toISOString()}`;
      const expected = all.filter((f) => (last.get(f.id) as Date) >= since);
      expect(await list(`${query}&status=open,closed&limit=50`)).toEqual(expected);
      expect(await list(`${query}&limit=1000`)).toEqual(expected.filter((f) => f.status === 'open'));
      sameCounts(counted(await counts(query)), countOf(expected));
    }
    expect(all.length).toBeGreaterThan((await list(`changedSince=${times[1]?.toISOString()}&status=open,closed&limit=1000`)).length);
    const { json } = await read('listFindings', '/v1/findings?limit=1', { as: 'cgm' });
    expect(json.comparedAt).toBe(times[2]?.toISOString());
    expect((await read('countFindings', '/v1/findings/summary', { as: 'iskur' })).json.comparedAt).toBe(json.comparedAt);
    // Written for another time zone it is the same instant.
    const zoned = encodeURIComponent(`${times[2]?.toISOString().slice(0, 11)}12:00:00+03:00`);
    expect(await list(`changedSince=${zoned}&limit=1000`)).toEqual(await list(`changedSince=${times[2]?.toISOString()}&limit=1000`));
  });

  test('a muted one is left out of list and counts until its time has come, by the broker’s clock', async () => {
    const [first, second] = await list('limit=1000');
    await muteFinding(broker.app.broker, first.id, new Date(now.getTime() + dayMillis), 'test');
    const shown = async (query: string) => (await list(`${query}&limit=1000`)).some((f) => f.id === first.id);
    const total = async (query: string) => (await counts(query)).reduce((sum, { open }) => sum + open, 0);
    const all = await total('muted=true');
    expect([await shown(''), await shown('muted=false'), await shown('muted=true')]).toEqual([false, false, true]);
    expect([await total(''), await total('muted=false'), await total(`rule=${first.rule}&muted=true`)]).toEqual([
      all - 1,
      all - 1,
      (await list(`rule=${first.rule}&muted=true&limit=1000`)).length,
    ]);
    expect((await list('limit=1'))[0].id).toBe(second.id);
    const noon = now;
    now = new Date(noon.getTime() + dayMillis - 1);
    expect(await shown('')).toBe(false);
    now = new Date(noon.getTime() + dayMillis);
    expect(await shown('')).toBe(true);
    expect(await total('')).toBe(all);
  });

  test('what touches a closed field is told of to nobody, whatever is asked', async () => {
    const open = (await counts('', 'iskur')).map((r) => r.rule);
    expect(open).not.toContain('worker-under-age');
    expect(open.length).toBeGreaterThan(3);
    for (const query of [
      'severity=high,medium,low',
      'status=open,closed',
      `changedSince=${times[0]?.toISOString()}`,
      'muted=true',
      'severity=high',
    ]) {
      for (const f of await list(`${query}&limit=1000`, 'iskur')) expect(open).toContain(f.rule);
      for (const r of await counts(query, 'iskur')) expect(open).toContain(r.rule);
    }
    for (const where of ['/v1/findings?', '/v1/findings/summary?']) {
      for (const rule of ['worker-under-age', 'agent-unlisted,worker-under-age', 'zzmark', 'constructor', 'agent-unlisted,', '']) {
        const answer = await refused(api.ask(`${where}rule=${rule}`, { as: 'iskur' }), 404, 'not-found', ['zzmark']);
        expect(await loggedFor(broker, answer)).toMatchObject([{ decision: 'refuse', code: 'not-found', fields: [] }]);
      }
    }
    const { logged } = await read('countFindings', '/v1/findings/summary?severity=high', { as: 'cgm' });
    expect(logged?.fields).toEqual((await counts('severity=high')).map((r) => r.rule));
  });

  test.each([
    'severity=zzmark',
    'severity=',
    'severity=high,',
    'severity=high&severity=low',
    'status=zzmark',
    'status=open,',
    'changedSince=zzmark',
    'changedSince=2026-01-01',
    'changedSince=2026',
    'changedSince=2016-12-31T23:59:60Z',
    'muted=1',
    'muted=',
    'muted=zzmark',
    'zzmark=1',
    `rule=${'zzmark,'.repeat(200)}`,
  ])('malformed: %s', async (query) => {
    for (const where of ['/v1/findings?', '/v1/findings/summary?'])
      await refused(api.ask(`${where}${query}`, { as: 'cgm' }), 400, 'request-invalid', ['zzmark']);
  });
});
