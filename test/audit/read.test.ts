import { entriesBefore } from '../../src/audit/read';
import { type TestDatabase, testDatabase } from '../support/database';

describe('a page of the log', () => {
  let database: TestDatabase;
  const pool = () => database.db.pool;
  const at = (n: number) => new Date(Date.UTC(2026, 0, 1, 0, 0, n));
  const subject = (n: number) => Buffer.alloc(16, n);
  const add = (first: number, last: number, more: object = {}, subjects: Buffer | null = null) =>
    pool().query(
      `select audit_append(array_agg((jsonb_build_object('at', timestamptz '2026-01-01Z' + n * interval '1 second', 'requestId', 'r' || n)
                || $3)::text order by n), array_agg($4::bytea)) from generate_series($1::int, $2::int) n`,
      [first, last, { kind: 'access', action: 'records', decision: 'allow', party: 'a', dataset: 'one', ...more }, subjects],
    );
  const seqs = async (...asked: Parameters<typeof entriesBefore> extends [unknown, ...infer Rest] ? Rest : never) => {
    const { entries, next } = await entriesBefore(pool(), ...asked);
    return [entries.map(({ seq }) => seq), next];
  };

  beforeAll(async () => {
    database = await testDatabase();
    await add(1, 1, { party: 'b', dataset: 'two', person: 7 }, Buffer.concat([subject(1), subject(2)]));
    await add(2, 3, { action: 'findings', party: 'b', dataset: undefined, fields: ['rule-x', 'rule-y'] });
    await add(4, 4, { kind: 'operation', party: undefined, dataset: 'one' });
    await add(5, 25_000);
    await add(25_001, 25_001, { party: 'b', decision: 'refuse', dataset: 'two' });
  }, 60_000);
  afterAll(() => database.drop());

  test('looks at so many and no more, and says where to go on', async () => {
    expect(await seqs({}, { limit: 2 })).toEqual([[25_001, 25_000], 25_000]);
    expect(await seqs({ person: 7 }, { limit: 2 })).toEqual([[], 5_002]);
    expect(await seqs({ person: 7 }, { before: 5_002, limit: 2 })).toEqual([[1], undefined]);
    expect(await seqs({}, { before: 3, limit: 2 })).toEqual([[2, 1], undefined]);
    expect(await seqs({}, { before: 1, limit: 2 })).toEqual([[], undefined]);
    expect(await seqs({ decision: 'refuse' }, { limit: 1 })).toEqual([[25_001], 25_001]);
  });

  test('a time bounds it at both ends', async () => {
    expect(await seqs({ since: at(3), until: at(5) }, { limit: 9 })).toEqual([[4, 3], undefined]);
    expect(await seqs({ since: at(3), until: at(5) }, { limit: 1 })).toEqual([[4], 4]);
    expect(await seqs({ since: at(90_000) }, { limit: 1 })).toEqual([[], undefined]);
  });

  test('what concerns a party: its own, those to its datasets, and findings under its rules; operations do not', async () => {
    const range = { since: at(1), until: at(6) };
    const of = (party: string, datasets: string[], rules: string[]) =>
      seqs({ ...range, concern: { party, datasets, rules } }, { limit: 9 });
    expect(await of('b', [], [])).toEqual([[3, 2, 1], undefined]);
    expect(await of('c', ['two'], [])).toEqual([[1], undefined]);
    expect(await of('c', ['one'], [])).toEqual([[5], undefined]);
    expect(await of('c', [], ['rule-y', 'rule-z'])).toEqual([[3, 2], undefined]);
    expect(await of('c', [], ['rule-z'])).toEqual([[], undefined]);
  });

  test('a person is found among others, and only whole', async () => {
    const until = at(6);
    expect(await seqs({ until, subject: subject(1) }, { limit: 9 })).toEqual([[1], undefined]);
    expect(await seqs({ until, subject: subject(2) }, { limit: 9 })).toEqual([[1], undefined]);
    expect(await seqs({ until, subject: subject(3) }, { limit: 9 })).toEqual([[], undefined]);
    const across = Buffer.concat([subject(1).subarray(8), subject(2).subarray(8)]);
    expect(await seqs({ until, subject: across }, { limit: 9 })).toEqual([[], undefined]);
  });
});
