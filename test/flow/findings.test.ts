import { acknowledgeFinding, assignFinding, findingHistory, findings, muteFinding } from '../../src/operations/findings';
import { reconcile, reconcileIfDue } from '../../src/operations/reconcile';
import { setThreshold } from '../../src/operations/rules';
import { type PlantedKind, plantedFindings } from '../../src/simulator';
import { logged } from '../support/audit';
import { type TestBroker, testBroker } from '../support/broker';
import { until } from '../support/until';
import { type Api, expectProblem, servedApi } from '../surfaces/api/support';

const datasets = ['iskur.agents', 'emetip.workers', 'cts.children'];
/** How the agreement names what the stand-ins call otherwise. */
const ages: Record<string, string> = { yes: 'evet', unknown: 'bilinmiyor', under15: '15 yaş altı', '15-17': '15–17' };

describe('reconciliation against the truth that the stand-ins keep', () => {
  let now = new Date('2026-11-22T09:00:00Z');
  let broker: TestBroker;
  let api: Api;
  beforeAll(async () => {
    broker = await testBroker({ agents: 200, workers: 2000, children: 600, clock: () => now });
    api = await servedApi(broker);
  });
  afterAll(() => broker.close());

  const world = () => broker.standIns.simulator.world;
  const pullAll = async () => {
    for (const dataset of datasets) expect((await broker.run(dataset)).status).toMatch(/succeeded/);
    await reconciled();
  };
  /** It happens by itself after each publication. */
  const reconciled = () =>
    until(async () => {
      const last = await broker.app.db.prisma.reconciliation.findFirst({ orderBy: { id: 'desc' } });
      const newest = await broker.app.db.prisma.snapshot.groupBy({
        by: ['dataset'],
        where: { status: 'published', dataset: { in: datasets } },
        _max: { version: true },
      });
      return (
        newest.every(({ dataset, _max }) => (last?.snapshots as Record<string, number> | undefined)?.[dataset] === _max.version) && last
      );
    });
  const read = async (as: string, rule?: string, status = 'open') => {
    const all: any[] = [];
    for (let after: number | undefined; ; ) {
      const asked = new URLSearchParams({ status, limit: '500', ...(rule ? { rule } : {}), ...(after ? { after: String(after) } : {}) });
      const { json } = await api.ask(`/v1/findings?${asked}`, { as });
      all.push(...json.findings);
      after = json.next;
      if (after === undefined) return all;
    }
  };
  const expectTruth = async () => {
    const truth = plantedFindings(world());
    const found = await read('cgm');
    for (const [kind, planted] of Object.entries(truth) as [PlantedKind, (typeof truth)[PlantedKind]][]) {
      const own = found.filter((f) => f.rule === kind);
      // Precision and recall: the same people, no more and no fewer, each once.
      expect({ kind, subjects: own.map((f) => f.subject).sort() }).toEqual({ kind, subjects: [...planted.keys()].sort() });
      for (const finding of own) {
        const { detail } = planted.get(finding.subject) as { detail: Record<string, unknown> };
        const expected = 'age' in detail ? { age: ages[detail.age as string] } : detail;
        expect({ kind, detail: finding.detail }).toMatchObject({ kind, detail: expected });
      }
    }
  };

  test('every kind is found, and nothing else', async () => {
    await pullAll();
    expect(Object.values(plantedFindings(world())).every((kind) => kind.size > 0)).toBe(true);
    await expectTruth();
  }, 60_000);

  test('also after three next days, and what is gone closes by itself', async () => {
    for (let day = 0; day < 3; day += 1) {
      world().nextDay();
      now = new Date(now.getTime() + 24 * 3_600_000);
      await pullAll();
      await expectTruth();
    }
    const closed = await read('cgm', undefined, 'closed');
    expect(closed.length).toBeGreaterThan(0);
    for (const { firstSeen, lastSeen } of closed) expect(firstSeen <= lastSeen).toBe(true);
    // Only what changed was compared on these days; all of it anew comes to the same.
    const last = await broker.app.db.prisma.reconciliation.findFirst({ orderBy: { id: 'desc' } });
    expect(last?.whole).toBe(false);
    const unchanged = { opened: 0, reopened: 0, changed: 0, closed: 0 };
    expect(await reconcile(broker.app.broker, { whole: true })).toMatchObject({ ...unchanged, whole: true });
  }, 120_000);

  test('what is mended and comes again is the same finding', async () => {
    const before = new Map((await read('cgm', 'identity-conflict')).map((f) => [f.subject, f.id]));
    expect(before.size).toBeGreaterThan(0);
    world().mend('identity-conflict');
    world().nextDay();
    await pullAll();
    await expectTruth();
    expect(await read('cgm', 'identity-conflict')).toEqual([]);
    world().relapse('identity-conflict');
    world().nextDay();
    await pullAll();
    await expectTruth();
    const again = await read('cgm', 'identity-conflict');
    const same = again.filter((f) => before.get(f.subject) === f.id);
    expect(same.length).toBe([...before.keys()].filter((subject) => again.some((f) => f.subject === subject)).length);
    expect(same.length).toBeGreaterThan(0);
    const history = await findingHistory(broker.app.broker, same[0].id);
    expect(history.map((e) => e.what)).toEqual(['opened', 'closed', 'reopened']);
  }, 120_000);

  test('again without news changes nothing', async () => {
    const before = await read('cgm');
    const unchanged = { opened: 0, reopened: 0, changed: 0, closed: 0, open: before.length };
    expect(await reconcile(broker.app.broker)).toMatchObject({ ...unchanged, whole: false });
    expect(await reconcile(broker.app.broker, { whole: true })).toMatchObject({ ...unchanged, whole: true });
    const count = () => broker.app.db.prisma.reconciliation.count();
    const times = await count();
    await reconcileIfDue(broker.app.broker);
    expect(await count()).toBe(times);
  });

  test('after a crash of the database, which empties what lies ready, everything is compared anew', async () => {
    const before = await read('cgm');
    const { pool } = broker.app.db;
    const { rows } = await pool.query(`select format('compare.%I', tablename) as name from pg_tables where schemaname = 'compare'`);
    expect(rows.length).toBeGreaterThan(4);
    await pool.query(`truncate ${rows.map(({ name }) => name).join(', ')}`);
    const unchanged = { opened: 0, reopened: 0, changed: 0, closed: 0, open: before.length };
    expect(await reconcile(broker.app.broker)).toMatchObject({ ...unchanged, whole: true });
    expect(await reconcile(broker.app.broker)).toMatchObject({ ...unchanged, whole: false });
  });

  test('another threshold is taken up by the next comparison, and the agreement’s own again', async () => {
    const parts = broker.app.broker;
    const rule = 'count-differs';
    const agreed = (await read('cgm', rule)).length;
    const [agents, workers] = [[...world().truth('iskur.agents')], [...world().truth('emetip.workers')]];
    const season = Number(world().date(world().day()).slice(0, 4));
    const differing = agents.filter(({ nationalId, reportedWorkerCount: reported }) => {
      const registered = workers.filter((w) => w.agentId === nationalId && w.season === season && w.memberRole === 'İŞÇİ').length;
      return reported !== null && Math.abs(reported - registered) > Math.max(1, 0.05 * reported);
    });
    expect(differing.length).toBeGreaterThan(agreed);
    await setThreshold(parts, { rule, threshold: 'tolerance.count', value: 1 }, 'test');
    await setThreshold(parts, { rule, threshold: 'tolerance.share', value: 0.05 }, 'test');
    expect((await reconcile(parts)).whole).toBe(true);
    expect((await read('cgm', rule)).map((f) => f.subject).sort()).toEqual(differing.map((a) => a.nationalId).sort());
    await expect(setThreshold(parts, { rule, threshold: 'tolerance.share', value: 2 }, 'test')).rejects.toMatchObject({ code: 'usage' });
    await expect(setThreshold(parts, { rule, threshold: 'years', value: 2 }, 'test')).rejects.toMatchObject({ code: 'not-found' });
    for (const threshold of ['tolerance.count', 'tolerance.share']) await setThreshold(parts, { rule, threshold, value: null }, 'test');
    await reconcile(parts);
    expect(await read('cgm', rule)).toHaveLength(agreed);
  }, 60_000);

  test('a party sees neither findings nor counts of rules that touch a closed field', async () => {
    const rules = async (as: string) =>
      (await api.ask('/v1/findings/summary', { as })).json.rules.map((r: { rule: string }) => r.rule).sort();
    const open = ['agent-foreign-number', 'agent-unlisted', 'count-differs', 'count-unreported', 'permit-lapsed', 'permit-not-active'];
    expect(await rules('cgm')).toEqual(Object.keys(broker.app.agreement.rules).sort());
    // The ek protokol does not open birth dates of workers nor heads of households.
    expect(await rules('iskur')).toEqual(open);
    expect(new Set((await read('iskur')).map((f) => f.rule))).toEqual(new Set(open));
    expectProblem(await api.ask('/v1/findings?rule=worker-under-age', { as: 'iskur' }), 404, 'not-found');
    expectProblem(await api.ask('/v1/findings'), 401, 'not-authenticated');
    // Once the ek protokol has ended, nothing is left.
    const { broker: parts } = broker.app;
    const state = parts.state;
    const without = async () => ({ ...(await state()), openGrants: { 'cgm-agents': (await state()).openGrants['cgm-agents'] } }) as never;
    (broker.app.door as unknown as { deps: { state: unknown } }).deps.state = without;
    expect(await rules('iskur')).toEqual([]);
    expect(await read('iskur')).toEqual([]);
    (broker.app.door as unknown as { deps: { state: unknown } }).deps.state = state;
  });

  test('each look is in the audit log, with no one’s number', async () => {
    const log = await logged(broker.app.db, { action: 'findings' });
    expect(log.some((entry) => entry.decision === 'refuse' && entry.code === 'not-found')).toBe(true);
    expect(log.some((entry) => entry.decision === 'allow' && entry.fields.includes('agent-unlisted'))).toBe(true);
  });

  test('operators note, hand on and mute them, and the history keeps it', async () => {
    const parts = broker.app.broker;
    const [first] = await findings(parts, { rule: 'agent-unlisted', limit: 1 });
    const id = first?.id as number;
    await acknowledgeFinding(parts, id, 'görüldü', 'test');
    await assignFinding(parts, id, 'Adana İl Müdürlüğü', 'test');
    await muteFinding(parts, id, new Date(now.getTime() + 24 * 3_600_000), 'test');
    expect((await findings(parts, { rule: 'agent-unlisted', limit: 1000 })).some((f) => f.id === id)).toBe(false);
    now = new Date(now.getTime() + 25 * 3_600_000);
    expect((await findings(parts, { rule: 'agent-unlisted', limit: 1000 })).find((f) => f.id === id)).toMatchObject({
      acknowledgedBy: 'test',
      assignedTo: 'Adana İl Müdürlüğü',
    });
    expect((await findingHistory(parts, id)).map((e) => e.what).slice(-3)).toEqual(['acknowledged', 'assigned', 'muted']);
    await expect(acknowledgeFinding(parts, 999_999, undefined, 'test')).rejects.toMatchObject({ code: 'not-found' });
    await expect(broker.app.db.pool.query('delete from finding_event')).rejects.toThrow('append-only');
  });
});
