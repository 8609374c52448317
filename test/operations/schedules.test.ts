import { listSchedules, pauseSchedule, resumeSchedule, setSchedule } from '../../src/operations/schedules/schedules';
import { logged } from '../support/audit';
import { agents, type Scheduling, scheduling, workers } from './support/scheduling';

describe('schedules in force', () => {
  let s: Scheduling;
  beforeEach(async () => {
    s = await scheduling('2026-11-20T12:00');
  });
  afterEach(() => s.drop());

  const nightly = async () => (await listSchedules(s.broker)).find((one) => one.dataset === agents && one.mode === 'periodic');
  const operations = async () => {
    const entries = await logged(s.database.db, { kind: 'operation' });
    return entries.filter((r) => r.action.startsWith('schedules')).map((r) => [r.by, r.action, r.detail]);
  };

  test('are the agreement’s, with the next five times', async () => {
    const all = await listSchedules(s.broker);
    expect(all.map((one) => `${one.dataset} ${one.mode}`)).toEqual(
      Object.keys(s.broker.agreement.schedules).flatMap((id) => [`${id} periodic`, `${id} yearly`]),
    );
    expect(all.every((one) => one.fromAgreement && !one.paused && one.changedBy === null && one.next.length === 5)).toBe(true);
    expect((await nightly())?.next.slice(0, 2).map((at) => at.toISOString())).toEqual([
      '2026-11-20T23:00:00.000Z',
      '2026-11-21T23:00:00.000Z',
    ]);
    expect(all[1]?.next[0]?.toISOString()).toBe('2027-01-02T01:00:00.000Z');
  });

  test('an operator gives another one, and the agreement’s again', async () => {
    const set = await setSchedule(s.broker, { dataset: agents, mode: 'periodic', cron: '30 6 * * 1-5' }, 'ayse');
    expect(set).toMatchObject({ cron: '30 6 * * 1-5', fromAgreement: false, changedBy: 'ayse', changedAt: s.broker.clock() });
    expect(set.next[0]?.toISOString()).toBe('2026-11-23T03:30:00.000Z');
    expect(await nightly()).toEqual(set);
    s.to('2026-11-20T13:00');
    expect(await setSchedule(s.broker, { dataset: agents, mode: 'periodic', cron: null }, 'ali')).toMatchObject({
      cron: '0 2 * * *',
      fromAgreement: true,
      changedBy: 'ali',
      changedAt: s.broker.clock(),
    });
    const key = { dataset: agents, mode: 'periodic' };
    expect(await operations()).toEqual([
      ['ayse', 'schedules set', { ...key, cron: '30 6 * * 1-5' }],
      ['ali', 'schedules set', { ...key, cron: null }],
    ]);
  });

  test('one is paused and resumed', async () => {
    const key = { dataset: agents, mode: 'periodic' };
    expect(await pauseSchedule(s.broker, key, 'ayse')).toMatchObject({ paused: true, fromAgreement: true, next: [] });
    await expect(pauseSchedule(s.broker, key, 'ayse')).rejects.toMatchObject({ code: 'state-conflict' });
    // Another time of day does not wake it.
    expect(await setSchedule(s.broker, { ...key, cron: '0 5 * * *' }, 'ayse')).toMatchObject({ paused: true, next: [] });
    expect(await resumeSchedule(s.broker, key, 'ali')).toMatchObject({ paused: false, cron: '0 5 * * *', changedBy: 'ali' });
    await expect(resumeSchedule(s.broker, key, 'ali')).rejects.toMatchObject({ code: 'state-conflict' });
    expect((await operations()).map(([, command]) => command)).toEqual(['schedules pause', 'schedules set', 'schedules resume']);
    expect((await listSchedules(s.broker)).filter((one) => one.changedBy !== null)).toHaveLength(1);
  });

  test('what is wrong is refused, and nothing is written', async () => {
    const cron = '0 2 * * *';
    const set = (wish: Parameters<typeof setSchedule>[1]) => setSchedule(s.broker, wish, 'ayse');
    await expect(set({ dataset: 'no.such', mode: 'periodic', cron })).rejects.toMatchObject({ code: 'not-found' });
    await expect(set({ dataset: 'constructor', mode: 'periodic', cron })).rejects.toMatchObject({ code: 'not-found' });
    for (const mode of ['instant', 'manual', '', 'constructor'])
      await expect(set({ dataset: agents, mode, cron })).rejects.toMatchObject({ code: 'schedule-invalid' });
    await expect(set({ dataset: agents, mode: 'yearly', cron: '0 2 30 2 *' })).rejects.toMatchObject({ code: 'schedule-invalid' });
    await expect(pauseSchedule(s.broker, { dataset: agents, mode: 'hourly' }, 'ayse')).rejects.toMatchObject({ code: 'schedule-invalid' });
    expect(await operations()).toEqual([]);
    expect(await s.database.db.prisma.schedule.count()).toBe(0);
  });
});

describe('a dataset for which the agreement writes none', () => {
  test('has none, until an operator gives it one', async () => {
    const first = await scheduling('2026-11-20T12:00');
    const agreement = { ...first.broker.agreement, schedules: {} };
    const broker = { ...first.broker, agreement };
    const key = { dataset: workers, mode: 'periodic' };
    try {
      expect(await listSchedules(broker)).toEqual([]);
      await expect(pauseSchedule(broker, key, 'ayse')).rejects.toMatchObject({ code: 'schedule-invalid' });
      await expect(setSchedule(broker, { ...key, cron: null }, 'ayse')).rejects.toMatchObject({ code: 'schedule-invalid' });
      expect(await setSchedule(broker, { ...key, cron: '0 2 * * *' }, 'ayse')).toMatchObject({ fromAgreement: false });
      expect(await listSchedules(broker)).toHaveLength(1);
    } finally {
      await first.drop();
    }
  });
});
