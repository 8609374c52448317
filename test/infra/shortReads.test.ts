import { openShortReads, type ShortReads } from '../../src/infra/shortReads';
import { type TestDatabase, testDatabase } from '../support/database';

let database: TestDatabase;
let reads: ShortReads;
beforeAll(async () => {
  database = await testDatabase();
  reads = openShortReads({ connectionString: database.url });
});
afterAll(async () => {
  await reads.close();
  await database.drop();
});

const named = (value: number) => ({
  name: 'numbered',
  text: 'select $1::int as value, pg_backend_pid() as pid',
  values: [value],
});

test('what is asked at once goes down one connection, and everybody gets the own answer', async () => {
  const answers = await Promise.all(Array.from({ length: 50 }, (_, i) => reads.query(named(i))));
  expect(answers.map(({ rows }) => rows[0].value)).toEqual(Array.from({ length: 50 }, (_, i) => i));
  expect(new Set(answers.map(({ rows }) => rows[0].pid)).size).toBe(1);
});

test('one statement that fails fails alone', async () => {
  const outcomes = await Promise.allSettled([reads.query(named(1)), reads.query('select 1 / 0'), reads.query(named(2))]);
  expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
});

test('after a break the next statement connects anew', async () => {
  const { pid } = (await reads.query(named(1))).rows[0];
  const cut = reads.query('select pg_sleep(60)');
  await Promise.all([expect(cut).rejects.toThrow(), database.db.pool.query('select pg_terminate_backend($1)', [pid])]);
  const again = (await reads.query(named(2))).rows[0];
  expect(again).toMatchObject({ value: 2 });
  expect(again.pid).not.toBe(pid);
});

test('a server that cannot be reached fails the statement, not the process', async () => {
  const nowhere = openShortReads({ connectionString: 'postgresql://nobody@127.0.0.1:1/none' });
  await expect(nowhere.query('select 1')).rejects.toThrow();
  await expect(nowhere.query('select 1')).rejects.toThrow();
  await nowhere.close();
});
