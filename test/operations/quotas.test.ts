import { reserve } from '../../src/access/quotas/store';
import type { Broker } from '../../src/operations/broker';
import { type LimitPlace, liftLimit, listLimits, setLimit, tidyQuotas } from '../../src/operations/quotas';
import { agreement2024 } from '../agreements/support/files';
import { logged as entries } from '../support/audit';
import { type TestDatabase, testDatabase } from '../support/database';

const agents = 'iskur.agents';
const joint = 'joint.agents';
const paper = { setBy: 'iskur', document: 'E-17' };

describe('limits', () => {
  let test_: TestDatabase;
  let broker: Pick<Broker, 'agreement' | 'db' | 'clock'>;
  let now: Date;

  beforeAll(async () => {
    test_ = await testDatabase();
    broker = { agreement: agreement2024, db: test_.db, clock: () => now };
  });
  beforeEach(async () => {
    now = new Date('2026-11-22T09:00:00Z');
    await test_.db.pool.query('truncate quota_limit, quota_use, quota_charge');
  });
  afterAll(() => test_.drop());

  let number = 0;
  const read = (own: { unit?: string; person?: number; records?: number } = {}) => {
    number += 1;
    const asked = { requestKey: `${number}`, at: now, dataset: agents, mode: 'instant', party: 'cgm', queries: 1, records: 1 } as const;
    return reserve(broker.db, { ...asked, ...own });
  };
  const logged = async () => {
    const rows = await entries(broker.db, { kind: 'operation' });
    return rows.map(({ by, action, detail }) => ({ by, command: action, detail })).at(-1);
  };

  test('the owner sets, changes and lifts; each is logged, and the history stays', async () => {
    const place: LimitPlace = { dataset: agents, party: 'cgm' };
    await read();
    const set = await setLimit(broker, { ...place, ...paper, queries: 2 }, 'cli');
    expect(set).toMatchObject({ dataset: agents, party: 'cgm', mode: null, unit: null, person: null, setBy: 'iskur', document: 'E-17' });
    expect(set.standings).toEqual([
      { scope: 'party', what: 'queries', limit: 2, used: 1, remaining: 1, renewsAt: new Date('2026-11-22T21:00:00Z') },
    ]);
    expect(await logged()).toEqual({
      by: 'cli',
      command: 'quota set',
      detail: {
        dataset: agents,
        party: 'cgm',
        mode: null,
        unit: null,
        person: null,
        queries: 2,
        records: null,
        setBy: 'iskur',
        document: 'E-17',
      },
    });
    expect([(await read()).allow, (await read()).allow]).toEqual([true, false]);

    now = new Date('2026-11-22T10:00:00Z');
    const changed = await setLimit(broker, { ...place, setBy: 'iskur', document: 'E-18', records: 3 }, 'cli');
    expect(changed.standings).toMatchObject([{ what: 'records', limit: 3, used: 2, remaining: 1 }]);
    expect((await read({ records: 2 })).allow).toBe(false);

    now = new Date('2026-11-22T11:00:00Z');
    await liftLimit(broker, { ...place, setBy: 'iskur', document: 'E-19' }, 'cli');
    expect(await logged()).toMatchObject({ command: 'quota lift', detail: { document: 'E-19' } });
    expect((await read({ records: 1_000 })).allow).toBe(true);
    expect(await listLimits(broker)).toEqual([]);
    const history = await broker.db.prisma.quotaLimit.findMany({ orderBy: { id: 'asc' } });
    expect(
      history.map((h) => [h.document, h.queries, h.records, h.at.toISOString().slice(11, 13), h.liftedAt?.toISOString().slice(11, 13)]),
    ).toEqual([
      ['E-17', 2, null, '09', '10'],
      ['E-18', null, 3, '10', '11'],
    ]);
  });

  test('nobody else does, an owner is not limited, and nothing is written', async () => {
    const before = (await entries(broker.db)).length;
    const attempt = (own: object) => setLimit(broker, { dataset: agents, party: 'cgm', ...paper, queries: 1, ...own }, 'cli');
    await expect(attempt({ setBy: 'cgm' })).rejects.toMatchObject({ code: 'quota-foreign' });
    await expect(attempt({ setBy: 'nobody' })).rejects.toMatchObject({ code: 'quota-foreign' });
    await expect(attempt({ party: 'iskur' })).rejects.toMatchObject({ code: 'quota-foreign' });
    await expect(attempt({ dataset: 'emetip.workers' })).rejects.toMatchObject({ code: 'quota-foreign' });
    await expect(attempt({ party: 'nobody' })).rejects.toMatchObject({ code: 'not-found' });
    await expect(attempt({ dataset: 'toString' })).rejects.toMatchObject({ code: 'not-found' });
    for (const own of [
      { queries: undefined },
      { queries: -1 },
      { records: 1.5 },
      { mode: 'hourly' },
      { unit: 'a', person: 1 },
      { unit: ' ' },
      { document: '' },
    ])
      await expect(attempt(own)).rejects.toMatchObject({ code: 'usage' });
    await expect(liftLimit(broker, { dataset: agents, party: 'cgm', ...paper }, 'cli')).rejects.toMatchObject({ code: 'not-found' });
    expect(await listLimits(broker)).toEqual([]);
    expect((await entries(broker.db)).length).toBe(before);
    await setLimit(broker, { dataset: agents, party: 'cgm', ...paper, queries: 1 }, 'cli');
    await expect(liftLimit(broker, { dataset: agents, party: 'cgm', ...paper, setBy: 'cgm' }, 'cli')).rejects.toMatchObject({
      code: 'quota-foreign',
    });
    expect(await listLimits(broker)).toHaveLength(1);
  });

  test('a derived dataset’s owner limits it, too', async () => {
    const { owner } = agreement2024.datasets[joint] as { owner: string };
    const other = owner === 'cgm' ? 'iskur' : 'cgm';
    const view = await setLimit(broker, { dataset: joint, party: other, setBy: owner, document: 'E-1', queries: 5 }, 'cli');
    expect(view).toMatchObject({ dataset: joint, party: other });
    await expect(
      setLimit(broker, { dataset: joint, party: owner, setBy: other, document: 'E-1', queries: 5 }, 'cli'),
    ).rejects.toMatchObject({
      code: 'quota-foreign',
    });
  });

  test('the list shows each place with its own use of today', async () => {
    for (const own of [{}, { mode: 'instant' }, { mode: 'yearly' }, { unit: 'izmir' }, { person: 7 }])
      await setLimit(broker, { dataset: agents, party: 'cgm', ...paper, queries: 9, records: 90, ...own }, 'cli');
    await read({ unit: 'izmir', person: 7, records: 10 });
    await read({ unit: 'izmir', person: 8, records: 20 });
    await read({ unit: 'adana', person: 7, records: 30 });
    const used = async () =>
      (await listLimits(broker, { party: 'cgm' })).map((l) => [l.unit, l.person, l.mode, ...l.standings.map((s) => s.used)]);
    expect(await used()).toEqual([
      [null, null, null, 3, 60],
      [null, null, 'instant', 3, 60],
      [null, null, 'yearly', 0, 0],
      [null, 7, null, 2, 40],
      ['izmir', null, null, 2, 30],
    ]);
    expect(await listLimits(broker, { dataset: joint })).toEqual([]);
    expect(await listLimits(broker, { party: 'iskur', dataset: agents })).toEqual([]);
    now = new Date('2026-11-22T21:00:00Z');
    expect((await used()).flatMap((line) => line.slice(3))).toEqual(Array(10).fill(0));
  });

  test('of many changes at once one is open in the end', async () => {
    const set = (queries: number) => setLimit(broker, { dataset: agents, party: 'cgm', ...paper, queries }, 'cli');
    await Promise.allSettled([1, 2, 3, 4, 5].map(set));
    expect(await listLimits(broker)).toHaveLength(1);
    expect(await broker.db.prisma.quotaLimit.count()).toBe(5);
  });

  test('tidying ends what was left open a day ago as used, and deletes what is old', async () => {
    await read({ records: 50 });
    now = new Date('2026-11-23T09:00:01Z');
    await read({ records: 7 });
    await tidyQuotas(broker);
    const ledger = async () => (await broker.db.prisma.quotaCharge.findMany({ orderBy: { at: 'asc' } })).map((c) => [c.used, c.open]);
    expect(await ledger()).toEqual([
      [50n, []],
      [0n, [1]],
    ]);
    now = new Date('2026-12-24T09:00:00Z');
    await tidyQuotas(broker);
    expect(await ledger()).toEqual([[7n, []]]);
    expect(await broker.db.prisma.quotaUse.count()).toBe(2);
  });
});
