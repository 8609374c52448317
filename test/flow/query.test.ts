import { istanbulDate } from '../../src/core/dates';
import { idKind } from '../../src/core/nationalId';
import { requestRun, runView } from '../../src/operations/runs/runs';
import { newestSnapshots } from '../../src/operations/snapshots';
import { type TestBroker, testBroker } from '../support/broker';
import { readAll } from '../support/readAll';
import { truthOf } from '../support/truth';
import { until } from '../support/until';

const agents = 'iskur.agents';
const workers = 'emetip.workers';

/** The intermediaries that the workers name and Ek-1's query can be asked for. */
function askable(broker: TestBroker): Record<string, unknown>[] {
  const named = new Set(truthOf(broker.standIns, workers).map((w) => w.agentId));
  return truthOf(broker.standIns, agents).filter((a) => named.has(a.nationalId) && idKind(a.nationalId as string) === 'tckn');
}

describe('a query-only source (Ek-1)', () => {
  let broker: TestBroker;
  let now = new Date('2026-11-21T09:00:00Z');
  beforeEach(() => {
    now = new Date('2026-11-21T09:00:00Z');
  });
  const start = async (limits: object) => {
    broker = await testBroker({
      query: true,
      clock: () => now,
      sources: (file) => {
        const source = file.sources[agents] as { limits?: object };
        source.limits = { ...source.limits, ...limits };
        return file;
      },
    });
    expect((await broker.run(workers)).status).toBe('succeeded');
  };
  afterEach(() => broker.close());

  test('is asked for the ids that another dataset names, and gives their records', async () => {
    await start({});
    expect(await broker.run(agents)).toMatchObject({ status: 'succeeded', error: null });
    const expected = askable(broker);
    expect(expected.length).toBeGreaterThan(10);
    expect(await readAll(broker.app, 'cgm', agents)).toEqual(expected);
  });

  test('rests at the daily limit and goes on the next day in Istanbul, asking nobody twice', async () => {
    now = new Date('2026-11-21T20:30:00Z');
    await start({ requestsPerDay: 20 });
    const { id } = await requestRun(broker.app.broker, { dataset: agents, kind: 'pull', mode: 'manual' }, 'test');
    const ids = truthOf(broker.standIns, workers).map((w) => w.agentId);
    const total = new Set(ids.filter((a) => typeof a === 'string' && idKind(a) === 'tckn')).size;
    for (let asked = 20; asked < total; asked += 20) {
      const resting = await until(async () => {
        const run = await runView(broker.app.db, id);
        return run.status === 'waiting' && run.resumeAt !== null && run.resumeAt > now ? run : undefined;
      });
      expect(resting.error?.code).toBe('source-limit');
      expect(await newestSnapshots(broker.app.broker)).toHaveLength(1);
      // 21:00 UTC is midnight in Istanbul.
      expect(resting.resumeAt?.toISOString()).toMatch(/T21:00:00\.000Z$/);
      now = new Date((resting.resumeAt as Date).getTime() + 60_000);
    }
    await until(async () => (await runView(broker.app.db, id)).status === 'succeeded');
    expect(await readAll(broker.app, 'cgm', agents)).toEqual(askable(broker));
    const usage = await broker.app.db.prisma.sourceUsage.findMany({ where: { source: agents }, orderBy: { day: 'asc' } });
    expect(usage[0]?.day).toBe(istanbulDate(new Date('2026-11-21T20:30:00Z')));
    expect(usage.reduce((sum, u) => sum + u.used, 0)).toBeLessThanOrEqual(total + usage.length * 2);
  });

  test('one that is no longer known vanishes; a legal person, whom the query does not take, stays', async () => {
    await start({});
    await broker.run(agents);
    const before = await readAll(broker.app, 'cgm', agents);
    broker.standIns.simulator.world.nextDay();
    expect((await broker.run(agents)).status).toBe('succeeded');
    const known = new Set(before.map((r) => r.nationalId));
    const truth = truthOf(broker.standIns, agents).filter((a) => known.has(a.nationalId));
    expect(await readAll(broker.app, 'cgm', agents)).toEqual(truth);
  });
});
