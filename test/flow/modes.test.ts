import { yearReport } from '../../src/operations/reports/yearReport';
import { runView } from '../../src/operations/runs/runs';
import { createPlanner, startDueSlots } from '../../src/operations/schedules/slots';
import { type TestBroker, testBroker } from '../support/broker';
import { readAll } from '../support/readAll';
import { truthOf } from '../support/truth';
import { until } from '../support/until';

const children = 'cts.children';

/** A broker with a clock that the test moves; its worker runs, its schedule is looked at by hand. */
describe('periodic and yearly runs', () => {
  let now = new Date('2026-12-31T09:00:00Z');
  let broker: TestBroker;
  beforeAll(async () => {
    broker = await testBroker({ clock: () => now });
    await createPlanner(broker.app.broker).catchUp();
  });
  afterAll(() => broker.close());

  const runs = async () => {
    await until(async () => (await broker.app.db.prisma.run.count({ where: { status: { in: ['queued', 'running', 'waiting'] } } })) === 0);
    const rows = await broker.app.db.prisma.run.findMany({ where: { dataset: children }, orderBy: { id: 'asc' } });
    return rows.map(({ mode, status, slotAt, errorMessage }) => `${mode} ${status} ${slotAt?.toISOString()}${errorMessage ?? ''}`);
  };
  /** A process of the schedule that starts now. */
  const start = async () => {
    const planner = createPlanner(broker.app.broker);
    await planner.catchUp();
    await planner.tick();
    // A yearly slot waits behind a live run of its dataset.
    await until(async () => {
      await startDueSlots(broker.app.broker);
      return (await broker.app.db.prisma.slot.count({ where: { status: 'due' } })) === 0;
    });
  };

  test('a night that passed while everything was down is caught up once', async () => {
    now = new Date('2027-01-01T06:00:00Z');
    await start();
    await start();
    expect(await runs()).toEqual(['periodic succeeded 2027-01-01T00:00:00.000Z']);
    expect(await readAll(broker.app, 'cgm', children)).toEqual(truthOf(broker.standIns, children));
  });

  test('so are a night and a yearly slot after thirteen months, and the snapshot is that year’s reference', async () => {
    broker.standIns.simulator.world.nextDay();
    now = new Date('2028-02-02T06:00:00Z');
    await start();
    await start();
    // The yearly pull does for the night, too.
    expect((await runs()).slice(1)).toEqual(['yearly succeeded 2028-01-02T02:00:00.000Z']);
    const late = await broker.app.db.prisma.slot.findMany({ where: { dataset: children, claimedAt: now }, orderBy: { at: 'desc' } });
    expect(late.map(({ mode, status, at }) => `${mode} ${status} ${at.toISOString()}`)).toEqual([
      'periodic joined 2028-02-02T00:00:00.000Z',
      'yearly started 2028-01-02T02:00:00.000Z',
      'yearly missed 2027-01-02T02:00:00.000Z',
    ]);
    const report = await yearReport(broker.app.broker, children, 2028);
    expect(report).toMatchObject({ dataset: children, year: 2028, snapshot: { records: truthOf(broker.standIns, children).length } });
  });

  test('a run of a mode that the agreement no longer allows is given up with the reason', async () => {
    const { prisma } = broker.app.db;
    const state = broker.app.broker.state;
    broker.app.broker.state = async () => ({ ...(await state()), status: 'ended' }) as never;
    const run = await prisma.run.create({
      data: { dataset: children, kind: 'pull', mode: 'periodic', requestedBy: 'test', requestedAt: now },
    });
    expect(
      await until(async () => {
        const view = await runView(broker.app.db, run.id);
        return view.finishedAt ? view : undefined;
      }),
    ).toMatchObject({ status: 'failed', error: { code: 'agreement-not-in-force' } });
  });
});
