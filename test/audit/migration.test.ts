import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { Client } from 'pg';
import { verifyChain } from '../../src/audit/verify';
import { type Database, openDatabase } from '../../src/infra/db';
import { logged } from '../support/audit';

const ours = '20261122060000_audit';
const all = readdirSync('prisma/migrations')
  .filter((name) => /^\d+_/.test(name))
  .sort();

describe('a database that has the older logs', () => {
  const name = `old_${randomBytes(6).toString('hex')}`;
  const url = new URL(process.env.KOPRU_TEST_SERVER as string);
  let db: Database;
  const onServer = async (statement: string) => {
    const client = new Client({ connectionString: process.env.KOPRU_TEST_SERVER as string });
    await client.connect();
    await client.query(statement);
    await client.end();
  };
  const apply = async (names: string[]) => {
    for (const one of names) await db.pool.query(readFileSync(`prisma/migrations/${one}/migration.sql`, 'utf8'));
  };

  beforeAll(async () => {
    await onServer(`create database ${name}`);
    url.pathname = `/${name}`;
    db = openDatabase(url.href);
    await apply(all.filter((one) => one < ours));
  });
  afterAll(async () => {
    await db.close();
    await onServer(`drop database ${name}`);
  });

  test('has their rows in the chain, in the order of time, and the tables no more', async () => {
    const mark = Buffer.alloc(16, 7);
    await db.pool.query(
      `insert into access_log (at, request_id, party, action, dataset, snapshot, grant_id, fields, purpose, decision, code, article, subject)
       values ('2026-11-20 09:00:00.123+03', 'r1', 'cgm', 'record', 'iskur.agents', 3, 'cgm-agents', '{a,b}', 'schooling', 'allow', null, 'VI.A.1', $1),
              ('2026-11-20 09:02:00+03', 'r2', null, 'authenticate', null, null, null, '{}', null, 'refuse', 'not-authenticated', null, null)`,
      [mark],
    );
    await db.pool.query(
      `insert into operation_log (at, by, command, detail)
       values ('2026-11-20 09:01:00+03', 'cli', 'schedules set', '{"mode": "yearly", "cron": null, "b": ["ç", 1.5, true, {"y": 1, "x": "\\""}]}')`,
    );
    await db.pool.query(
      `insert into operation_log (at, by, command, detail) select '2026-11-20 10:00:00+03', 'x', 'many', '{}' from generate_series(1, 2500)`,
    );
    await apply([ours]);

    const rows = await logged(db);
    expect(rows.slice(0, 3)).toMatchObject([
      {
        seq: 1,
        at: new Date('2026-11-20T06:00:00.123Z'),
        kind: 'access',
        requestId: 'r1',
        party: 'cgm',
        action: 'record',
        dataset: 'iskur.agents',
        snapshot: 3,
        grant: 'cgm-agents',
        fields: ['a', 'b'],
        purpose: 'schooling',
        decision: 'allow',
        code: null,
        article: 'VI.A.1',
        subjects: mark,
      },
      {
        seq: 2,
        kind: 'operation',
        requestId: 'operation_log/1',
        by: 'cli',
        action: 'schedules set',
        decision: 'allow',
        detail: { mode: 'yearly', cron: null, b: ['ç', 1.5, true, { x: '"', y: 1 }] },
      },
      { seq: 3, requestId: 'r2', party: null, action: 'authenticate', decision: 'refuse', code: 'not-authenticated', fields: [] },
    ]);
    const { rows: texts } = await db.pool.query('select body from audit_entry where seq = 2');
    expect(texts[0].body).toBe(
      '{"action":"schedules set","at":"2026-11-20T06:01:00.000Z","by":"cli","decision":"allow","detail":{"b":["ç",1.5,true,{"x":"\\"","y":1}],"cron":null,"mode":"yearly"},"kind":"operation","requestId":"operation_log/1"}',
    );
    expect(await verifyChain(db.pool, { checkpoints: [], keys: new Map() })).toMatchObject({ entries: 2503, unanchored: 2503 });
    const { rows: left } = await db.pool.query(`select to_regclass('access_log') as a, to_regclass('operation_log') as o`);
    expect(left).toEqual([{ a: null, o: null }]);
  });
});
