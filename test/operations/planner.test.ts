import { pauseSchedule, resumeSchedule, setSchedule } from '../../src/operations/schedules/schedules';
import { createPlanner } from '../../src/operations/schedules/slots';
import { agreement2024 } from '../agreements/support/files';
import { agents, type Scheduling, scheduling } from './support/scheduling';

describe('the planner', () => {
  let s: Scheduling;
  beforeEach(async () => {
    s = await scheduling('2026-11-20T12:00');
  });
  afterEach(() => s.drop());

  /** What a start of the broker does. */
  const start = async () => {
    const planner = createPlanner(s.broker);
    await planner.catchUp();
    return planner;
  };

  test('writes a slot when its time is there, not a second before', async () => {
    const planner = await start();
    for (const time of ['2026-11-21T01:59:59', '2026-11-21T02:00:00', '2026-11-21T02:00:30']) {
      s.to(time);
      await planner.tick();
      expect(await s.slots()).toEqual(time < '2026-11-21T02' ? [] : ['periodic 2026-11-20T23:00 due']);
    }
  });

  test('a database that never saw one before makes up for nothing', async () => {
    await start();
    expect(await s.slots()).toEqual([]);
  });

  test('200 missed nights are one slot, once', async () => {
    await start();
    s.to('2027-06-08T12:00');
    await start();
    expect((await s.slots()).filter((slot) => slot.startsWith('periodic'))).toEqual(['periodic 2027-06-07T23:00 due']);
    const all = await s.slots();
    await Promise.all([start(), start(), createPlanner(s.another).catchUp()]);
    await (await start()).tick();
    expect(await s.slots()).toEqual(all);
  });

  test('a yearly slot of thirteen months ago is made up for, once', async () => {
    await setSchedule(s.broker, { dataset: agents, mode: 'yearly', cron: '0 4 29 2 *' }, 'ayse');
    s.to('2027-12-01T12:00');
    await start();
    s.to('2029-03-29T12:00');
    const yearly = async () => (await s.slots()).filter((slot) => slot.startsWith('yearly'));
    await start();
    expect(await yearly()).toEqual(['yearly 2028-02-29T01:00 due']);
    await start();
    expect(await yearly()).toEqual(['yearly 2028-02-29T01:00 due']);
  });

  test('of several missed years the latest is due; the others are written down, ten at most', async () => {
    await start();
    s.to('2028-02-02T12:00');
    await start();
    expect(await s.slots()).toEqual(['yearly 2027-01-02T01:00 missed', 'yearly 2028-01-02T01:00 due', 'periodic 2028-02-01T23:00 due']);
    s.to('2045-02-02T12:00');
    await start();
    const yearly = (await s.slots()).filter((slot) => slot.startsWith('yearly'));
    expect(yearly.slice(0, 3)).toEqual(['yearly 2027-01-02T01:00 missed', 'yearly 2028-01-02T01:00 due', 'yearly 2035-01-02T01:00 missed']);
    expect(yearly.slice(-1)).toEqual(['yearly 2045-01-02T01:00 due']);
    expect(yearly).toHaveLength(13);
  });

  test('where the agreement makes up for no nightly pull, the slot is missed', async () => {
    const schedules = Object.fromEntries(
      Object.entries(agreement2024.schedules).map(([id, schedule]) => [id, { ...schedule, catchUp: 'none' as const }]),
    );
    const broker = { ...s.broker, agreement: { ...agreement2024, schedules } };
    await createPlanner(broker).catchUp();
    s.to('2027-02-02T12:00');
    await createPlanner(broker).catchUp();
    expect(await s.slots()).toEqual(['yearly 2027-01-02T01:00 due', 'periodic 2027-02-01T23:00 missed']);
  });

  test('a machine that slept: all that came is due, of too much the latest hundred', async () => {
    await setSchedule(s.broker, { dataset: agents, mode: 'periodic', cron: '0 * * * *' }, 'ayse');
    const planner = await start();
    s.to('2026-11-20T15:30');
    await planner.tick();
    expect(await s.slots()).toEqual([9 + 1, 9 + 2, 9 + 3].map((hour) => `periodic 2026-11-20T${hour}:00 due`));
    s.to('2026-11-30T15:30');
    await planner.tick();
    const slots = await s.slots();
    expect(slots).toHaveLength(103);
    expect(slots.at(-1)).toBe('periodic 2026-11-30T12:00 due');
  });

  test('a clock that was set back writes nothing twice and goes on', async () => {
    const planner = await start();
    s.to('2026-11-21T02:10');
    await planner.tick();
    s.to('2026-11-21T01:50');
    await planner.tick();
    s.to('2026-11-21T02:10');
    await planner.tick();
    expect(await s.slots()).toEqual(['periodic 2026-11-20T23:00 due']);
    s.to('2026-11-22T02:10');
    await planner.tick();
    expect(await s.slots()).toHaveLength(2);
  });

  test('a paused one writes nothing, and its pause is not made up for', async () => {
    const key = { dataset: agents, mode: 'periodic' };
    const planner = await start();
    await pauseSchedule(s.broker, key, 'ayse');
    s.to('2026-11-23T12:00');
    await planner.tick();
    await start();
    expect(await s.slots()).toEqual([]);
    await resumeSchedule(s.broker, key, 'ayse');
    await start();
    await planner.tick();
    expect(await s.slots()).toEqual([]);
    s.to('2026-11-24T02:00');
    await planner.tick();
    expect(await s.slots()).toEqual(['periodic 2026-11-23T23:00 due']);
  });

  test('a pause and its end between two ticks leave out what lay between', async () => {
    const key = { dataset: agents, mode: 'periodic' };
    const planner = await start();
    s.to('2026-11-21T01:59');
    await pauseSchedule(s.broker, key, 'ayse');
    s.to('2026-11-21T02:01');
    await resumeSchedule(s.broker, key, 'ayse');
    await planner.tick();
    expect(await s.slots()).toEqual([]);
  });

  test('another schedule holds from its change on', async () => {
    const planner = await start();
    s.to('2026-11-22T12:00');
    await setSchedule(s.broker, { dataset: agents, mode: 'periodic', cron: '0 11 * * *' }, 'ayse');
    await planner.tick();
    await start();
    expect(await s.slots()).toEqual([]);
    s.to('2026-11-23T11:00');
    await planner.tick();
    expect(await s.slots()).toEqual(['periodic 2026-11-23T08:00 due']);
  });

  test('what could not be written is written at the next tick', async () => {
    const planner = await start();
    const { prisma } = s.broker.db;
    s.to('2026-11-21T02:00');
    await prisma.$executeRaw`alter table slot rename to slot_away`;
    await expect(planner.tick()).rejects.toThrow();
    await prisma.$executeRaw`alter table slot_away rename to slot`;
    s.to('2026-11-21T02:01');
    await planner.tick();
    expect(await s.slots()).toEqual(['periodic 2026-11-20T23:00 due']);
  });
});
