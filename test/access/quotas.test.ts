import { reserve, settle, settleAbandoned } from '../../src/access/quotas/store';
import { type Database, openDatabase } from '../../src/infra/db';
import { type TestDatabase, testDatabase } from '../support/database';
import { until } from '../support/until';
import { allowed, counters, forgetAll, limit, noon, refused, request } from './support/quotas';

let test_: TestDatabase;
let db: Database;
/** As another process has it. */
let another: Database;

beforeAll(async () => {
  test_ = await testDatabase();
  db = test_.db;
  another = openDatabase(test_.url, { connections: 16 });
  db.reserve(16);
});
afterEach(() => forgetAll(db));
afterAll(async () => {
  await another.close();
  await test_.drop();
});

const either = (i: number) => (i % 2 === 0 ? db : another);
const times = <T>(n: number, work: (i: number) => Promise<T>) => Promise.all(Array.from({ length: n }, (_, i) => work(i)));

describe('many at once', () => {
  test('of 200 queries in two processes exactly as many pass as the limit has room for', async () => {
    await limit(db, { queries: 50 });
    const outcomes = await times(200, (i) => reserve(either(i), request()));
    expect(outcomes.filter((o) => o.allow)).toHaveLength(50);
    expect(await counters(db)).toEqual(['party instant 50/0']);
    expect(await db.prisma.quotaCharge.count()).toBe(50);
  });

  test('records of mixed sizes never pass the limit, and no request that fits is refused', async () => {
    await limit(db, { records: 1_000 });
    const sizes = Array.from({ length: 200 }, (_, i) => 1 + ((i * 37) % 60));
    const outcomes = await times(200, (i) => reserve(either(i), request({ records: sizes[i] as number })));
    const sum = outcomes.reduce((total, o, i) => total + (o.allow ? (sizes[i] as number) : 0), 0);
    expect(sum).toBeLessThanOrEqual(1_000);
    expect(await counters(db)).toEqual([`party instant ${outcomes.filter((o) => o.allow).length}/${sum}`]);
    // Room was left only for less than the smallest that was refused.
    const smallest = Math.min(...sizes.filter((_, i) => !outcomes[i]?.allow));
    expect(sum + smallest).toBeGreaterThan(1_000);
  });

  test('the limit of all modes holds for their sum, beside limits of units and people', async () => {
    await limit(db, { queries: 40 });
    await limit(db, { unit: 'izmir', queries: 15 });
    await limit(db, { person: 7, mode: 'periodic', queries: 4 });
    const wishes = Array.from({ length: 180 }, (_, i) => ({
      mode: (['instant', 'periodic', 'yearly'] as const)[i % 3] as 'instant',
      unit: i % 2 === 0 ? 'izmir' : 'adana',
      person: 7 + (i % 4),
    }));
    const outcomes = await times(180, (i) => reserve(either(i >> 1), request(wishes[i])));
    const passed = wishes.filter((_, i) => outcomes[i]?.allow);
    expect(passed).toHaveLength(40);
    expect(passed.filter((w) => w.unit === 'izmir').length).toBeLessThanOrEqual(15);
    expect(passed.filter((w) => w.person === 7 && (w.mode as string) === 'periodic').length).toBeLessThanOrEqual(4);
  });

  test('the same request twenty times at once counts once', async () => {
    await limit(db, { queries: 1, records: 10 });
    const same = request({ records: 10 });
    const outcomes = await times(20, (i) => reserve(either(i), same));
    expect(outcomes.every((o) => o.allow)).toBe(true);
    expect(await counters(db)).toEqual(['party instant 1/10']);
    await refused(db);
  });
});

describe('levels and modes', () => {
  test('a unit’s and a person’s limit bind them alone; the party’s binds all', async () => {
    await limit(db, { queries: 4 });
    await limit(db, { unit: 'izmir', queries: 2 });
    await limit(db, { person: 7, queries: 1 });
    const standings = (await allowed(db, { unit: 'izmir', person: 7 })).quotas;
    expect(standings.map(({ scope, limit: most, used, remaining }) => [scope, most, used, remaining])).toEqual([
      ['party', 4, 1, 3],
      ['unit', 2, 1, 1],
      ['person', 1, 1, 0],
    ]);
    expect((await refused(db, { unit: 'izmir', person: 7 })).refusedBy).toMatchObject({
      scope: 'person',
      what: 'queries',
      limit: 1,
      used: 1,
    });
    await allowed(db, { unit: 'izmir', person: 8 });
    expect((await refused(db, { unit: 'izmir', person: 9 })).refusedBy).toMatchObject({ scope: 'unit', limit: 2, used: 2, remaining: 0 });
    await allowed(db, { unit: 'adana', person: 9 });
    await allowed(db);
    expect((await refused(db, { unit: 'adana' })).refusedBy).toMatchObject({ scope: 'party', limit: 4, used: 4 });
  });

  test('a mode’s limit counts that mode, one of all modes their sum', async () => {
    await limit(db, { mode: 'instant', queries: 2 });
    await limit(db, { queries: 3 });
    await allowed(db);
    expect((await allowed(db)).quotas).toEqual([
      expect.not.objectContaining({ mode: expect.anything() }),
      expect.objectContaining({ mode: 'instant', remaining: 0 }),
    ]);
    expect((await refused(db)).refusedBy).toMatchObject({ mode: 'instant', used: 2 });
    await allowed(db, { mode: 'yearly' });
    const { refusedBy } = await refused(db, { mode: 'periodic' });
    expect(refusedBy).toMatchObject({ scope: 'party', limit: 3, used: 3 });
    expect(refusedBy.mode).toBeUndefined();
  });

  test('other parties and datasets have counters of their own, and no limit means none', async () => {
    await limit(db, { queries: 0 });
    await refused(db);
    expect((await allowed(db, { party: 'east' })).quotas).toEqual([]);
    await allowed(db, { dataset: 'flock' });
    expect(await counters(db)).toEqual(['party instant 1/0', 'party instant 1/0']);
  });

  test('what a request does not want is not refused to it', async () => {
    await limit(db, { records: 0 });
    await allowed(db);
    expect((await refused(db, { records: 1 })).refusedBy).toMatchObject({ what: 'records', limit: 0, used: 0, remaining: 0 });
  });
});

describe('limits that change', () => {
  test('one that is set during the day counts what was used before, on every level', async () => {
    for (let i = 0; i < 5; i += 1) await allowed(db, { unit: 'izmir', person: 7, records: 10 });
    await limit(db, { unit: 'izmir', records: 55 });
    await limit(db, { person: 7, queries: 6 });
    expect((await refused(db, { unit: 'izmir', person: 7, records: 6 })).refusedBy).toMatchObject({
      scope: 'unit',
      used: 50,
      remaining: 5,
    });
    await allowed(db, { unit: 'izmir', person: 7, records: 5 });
    expect((await refused(db, { unit: 'adana', person: 7 })).refusedBy).toMatchObject({ scope: 'person', used: 6 });
    const id = await limit(db, { queries: 2 });
    expect((await refused(db)).refusedBy).toMatchObject({ scope: 'party', limit: 2, used: 6, remaining: 0 });
    await db.prisma.quotaLimit.update({ where: { id }, data: { liftedAt: noon } });
    await allowed(db);
  });

  test('the database holds one open limit of a place, and none that limits nothing', async () => {
    await limit(db, { queries: 1 });
    await expect(limit(db, { records: 5 })).rejects.toThrow(/unique/i);
    await limit(db, { mode: 'instant', queries: 1 });
    await expect(limit(db, { unit: 'izmir' })).rejects.toThrow();
    await expect(limit(db, { unit: 'izmir', person: 7, queries: 1 })).rejects.toThrow();
    await expect(limit(db, { mode: 'hourly', queries: 1 })).rejects.toThrow();
    await expect(limit(db, { unit: 'izmir', queries: -1 })).rejects.toThrow();
  });
});

describe('retries', () => {
  test('count once, refused ones leave no trace', async () => {
    await limit(db, { queries: 2, records: 10 });
    const same = request({ unit: 'izmir', records: 10 });
    const [first, second] = [await reserve(db, same), await reserve(another, same)];
    expect(second).toEqual({ ...first, chargeId: expect.not.stringMatching((first as { chargeId: string }).chargeId) });
    await refused(db, { unit: 'adana', records: 1 });
    expect(await counters(db)).toEqual(['party instant 1/10', 'unit izmir instant 1/10']);
    expect(await db.prisma.quotaCharge.count()).toBe(1);
  });

  test('a key counts anew under another party, person, dataset or mode', async () => {
    await limit(db, { queries: 1 });
    const same = request();
    await allowed(db, same);
    await allowed(db, { ...same, party: 'east' });
    await allowed(db, { ...same, dataset: 'flock' });
    for (const other of [{ mode: 'yearly' as const }, { unit: 'izmir' }, { person: 7 }]) await refused(db, { ...same, ...other });
    await allowed(db, same);
  });

  test('one that wants more than before counts the difference', async () => {
    await limit(db, { records: 10 });
    const same = request({ records: 4 });
    await allowed(db, same);
    await refused(db, { ...same, records: 11 });
    await allowed(db, { ...same, records: 9 });
    expect(await counters(db)).toEqual(['party instant 1/9']);
    await allowed(db, { ...same, records: 4 });
    expect(await counters(db)).toEqual(['party instant 1/9']);
  });

  test('one key is no way past a limit: what was given back is reserved again', async () => {
    await limit(db, { records: 100 });
    const same = request({ records: 100 });
    await settle(db, (await allowed(db, same)).chargeId, { records: 0 });
    await allowed(db, { records: 60 });
    expect((await refused(db, same)).refusedBy).toMatchObject({ used: 60, remaining: 40 });
    const again = await allowed(db, { ...same, records: 40 });
    await settle(db, again.chargeId, { records: 40 });
    expect(await counters(db)).toEqual(['party instant 2/100']);
  });
});

describe('settling', () => {
  test('and reserving leave the connection as it was: what comes after them waits for the disk again', async () => {
    const one = openDatabase(test_.url, { connections: 1 });
    const { chargeId } = await allowed(one, { records: 1 });
    const waits = async () => (await one.pool.query('show synchronous_commit')).rows;
    expect(await waits()).toEqual([{ synchronous_commit: 'on' }]);
    await settle(one, chargeId, { records: 0 });
    expect(await waits()).toEqual([{ synchronous_commit: 'on' }]);
    await one.close();
  });

  test('nobody reserves less than nothing', async () => {
    await expect(reserve(db, request({ records: -1 }))).rejects.toThrow();
    await expect(reserve(db, request({ queries: -1 }))).rejects.toThrow();
    expect(await counters(db)).toEqual([]);
  });

  test('gives back once what was not used, also when it is told many times at once', async () => {
    await limit(db, { records: 100 });
    const { chargeId } = await allowed(db, { unit: 'izmir', person: 7, records: 100 });
    const told = await times(10, (i) => settle(either(i), chargeId, { records: 30 }));
    expect(told.filter(Boolean)).toHaveLength(1);
    expect(await settle(db, chargeId, { records: 0 })).toBe(false);
    const lines = ['party instant 1/30', 'person 7 instant 1/30', 'unit izmir instant 1/30'];
    expect(await counters(db)).toEqual(lines);
    await refused(db, { records: 71 });
    await allowed(db, { records: 70 });
  });

  test('waits for every pass of a request, and counts the one that used most', async () => {
    const same = request({ records: 100 });
    const [first, second, third] = [await allowed(db, same), await allowed(db, same), await allowed(db, same)];
    await settle(db, first.chargeId, { records: 0 });
    await settle(db, first.chargeId, { records: 0 });
    await settle(db, third.chargeId, { records: 80 });
    expect(await counters(db)).toEqual(['party instant 1/100']);
    await settle(db, second.chargeId, { records: 20 });
    expect(await counters(db)).toEqual(['party instant 1/80']);
  });

  test('counts more than was reserved, too, and knows no other charge', async () => {
    const { chargeId } = await allowed(db, { records: 5 });
    await settle(db, chargeId, { records: 7 });
    expect(await counters(db)).toEqual(['party instant 1/7']);
    expect(await settle(db, `${chargeId.slice(0, -2)}.9`, { records: 0 })).toBe(false);
    expect(await settle(db, `2026-11-22.${'0'.repeat(32)}.1`, { records: 0 })).toBe(false);
  });

  test('what was never settled counts as used', async () => {
    await limit(db, { records: 100 });
    const { chargeId } = await allowed(db, { records: 90 });
    await allowed(db, { records: 10, at: new Date(noon.getTime() + 1) });
    expect(await settleAbandoned(db, new Date(noon.getTime() + 1))).toBe(1);
    expect(await settle(db, chargeId, { records: 0 })).toBe(false);
    expect(await counters(db)).toEqual(['party instant 2/100']);
    expect(await db.prisma.quotaCharge.findMany({ select: { used: true, open: true }, orderBy: { at: 'asc' } })).toEqual([
      { used: 90n, open: [] },
      { used: 0n, open: [1] },
    ]);
  });
});

describe('the day', () => {
  const last = new Date('2026-11-22T20:59:59.999Z');
  const first = new Date('2026-11-22T21:00:00Z');

  test('ends at midnight in Istanbul', async () => {
    await limit(db, { queries: 1 });
    expect((await allowed(db, { at: last })).quotas[0]?.renewsAt).toEqual(first);
    expect((await refused(db, { at: last })).refusedBy.renewsAt).toEqual(first);
    expect((await allowed(db, { at: first })).quotas[0]).toMatchObject({ used: 1, renewsAt: new Date('2026-11-23T21:00:00Z') });
    await refused(db, { at: first });
    expect(await counters(db, '2026-11-22')).toEqual(['party instant 1/0']);
    expect(await counters(db, '2026-11-23')).toEqual(['party instant 1/0']);
  });

  test('a request belongs to the day on which it was reserved; on the next one a retry counts anew', async () => {
    await limit(db, { records: 100 });
    const same = request({ at: last, records: 100 });
    const { chargeId } = await allowed(db, same);
    await allowed(db, { ...same, at: first, records: 60 });
    await settle(db, chargeId, { records: 1 });
    expect(await counters(db, '2026-11-22')).toEqual(['party instant 1/1']);
    expect(await counters(db, '2026-11-23')).toEqual(['party instant 1/60']);
  });
});

describe('a connection that dies', () => {
  /** Ends the connections of a process, as a crash does. */
  const kill = (name: string) =>
    db.pool.query('select pg_terminate_backend(pid) from pg_stat_activity where application_name = $1', [name]);
  let doomed: Database;
  beforeEach(() => {
    const url = new URL(test_.url);
    doomed = openDatabase(url.href, { connections: 2 });
    doomed.pool.options.application_name = 'doomed';
  });
  afterEach(() => doomed.close());

  test('between reserving and settling leaves the reservation standing, for whoever settles it', async () => {
    await limit(db, { records: 100 });
    const { chargeId } = await allowed(doomed, { records: 100 });
    await kill('doomed');
    await refused(db, { records: 1 });
    expect(await settle(doomed, chargeId, { records: 10 }).catch(() => settle(doomed, chargeId, { records: 10 }))).toBe(true);
    expect(await counters(db)).toEqual(['party instant 1/10']);
  });

  test('in the middle of reserving counts nothing, and holds nobody up', async () => {
    const holder = await another.pool.connect();
    await holder.query('begin');
    await holder.query(`select quota_lock('herd', 'north')`);
    const lost = expect(reserve(doomed, request({ records: 5 }))).rejects.toThrow();
    const waiting = async () =>
      (await db.pool.query(`select 1 from pg_stat_activity where application_name = 'doomed' and wait_event_type = 'Lock'`)).rowCount === 1;
    await until(waiting);
    await kill('doomed');
    await lost;
    await holder.query('commit');
    holder.release();
    expect(await counters(db)).toEqual([]);
    await allowed(db, { records: 5 });
    expect(await counters(db)).toEqual(['party instant 1/5']);
  });
});
