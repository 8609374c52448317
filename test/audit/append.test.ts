import { beforeFirst } from '../../src/audit/chain';
import { operation } from '../../src/audit/entry';
import { appendWithin, createAuditLog } from '../../src/audit/log';
import { verifyChain } from '../../src/audit/verify';
import { openDatabase, transaction } from '../../src/infra/db';
import { logged } from '../support/audit';
import { type TestDatabase, testDatabase } from '../support/database';
import { entry } from './support';

describe('appending to the audit log', () => {
  let database: TestDatabase;
  beforeEach(async () => {
    database = await testDatabase();
  });
  afterEach(() => database.drop());

  const sql = (text: string, values?: unknown[]) => database.db.pool.query(text, values);
  const verdict = () => verifyChain(database.db.pool, { checkpoints: [], keys: new Map() });
  const entries = async () => (await sql('select 1 from audit_entry')).rowCount;

  test('an empty log is whole', async () => {
    expect(await verdict()).toEqual({ entries: 0, hash: beforeFirst, anchoredTo: 0, unanchored: 0 });
  });

  test('many at once, from two processes: one chain without a gap, each entry once, in few transactions', async () => {
    const other = openDatabase(database.url, { connections: 4 });
    try {
      const logs = [createAuditLog(database.db.pool), createAuditLog(other.pool)];
      const numbers = await Promise.all(Array.from({ length: 400 }, (_, n) => logs[n % 2]?.append(entry(n % 60, { requestId: `r${n}` }))));
      expect([...numbers].sort((a, b) => Number(a) - Number(b))).toEqual(Array.from({ length: 400 }, (_, i) => i + 1));
      const rows = await logged(database.db);
      // Whoever was told a number finds its entry there.
      expect(numbers.map((seq) => rows[Number(seq) - 1]?.requestId)).toEqual(numbers.map((_, n) => `r${n}`));
      expect(await verdict()).toMatchObject({ entries: 400, unanchored: 400 });
      const { rows: written } = await sql('select count(distinct xmin::text)::int as transactions from audit_entry');
      expect(written[0].transactions).toBeLessThan(40);
    } finally {
      await other.close();
    }
  });

  test('a text has sorted members, no empty ones, and columns to search by', async () => {
    const log = createAuditLog(database.db.pool);
    await log.append(entry(1, { person: 7, fields: [], purpose: undefined, dataset: null, subjects: undefined }));
    await log.append(operation({ at: new Date(0), by: 'ayse', command: 'schedules set', detail: { mode: 'yearly', cron: null } }));
    const { rows } = await sql(
      'select seq, at, kind, party, person, action, dataset, decision, body, subjects from audit_entry order by seq',
    );
    expect(rows[0]).toEqual({
      seq: '1',
      at: new Date('2026-11-20T09:01:00Z'),
      kind: 'access',
      party: 'iskur',
      person: 7,
      action: 'record',
      dataset: null,
      decision: 'allow',
      body: '{"action":"record","at":"2026-11-20T09:01:00.000Z","decision":"allow","kind":"access","party":"iskur","person":7,"requestId":"request-1"}',
      subjects: null,
    });
    expect(rows[1].body).toMatch(
      /^\{"action":"schedules set","at":"1970-01-01T00:00:00.000Z","by":"ayse","decision":"allow","detail":\{"cron":null,"mode":"yearly"\},"kind":"operation","requestId":"[0-9a-f-]{36}"\}$/,
    );
  });

  test('what PostgreSQL cannot keep in a text does not stop the others', async () => {
    const log = createAuditLog(database.db.pool);
    const odd = ['a\0b', 'half \ud800', '"\\\n', 'Çağrı 𝒳', '{}', "'); drop table audit_entry; --"];
    await Promise.all(odd.map((text, n) => log.append(entry(n, { case: text }))));
    expect((await logged(database.db)).map((row) => (row as unknown as { case: string }).case)).toEqual([
      'a\ufffdb',
      'half \ufffd',
      ...odd.slice(2),
    ]);
    expect(await verdict()).toMatchObject({ entries: 6 });
  });

  test.each([
    ['the lock is held too long', ['begin', 'select pg_advisory_xact_lock(71006, 0)'], ['rollback']],
    ['the table is gone', ['alter table audit_entry rename to elsewhere'], ['alter table elsewhere rename to audit_entry']],
    [
      'the text is refused',
      ["alter table audit_entry add check (action = 'other') not valid"],
      ['alter table audit_entry drop constraint audit_entry_action_check'],
    ],
  ])('when %s, every caller is refused, and nothing is written', async (_why, before, after) => {
    await sql(`alter function audit_append(text[], bytea[]) set lock_timeout = '50ms'`);
    const log = createAuditLog(database.db.pool);
    await log.append(entry(1));
    const holder = await database.db.pool.connect();
    try {
      for (const statement of before) await holder.query(statement);
      const outcomes = await Promise.allSettled(Array.from({ length: 20 }, (_, n) => log.append(entry(n))));
      expect(outcomes.map((o) => o.status === 'rejected' && o.reason.code)).toEqual(Array(20).fill('audit-unavailable'));
      for (const statement of after) await holder.query(statement);
    } finally {
      holder.release();
    }
    expect(await entries()).toBe(1);
    expect(await log.append(entry(2))).toBe(2);
    expect(await verdict()).toMatchObject({ entries: 2 });
  });

  test('a transaction and its entry are both kept, or neither', async () => {
    const { prisma, pool } = database.db;
    const deed = operation({ at: new Date(), by: 'test', command: 'x' });
    const keep = (name: string) => ({ data: { key: name, value: {} } });
    await prisma.$transaction(async (tx) => {
      await tx.installation.create(keep('one'));
      await appendWithin(tx, { ...deed, subjects: [Buffer.alloc(16, 1)] });
    });
    const failing = prisma.$transaction(async (tx) => {
      await tx.installation.create(keep('two'));
      await appendWithin(tx, deed);
      throw new Error('undone');
    });
    await expect(failing).rejects.toThrow('undone');
    const broken = transaction(pool, async (client) => {
      await appendWithin(client, deed);
      await client.query('select 1/0');
    });
    await expect(broken).rejects.toThrow('zero');
    await transaction(pool, (client) => appendWithin(client, deed));
    expect(await entries()).toBe(2);
    expect(await prisma.installation.findMany({ where: { key: { in: ['one', 'two'] } } })).toHaveLength(1);
    await sql('alter table audit_entry rename to elsewhere');
    const unlogged = prisma.$transaction(async (tx) => {
      await tx.installation.create(keep('three'));
      await appendWithin(tx, deed);
    });
    await expect(unlogged).rejects.toMatchObject({ code: 'audit-unavailable', message: expect.stringContaining('not done') });
    expect(await prisma.installation.count({ where: { key: 'three' } })).toBe(0);
    await sql('alter table elsewhere rename to audit_entry');
    expect(await verdict()).toMatchObject({ entries: 2 });
  });

  test('the table takes nothing but through the function', async () => {
    await createAuditLog(database.db.pool).append(entry(1));
    const copied = 'select seq + 1, at, body, hash from audit_entry';
    await expect(sql(`insert into audit_entry (seq, at, body, hash) ${copied}`)).rejects.toThrow('written by audit_append alone');
    for (const statement of ['update audit_entry set seq = seq', 'delete from audit_entry', 'truncate audit_entry'])
      await expect(sql(statement)).rejects.toThrow('audit_entry is append-only');
    expect(await verdict()).toMatchObject({ entries: 1 });
  });
});
