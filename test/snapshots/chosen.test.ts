import fc from 'fast-check';
import { chosenChanges, chosenPage, type FieldFilter } from '../../src/snapshots/chosen';
import { expireSnapshots } from '../../src/snapshots/expire';
import type { StoredRecord } from '../../src/snapshots/types';
import { type TestDatabase, testDatabase } from '../support/database';
import { dataset, keyIndex, type Row, writeHistory } from './support';

let database: TestDatabase;
beforeAll(async () => {
  database = await testDatabase();
});
afterEach(() => database.db.pool.query('truncate record_version, snapshot, installation'));
afterAll(() => database.drop());

/** What a record says in a version; undefined where it is not there. Not reported is left out, as it is stored. */
type State = { place?: string; count?: number; yes?: boolean } | undefined;

const state: fc.Arbitrary<State> = fc.option(
  fc.record({ place: fc.constantFrom('01', '63'), count: fc.constantFrom(1, 10), yes: fc.boolean() }, { requiredKeys: [] }),
  { nil: undefined },
);
const versions = 4;
/** For each record what it is in each version. */
const timelines = fc.array(fc.array(state, { minLength: versions, maxLength: versions }), { minLength: 1, maxLength: 8 });
const filter: fc.Arbitrary<FieldFilter[]> = fc.uniqueArray(
  fc.oneof(
    fc.record({ field: fc.constant('place'), values: fc.subarray(['01', '63', '34'], { minLength: 1 }) }),
    fc.record({ field: fc.constant('count'), values: fc.subarray(['1', '10', '01'], { minLength: 1 }) }),
    fc.record({ field: fc.constant('yes'), values: fc.subarray(['true', 'false'], { minLength: 1 }) }),
    fc.record({ field: fc.constant('gone'), values: fc.constant(['1']) }),
  ),
  { selector: ({ field }) => field, minLength: 1, maxLength: 3 },
);
const version = fc.integer({ min: 1, max: versions });

const text = (of: State) => JSON.stringify(of && [of.place ?? null, of.count ?? null, of.yes ?? null]);
const lets = (by: readonly FieldFilter[], of: State) =>
  of !== undefined &&
  by.every(({ field, values }) => {
    const value = (of as Record<string, unknown>)[field];
    return value !== undefined && values.includes(String(value));
  });

/** The rows that such a history leaves: a new version of a record where it changed. */
function rowsOf(histories: State[][]): Row[] {
  return histories.flatMap((states, key) => {
    const rows: Row[] = [];
    for (const [i, now] of states.entries()) {
      const before = states[i - 1];
      if (i > 0 && text(before) === text(now)) continue;
      const last = rows.at(-1);
      if (last && last.closed === null) last.closed = i + 1;
      if (now) rows.push({ key, opened: i + 1, closed: null, open: now });
    }
    return rows;
  });
}

async function all<T extends StoredRecord>(page: (after: bigint) => Promise<T[]>): Promise<T[]> {
  const found: T[] = [];
  for (let after = 0n; ; ) {
    const rows = await page(after);
    found.push(...rows);
    if (rows.length === 0) return found;
    after = (rows.at(-1) as T).id;
  }
}

const published = Array.from({ length: versions }, (_, i) => ({
  version: i + 1,
  status: 'published',
  publishedAt: new Date(Date.UTC(2026, 0, i + 1)),
}));

test('whatever the history: the records that the filters let through, and that are new or other since', async () => {
  const { pool } = database.db;
  await fc.assert(
    fc.asyncProperty(
      timelines,
      filter,
      version,
      fc.option(version, { nil: undefined }),
      fc.boolean(),
      async (histories, given, at, since, none) => {
        const number = await writeHistory(database.db, published, rowsOf(histories));
        const by = none ? [] : given;
        const keys = (found: StoredRecord[]) => found.map((row) => row.keyIndex.toString('hex')).sort();
        const expected = histories.flatMap((states, key) => {
          const [now, then] = [states[at - 1], since === undefined ? undefined : states[since - 1]];
          if (!now || (by.length > 0 && !lets(by, now)) || (since !== undefined && (since >= at || text(now) === text(then)))) return [];
          return [keyIndex(key).toString('hex')];
        });
        expect(keys(await all((after) => chosenPage(pool, number, at, after, 3, { by, since })))).toEqual(expected.sort());

        if (since !== undefined && since <= at) {
          const changes = await all((after) => chosenChanges(pool, number, { from: since, to: at }, after, 3, { by: given, within: [] }));
          const told = histories.flatMap((states, key) => {
            const [now, then] = [states[at - 1], states[since - 1]];
            if (text(now) === text(then) || !(lets(given, now) || lets(given, then))) return [];
            return [`${keyIndex(key).toString('hex')} ${then ? (now ? 'changed' : 'removed') : 'added'}`];
          });
          expect(changes.map((row) => `${row.keyIndex.toString('hex')} ${row.change}`).sort()).toEqual(told.sort());

          // As if the snapshots held no other rows: who moved out is removed, and shown as last seen within.
          const within = await all((after) => chosenChanges(pool, number, { from: since, to: at }, after, 3, { by: [], within: given }));
          const inside = histories.flatMap((states, key) => {
            const [now, then] = [at, since].map((v) => (lets(given, states[v - 1]) ? states[v - 1] : undefined));
            if (text(now) === text(then)) return [];
            return [`${keyIndex(key).toString('hex')} ${then ? (now ? 'changed' : 'removed') : 'added'}`];
          });
          expect(within.map((row) => `${row.keyIndex.toString('hex')} ${row.change}`).sort()).toEqual(inside.sort());
          expect(within.every((row) => lets(given, row.open as never))).toBe(true);
        }
        await pool.query('truncate record_version, snapshot');
      },
    ),
    { numRuns: 150 },
  );
}, 120_000);

test('names and values are parameters, whatever stands in them', async () => {
  const { pool } = database.db;
  const odd = ["' or true --", '"', '\\', '$1', "a'b", '%', '{}'];
  const number = await writeHistory(
    database.db,
    published,
    odd.map((value) => ({ opened: 1, closed: null, open: { [value]: value } })),
  );
  for (const value of odd) {
    const found = await chosenPage(pool, number, 1, 0n, 100, { by: [{ field: value, values: [value] }] });
    expect(found.map((row) => row.open)).toEqual([{ [value]: value }]);
  }
  expect(await chosenPage(pool, number, 1, 0n, 100, { by: [{ field: "'", values: odd }] })).toEqual([]);
});

test('what changed and changed back is neither new nor other', async () => {
  const { pool } = database.db;
  const [one, other] = [{ place: '01' }, { place: '63' }];
  const number = await writeHistory(database.db, published, rowsOf([[one, other, one, one]]));
  expect(await chosenPage(pool, number, 3, 0n, 10, { by: [], since: 1 })).toEqual([]);
  expect(await chosenPage(pool, number, 3, 0n, 10, { by: [], since: 2 })).toHaveLength(1);
});

test('a snapshot that expires while it is read, or since which it is read, is told as gone', async () => {
  const { db } = database;
  const number = await writeHistory(db, published, rowsOf([[{ count: 1 }, { count: 2 }, { count: 3 }, { count: 4 }]]));
  await expireSnapshots(db, dataset, new Date(Date.UTC(2026, 0, 3)));
  const by = [{ field: 'count', values: ['3', '4'] }];
  const gone = { code: 'not-found', message: expect.stringMatching(/has expired/) };
  await expect(chosenPage(db.pool, number, 2, 0n, 10, { by })).rejects.toMatchObject(gone);
  await expect(chosenPage(db.pool, number, 4, 0n, 10, { by, since: 2 })).rejects.toMatchObject(gone);
  await expect(chosenChanges(db.pool, number, { from: 2, to: 4 }, 0n, 10, { by, within: [] })).rejects.toMatchObject(gone);
  expect(await chosenPage(db.pool, number, 4, 0n, 10, { by, since: 3 })).toHaveLength(1);
});
