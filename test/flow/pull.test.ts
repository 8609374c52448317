import { countChanges, newestSnapshots, verifySnapshot } from '../../src/operations/snapshots';
import { askerOf } from '../support/asker';
import { type TestBroker, testBroker } from '../support/broker';
import { readAll } from '../support/readAll';
import { truthOf } from '../support/truth';

const datasets = ['iskur.agents', 'emetip.workers', 'cts.children'] as const;

describe('pulling from the stand-ins', () => {
  let broker: TestBroker;
  beforeAll(async () => {
    broker = await testBroker();
    for (const dataset of datasets) expect((await broker.run(dataset)).status).toBe('succeeded');
  });
  afterAll(() => broker.close());

  test.each(datasets)('%s: the owner reads exactly what the source has', async (dataset) => {
    const owner = broker.app.agreement.datasets[dataset]?.owner as string;
    expect(await readAll(broker.app, owner, dataset)).toEqual(truthOf(broker.standIns, dataset));
  });

  test('a next day: added, changed and removed are the stand-ins’ own, the older snapshot stays as it was, digests recompute', async () => {
    const before = Object.fromEntries(datasets.map((d) => [d, truthOf(broker.standIns, d)]));
    broker.standIns.simulator.world.nextDay();
    for (const dataset of datasets) {
      expect((await broker.run(dataset)).status).toBe('succeeded');
      const owner = broker.app.agreement.datasets[dataset]?.owner as string;
      const diff = broker.standIns.simulator.world.diff(dataset, 0, 1);
      expect(await countChanges(broker.app.broker, dataset, 1, 2)).toEqual({
        from: 1,
        to: 2,
        added: diff.added.length,
        changed: diff.changed.length,
        removed: diff.removed.length,
      });
      expect(diff.changed.length).toBeGreaterThan(0);
      expect(await readAll(broker.app, owner, dataset, 2)).toEqual(truthOf(broker.standIns, dataset));
      expect(await readAll(broker.app, owner, dataset, 1)).toEqual(before[dataset]);
      for (const version of [1, 2]) await verifySnapshot(broker.app.broker, dataset, version);
    }
    const asker = askerOf('cgm');
    const ids = { added: [], changed: [], removed: [] } as Record<string, string[]>;
    for (let after: string | undefined; ; ) {
      const page = await broker.app.door.changes(asker, 'emetip.workers', { from: 1, to: 2 }, { limit: 7, after });
      for (const { change, record } of page.items) ids[change]?.push(record.nationalId as string);
      if (!page.next) break;
      after = page.next;
    }
    const diff = broker.standIns.simulator.world.diff('emetip.workers', 0, 1);
    for (const kind of ['added', 'changed', 'removed'] as const) expect(ids[kind]?.sort()).toEqual([...diff[kind]].sort());
    const newest = (await newestSnapshots(broker.app.broker)).filter((s) => s.inputs === null);
    expect(newest.map((s) => s.version)).toEqual([2, 2, 2]);
  });
});
