import { requestRun } from '../../src/operations/runs/runs';
import { pauseSchedule, setSchedule } from '../../src/operations/schedules/schedules';
import { createPlanner, listSlots, startDueSlots } from '../../src/operations/schedules/slots';
import { agreement2024 } from '../agreements/support/files';
import { logged } from '../support/audit';
import { agents, type Scheduling, scheduling, workers } from './support/scheduling';

describe('slots that are due', () => {
  let s: Scheduling;
  beforeEach(async () => {
    s = await scheduling('2026-11-20T12:00');
  });
  afterEach(() => s.drop());

  /** The slots of a dataset in the table, as a planner writes them. */
  const due = async (slots: [mode: string, at: string][], dataset = agents) => {
    const data = slots.map(([mode, at]) => ({ dataset, mode, at: new Date(at), claimedAt: s.broker.clock() }));
    await s.database.db.prisma.slot.createMany({ data });
  };
  const runs = () => s.database.db.prisma.run.findMany({ orderBy: { id: 'asc' } });
  const requests = async () => (await logged(s.database.db, { action: 'sync' })).length;

  test('are started with a run of their mode, once', async () => {
    await due([['periodic', '2026-11-20T23:00:00Z']]);
    await startDueSlots(s.broker);
    await startDueSlots(s.broker);
    const [run, ...others] = await runs();
    expect(others).toEqual([]);
    expect(run).toMatchObject({ dataset: agents, kind: 'pull', mode: 'periodic', requestedBy: 'schedule', status: 'queued' });
    expect(run?.slotAt).toEqual(new Date('2026-11-20T23:00:00Z'));
    expect(await requests()).toBe(1);
    expect(await listSlots(s.broker.db)).toEqual([
      { dataset: agents, mode: 'periodic', at: new Date('2026-11-20T23:00:00Z'), status: 'started', runId: run?.id, errorCode: null },
    ]);
  });

  test('a hundred in fast-forwarded time, among several processes: each starts once', async () => {
    await setSchedule(s.broker, { dataset: agents, mode: 'periodic', cron: '0 * * * *' }, 'ayse');
    await setSchedule(s.broker, { dataset: workers, mode: 'periodic', cron: '30 * * * *' }, 'ayse');
    const planners = [createPlanner(s.broker), createPlanner(s.another), createPlanner(s.broker)];
    await Promise.all(planners.map((p) => p.catchUp()));
    const begin = s.broker.clock().getTime();
    for (let half = 1; half <= 100; half += 1) {
      s.to(new Date(begin + half * 1_800_000).toISOString());
      await Promise.all(planners.map((p) => p.tick()));
      await Promise.all([s.broker, s.another, s.broker, s.another].map(startDueSlots));
      await s.endRuns();
    }
    const hourly = await s.database.db.prisma.slot.findMany({ where: { dataset: { in: [agents, workers] }, mode: 'periodic' } });
    expect(hourly).toHaveLength(100);
    expect(hourly.filter((slot) => slot.status !== 'started')).toEqual([]);
    const ran = (await runs()).filter((r) => r.dataset === agents || r.dataset === workers);
    expect(ran).toHaveLength(100);
    const pairs = (rows: { dataset: string; at: Date | null; run: number | null }[]) =>
      rows.map(({ dataset, at, run }) => `${dataset} ${at?.toISOString()} ${run}`).sort();
    expect(pairs(ran.map((r) => ({ dataset: r.dataset, at: r.slotAt, run: r.id })))).toEqual(
      pairs(hourly.map((slot) => ({ dataset: slot.dataset, at: slot.at, run: slot.runId }))),
    );
  });

  test('many at once, and many who start them: one run, which the others join', async () => {
    const hours = Array.from({ length: 20 }, (_, i) => String(i).padStart(2, '0'));
    await due(hours.map((hour) => ['periodic', `2026-11-20T${hour}:00:00Z`]));
    await Promise.all([s.broker, s.another, s.broker, s.another].map(startDueSlots));
    await startDueSlots(s.broker);
    const [run, ...others] = await runs();
    expect(others).toEqual([]);
    const slots = await listSlots(s.broker.db, { limit: 50 });
    expect(slots).toHaveLength(20);
    expect(slots.filter((slot) => slot.status === 'started')).toHaveLength(1);
    expect(slots.filter((slot) => slot.status === 'joined' && slot.runId === run?.id)).toHaveLength(19);
  });

  test('an overrunning pull is not doubled: the next nightly slot joins it, and a waiting one is left to rest', async () => {
    const { id } = await requestRun(s.broker, { dataset: agents, kind: 'pull', mode: 'manual' }, 'ayse');
    const resumeAt = new Date('2026-11-21T21:00:00Z');
    await s.database.db.prisma.run.update({ where: { id }, data: { status: 'waiting', resumeAt } });
    await due([['periodic', '2026-11-20T23:00:00Z']]);
    await startDueSlots(s.broker);
    expect(await listSlots(s.broker.db)).toMatchObject([{ status: 'joined', runId: id }]);
    expect(await runs()).toMatchObject([{ id, resumeAt, slotAt: null }]);
    expect(await requests()).toBe(1);
  });

  test('a replay asks no source, so a nightly slot waits behind it', async () => {
    await requestRun(s.broker, { dataset: agents, kind: 'replay', mode: 'manual' }, 'ayse');
    await due([['periodic', '2026-11-20T23:00:00Z']]);
    await startDueSlots(s.broker);
    expect(await s.slots()).toEqual(['periodic 2026-11-20T23:00 due']);
    await s.endRuns();
    await startDueSlots(s.broker);
    expect(await s.slots()).toEqual(['periodic 2026-11-20T23:00 started']);
  });

  test('a yearly one waits behind a live pull, quietly, and then has its own', async () => {
    const { id } = await requestRun(s.broker, { dataset: agents, kind: 'pull', mode: 'manual' }, 'ayse');
    await due([
      ['yearly', '2026-01-02T01:00:00Z'],
      ['periodic', '2026-11-20T23:00:00Z'],
    ]);
    await startDueSlots(s.broker);
    await Promise.all([s.broker, s.another].map(startDueSlots));
    expect(await s.slots()).toEqual(['yearly 2026-01-02T01:00 due', 'periodic 2026-11-20T23:00 joined']);
    expect(await requests()).toBe(1);
    await s.endRuns();
    await Promise.all([s.broker, s.another].map(startDueSlots));
    expect(await s.slots()).toEqual(['yearly 2026-01-02T01:00 started', 'periodic 2026-11-20T23:00 joined']);
    const [first, second, ...others] = await runs();
    expect([first?.id, second?.mode, others]).toEqual([id, 'yearly', []]);
  });

  test('of a paused schedule are let go', async () => {
    await pauseSchedule(s.broker, { dataset: agents, mode: 'periodic' }, 'ayse');
    await due([
      ['periodic', '2026-11-20T23:00:00Z'],
      ['yearly', '2026-01-02T01:00:00Z'],
    ]);
    await startDueSlots(s.broker);
    expect(await s.slots()).toEqual(['yearly 2026-01-02T01:00 started', 'periodic 2026-11-20T23:00 missed']);
  });

  test('without a source, or of a dataset that is gone, are refused', async () => {
    await due([['periodic', '2026-11-20T23:00:00Z']]);
    await due([['periodic', '2026-11-20T23:00:00Z']], 'no.longer');
    await startDueSlots({ ...s.broker, sources: {} });
    expect(await listSlots(s.broker.db)).toMatchObject([
      { dataset: agents, status: 'refused', errorCode: 'sources-invalid', runId: null },
      { dataset: 'no.longer', status: 'refused', errorCode: 'not-found' },
    ]);
    expect([await runs(), await requests()]).toEqual([[], 0]);
  });

  test('in a mode that the grant does not have are refused', async () => {
    const grants = Object.fromEntries(
      Object.entries(agreement2024.grants).map(([id, grant]) => [id, { ...grant, modes: ['instant' as const, 'periodic' as const] }]),
    );
    await due([
      ['periodic', '2026-11-20T23:00:00Z'],
      ['yearly', '2026-01-02T01:00:00Z'],
    ]);
    await startDueSlots({ ...s.broker, agreement: { ...agreement2024, grants } });
    expect(await listSlots(s.broker.db)).toMatchObject([
      { mode: 'periodic', status: 'started' },
      { mode: 'yearly', status: 'refused', errorCode: 'grant-closed' },
    ]);
  });

  test('what fails for a passing reason stays due, and the others start', async () => {
    await due([['periodic', '2026-11-20T22:00:00Z']]);
    await due([['periodic', '2026-11-20T23:00:00Z']], workers);
    let asked = 0;
    const broken = {
      ...s.broker,
      state: async () => {
        asked += 1;
        if (asked === 1) throw new Error('away');
        return s.broker.state();
      },
    };
    await startDueSlots(broken);
    expect([await s.slots(), await s.slots(workers)]).toEqual([['periodic 2026-11-20T22:00 due'], ['periodic 2026-11-20T23:00 started']]);
    await startDueSlots(broken);
    expect(await s.slots()).toEqual(['periodic 2026-11-20T22:00 started']);
  });

  test('a process that dies between the run and the slot leaves neither', async () => {
    await due([['periodic', '2026-11-20T23:00:00Z']]);
    const { prisma } = s.broker.db;
    await prisma.$executeRaw`create function die() returns trigger language plpgsql as 'begin raise exception ''gone''; end'`;
    await prisma.$executeRaw`create trigger die before update on slot for each row execute function die()`;
    await startDueSlots(s.broker);
    expect([await runs(), await requests(), await s.slots()]).toEqual([[], 0, ['periodic 2026-11-20T23:00 due']]);
    await prisma.$executeRaw`drop trigger die on slot`;
    await startDueSlots(s.broker);
    expect(await runs()).toHaveLength(1);
  });

  test('are listed newest first, of one dataset or of all', async () => {
    await due([
      ['periodic', '2026-11-19T23:00:00Z'],
      ['periodic', '2026-11-20T23:00:00Z'],
    ]);
    await due([['periodic', '2026-11-20T23:30:00Z']], workers);
    expect((await listSlots(s.broker.db, { limit: 2 })).map((slot) => slot.dataset)).toEqual([workers, agents]);
    expect(await listSlots(s.broker.db, { dataset: agents })).toHaveLength(2);
  });
});

test('before the agreement is in force a slot is refused, and not tried again', async () => {
  const s = await scheduling('2026-11-20T12:00', { inForce: false });
  try {
    const planner = createPlanner(s.broker);
    await planner.catchUp();
    s.to('2026-11-21T02:00');
    await planner.tick();
    await startDueSlots(s.broker);
    await startDueSlots(s.another);
    expect(await listSlots(s.broker.db)).toMatchObject([{ dataset: agents, status: 'refused', errorCode: 'agreement-not-in-force' }]);
    expect(await s.database.db.prisma.run.count()).toBe(0);
  } finally {
    await s.drop();
  }
});
