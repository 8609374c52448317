import { getTasks } from 'node-cron';
import { type RunningSchedule, startSchedule } from '../../jobs/schedule';
import { pauseSchedule, setSchedule } from '../../src/operations/schedules/schedules';
import { createPlanner, type Planner } from '../../src/operations/schedules/slots';
import { agents, type Scheduling, scheduling } from '../operations/support/scheduling';
import { until } from '../support/until';

describe('the running schedule', () => {
  let s: Scheduling;
  let running: RunningSchedule | undefined;
  beforeEach(async () => {
    s = await scheduling('2026-11-20T12:00');
  });
  afterEach(async () => {
    await running?.stop();
    running = undefined;
    await s.drop();
  });

  const start = (options: { planner?: Planner; everyMillis?: number } = {}) => {
    const planner = options.planner ?? createPlanner(s.broker);
    running = startSchedule({ broker: s.broker, planner, log: s.broker.log, everyMillis: options.everyMillis ?? 3_600_000 });
    return running;
  };
  const patterns = () => [...getTasks().values()].map((task) => task.getPattern()).sort();

  test('makes up for what was missed, at its start', async () => {
    await createPlanner(s.broker).catchUp();
    s.to('2026-11-22T12:00');
    start();
    expect(await until(async () => (await s.slots()).includes('periodic 2026-11-21T23:00 started') && s.slots())).toHaveLength(1);
  });

  test('sets a clock to each schedule, and none is left when it is stopped', async () => {
    const said = jest.spyOn(process.stdout, 'write');
    const warned = jest.spyOn(console, 'warn');
    const { stop } = start();
    const all = Object.keys(s.broker.agreement.schedules).length * 2;
    await until(async () => getTasks().size === all);
    expect(patterns()).toEqual(expect.arrayContaining(['0 2 * * *', '30 2 * * *', '0 4 * * *']));
    await stop();
    expect(getTasks().size).toBe(0);
    expect([said.mock.calls, warned.mock.calls]).toEqual([[], []]);
    jest.restoreAllMocks();
  });

  test('a clock that strikes has the due slots started', async () => {
    const { reload } = start();
    await reload();
    s.to('2026-11-21T02:00');
    const [clock] = [...getTasks().values()].filter((task) => task.getPattern() === '0 2 * * *');
    await clock?.execute();
    expect(await s.slots()).toEqual(['periodic 2026-11-20T23:00 started']);
  });

  test('looks now and then besides, and does not mind a look that failed', async () => {
    const planner = createPlanner(s.broker);
    const failing: string[] = [];
    const fails = (name: 'catchUp' | 'tick') => async () => {
      if (failing.filter((f) => f === name).length < 2) {
        failing.push(name);
        throw new Error('away');
      }
      await planner[name]();
    };
    start({ planner: { catchUp: fails('catchUp'), tick: fails('tick') }, everyMillis: 5 });
    await until(async () => getTasks().size > 0);
    expect(failing).toEqual(['catchUp', 'catchUp', 'tick', 'tick']);
    s.to('2026-11-21T02:00');
    await until(async () => (await s.slots()).includes('periodic 2026-11-20T23:00 started'));
  });

  test('heeds what operators change, when it is told', async () => {
    const { reload } = start();
    await reload();
    await setSchedule(s.broker, { dataset: agents, mode: 'periodic', cron: '15 6-7 * * 1' }, 'ayse');
    await pauseSchedule(s.broker, { dataset: agents, mode: 'yearly' }, 'ayse');
    const before = patterns();
    await reload();
    expect(patterns()).toEqual([...before.filter((p) => p !== '0 2 * * *' && p !== '0 4 * * *'), '15 6,7 * * *'].sort());
  });

  test('stopped in the middle of a look, it ends it and sets no clock', async () => {
    let go: () => void = () => undefined;
    const held = new Promise<void>((resolve) => {
      go = resolve;
    });
    const done: string[] = [];
    const catchUp = () => {
      done.push('begun');
      return held;
    };
    const { stop, reload } = start({ planner: { catchUp, tick: async () => void done.push('tick') } });
    await until(async () => done.length > 0);
    const reloaded = reload();
    const stopped = stop().then(() => done.push('stopped'));
    go();
    await Promise.all([stopped, reloaded]);
    expect(done).toEqual(['begun', 'tick', 'stopped']);
    expect(getTasks().size).toBe(0);
  });
});
