import { groupCounts, mostGroups } from '../../src/snapshots/groups';
import { type TestDatabase, testDatabase } from '../support/database';
import { type Row, shows, writeHistory } from './support';

let database: TestDatabase;
beforeAll(async () => {
  database = await testDatabase();
});
afterEach(() => database.db.pool.query('truncate record_version, snapshot'));
afterAll(() => database.drop());

const key = (values: unknown[]) => JSON.stringify(values);

test('counts by one field, by two and of none are those that counting one by one gives, in both snapshots', async () => {
  const kinds = ['A', 'B', null, undefined];
  const rows = Array.from({ length: 400 }, (_, i): Row => {
    const open = { province: String((i * 7) % 5), kind: kinds[i % 4], season: 2024 + (i % 3) };
    return { opened: 1 + (i % 3), closed: i % 5 === 0 ? null : 2 + (i % 3), open };
  });
  const number = await writeHistory(database.db, [], rows);
  const by = [['province'], ['kind'], ['season'], ['kind', 'province']];
  const counted = await groupCounts(database.db.pool, number, { from: 1, to: 3 }, by);
  for (const [i, names] of by.entries()) {
    const expected = new Map<string, { count: number; earlier: number }>();
    for (const row of rows) {
      const [now, before] = [shows(row, 3), shows(row, 1)];
      if (!now && !before) continue;
      const values = names.map((name) => ((row.open as any)[name] === undefined ? null : (row.open as any)[name]));
      const at = key(values.map((v) => (v === null ? null : String(v))));
      const sum = expected.get(at) ?? { count: 0, earlier: 0 };
      expected.set(at, { count: sum.count + Number(now), earlier: sum.earlier + Number(before) });
    }
    const { groups, rest } = counted[i] as (typeof counted)[number];
    expect(new Map(groups.map(({ values, count, earlier }) => [key(values), { count, earlier }]))).toEqual(expected);
    expect(rest).toEqual({ groups: 0, count: 0, earlier: 0 });
  }
});

test('without an earlier snapshot, and without records', async () => {
  const number = await writeHistory(database.db, [], [{ opened: 1, closed: null, open: { kind: 'A' } }]);
  expect(await groupCounts(database.db.pool, number, { from: 0, to: 1 }, [['kind']])).toEqual([
    { groups: [{ values: ['A'], count: 1, earlier: 0 }], rest: { groups: 0, count: 0, earlier: 0 } },
  ]);
  await database.db.pool.query('truncate record_version');
  expect(await groupCounts(database.db.pool, number, { from: 0, to: 1 }, [['kind']])).toEqual([
    { groups: [], rest: { groups: 0, count: 0, earlier: 0 } },
  ]);
});

test('a code that is another one in every record does not swell the report: the largest groups are told, the others together', async () => {
  const rows = Array.from(
    { length: mostGroups + 500 },
    (_, i): Row => ({ opened: 1, closed: null, open: { kind: `k${i}`, province: '01' } }),
  );
  const number = await writeHistory(database.db, [], [...rows, { opened: 1, closed: null, open: { kind: 'k7', province: '01' } }]);
  const [kinds, provinces] = await groupCounts(database.db.pool, number, { from: 0, to: 1 }, [['kind'], ['province']]);
  expect(kinds?.groups).toHaveLength(mostGroups);
  expect(kinds?.groups).toContainEqual({ values: ['k7'], count: 2, earlier: 0 });
  expect(kinds?.rest).toEqual({ groups: 500, count: 500, earlier: 0 });
  expect(provinces?.groups).toEqual([{ values: ['01'], count: mostGroups + 501, earlier: 0 }]);
});
