import { randomBytes } from 'node:crypto';
import { mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { Client } from 'pg';
import { type App, openApp } from '../../src/app/app';
import { checkpointAudit } from '../../src/operations/audit';
import { csv, headings, rowOf } from '../access/people/support/forms';
import { logged } from '../support/audit';
import { type TestBroker, testBroker } from '../support/broker';
import { somebody } from '../support/people';
import { enrolled, signIn } from '../support/signIn';
import { apiAt, servedApi } from '../surfaces/api/support';

/** Statements on the test's server, with all rights: the password of its superuser is that of the broker's role. */
async function asSuperuser(url: string, ...statements: string[]): Promise<void> {
  const client = new Client({ connectionString: Object.assign(new URL(url), { username: 'postgres' }).href });
  await client.connect();
  try {
    for (const statement of statements) await client.query(statement);
  } finally {
    await client.end();
  }
}

describe('a login of the role kopru_api', () => {
  const login = `api_${randomBytes(6).toString('hex')}`;
  let broker: TestBroker;
  let url: URL;
  let folder: string;
  let app: App;

  beforeAll(async () => {
    broker = await testBroker({ agents: 10, workers: 10, children: 10 });
    await broker.run('iskur.agents');
    await asSuperuser(broker.database.url, `create role ${login} login password 'x' in role kopru_api`);
    url = Object.assign(new URL(broker.database.url), { username: login, password: 'x' });
    folder = mkdtempSync(path.join(os.tmpdir(), 'kopru-api-'));
    const settings = { ...broker.app.settings, databaseUrl: url.href, dataFolder: folder };
    app = await openApp({ settings });
  });
  afterAll(async () => {
    await app.close();
    await broker.close();
    await asSuperuser(process.env.KOPRU_TEST_SERVER as string, `drop role ${login}`);
    await rm(folder, { recursive: true, force: true });
  });

  test('is enough for a process that serves the API', async () => {
    const owner = await servedApi(broker);
    const api = apiAt(await app.api(broker.tls), broker.tls.ca, { cgm: owner.token('cgm'), iskur: owner.token('iskur') });
    for (const where of [
      '/v1/datasets',
      '/v1/runs',
      '/v1/datasets/iskur.agents/snapshots',
      '/v1/datasets/iskur.agents/records',
      '/v1/findings',
    ]) {
      const answer = await api.ask(where, { as: 'cgm' });
      expect([where, answer.status]).toEqual([where, 200]);
    }
    const answer = await api.ask('/v1/datasets/iskur.agents/record', { as: 'cgm', body: { id: '10000000146' } });
    expect(answer.json.code).toBe('record-not-found');
    expect(await logged(broker.database.db, { requestId: String(answer.headers['request-id']) })).toHaveLength(1);
  });

  test('is enough for approvers: they set and lift limits, and record what they approved', async () => {
    const approver = await somebody(broker.app.broker, 'cgm', { roles: ['approver'] });
    const api = apiAt(await app.api(broker.tls), broker.tls.ca, { approver: approver.token });
    const limit = '/v1/quotas/emetip.workers/iskur';
    for (const queries of [1, 2])
      expect((await api.ask(limit, { as: 'approver', method: 'PUT', body: { queries, document: 'E-1' } })).status).toBe(200);
    expect((await api.ask('/v1/quotas', { as: 'approver' })).json.limits).toMatchObject([{ standings: [{ limit: 2 }] }]);
    expect((await api.ask(`${limit}?document=E-2`, { as: 'approver', method: 'DELETE' })).status).toBe(200);
    const days = { approvedOn: '2026-01-15', document: 'E-3' };
    const body = { party: 'iskur', receiver: 'Örnek', scope: 'sayılar', data: { 'emetip.workers': ['season'] }, ...days };
    const { json } = await api.ask('/v1/registers/releases', { as: 'approver', body });
    const revoked = await api.ask(`/v1/registers/releases/${json.entry}/revocation`, { as: 'approver', body: { document: 'E-4' } });
    expect([revoked.status, revoked.json]).toEqual([200, { entry: json.entry }]);
    expect((await broker.database.db.pool.query('select from quota_limit where lifted_at is null')).rowCount).toBe(0);
  });

  test('is enough for officers who record what they gave to the person concerned', async () => {
    const officer = await somebody(broker.app.broker, 'cgm');
    const api = apiAt(await app.api(broker.tls), broker.tls.ca, { officer: officer.token });
    const paper = { on: '2026-01-15', identity: 'in-person', document: 'E-5', data: { 'emetip.workers': ['season'] } };
    const { json } = await api.ask('/v1/registers/given', { as: 'officer', body: { id: '10000000146', ...paper } });
    const found = await api.ask('/v1/registers/given/search', { as: 'officer', body: { id: '10000000146' } });
    expect(found.json.entries).toMatchObject([{ entry: json.entry, officer: officer.id }]);
  });

  test('is enough for auditors, who read the log by an entry of it', async () => {
    const auditor = await somebody(broker.app.broker, 'cgm', { roles: ['auditor'] });
    await checkpointAudit(broker.app.broker);
    const api = apiAt(await app.api(broker.tls), broker.tls.ca, { auditor: auditor.token });
    const listed = await api.ask('/v1/audit?limit=1000', { as: 'auditor' });
    const { entries } = listed.json;
    expect(entries[0]).toMatchObject({ requestId: String(listed.headers['request-id']), action: 'audit' });
    expect(entries).toHaveLength(entries[0].seq);
    const since = new Date(Date.now() - 3_600_000).toISOString();
    const searched = await api.ask('/v1/audit/subject', { as: 'auditor', body: { id: '10000000146', since } });
    expect(searched.json.entries[0]).toMatchObject({ action: 'audit subject' });
    const { json: verdict } = await api.ask('/v1/audit/verification', { as: 'auditor' });
    expect(verdict).toMatchObject({ entries: entries[0].seq + 2, firstBad: null });
    expect(verdict.anchoredTo).toBeGreaterThan(0);
  });

  test('is enough to enrol and to sign in', async () => {
    const api = apiAt(await app.api(broker.tls), broker.tls.ca, {});
    const who = await enrolled({ app: { ...broker.app, clock: app.clock } }, api);
    const { json } = await signIn(api, who, new Date());
    const authorization = `Bearer ${json.token}`;
    expect((await api.ask('/v1/datasets', { authorization })).status).toBe(200);
    expect((await api.ask('/v1/sign-in', { authorization, method: 'DELETE' })).status).toBe(200);
    expect((await api.ask('/v1/datasets', { authorization })).status).toBe(401);
  });

  test('is enough for personnel administrators, and changes nothing else of people and tokens', async () => {
    const administrator = await somebody(broker.app.broker, 'cgm', { roles: ['personnel'] });
    const other = await somebody(broker.app.broker, 'cgm');
    const api = apiAt(await app.api(broker.tls), broker.tls.ca, { cgm: administrator.token, iskur: other.token });
    const document = 'document=E-1';
    for (const unit of ['Merkez', 'Taşra']) {
      const body = csv([headings, rowOf(1, { Unvan: unit, Birim: unit })]);
      const answer = await api.ask(`/v1/personnel/lists?${document}`, { as: 'cgm', body, headers: { 'content-type': 'text/csv' } });
      expect(answer.json).toMatchObject(unit === 'Merkez' ? { added: 1 } : { changed: 1 });
    }
    const one = `/v1/personnel/${other.id}`;
    for (const [where, body] of [
      [`${one}/training`, { on: '2026-01-15' }],
      [`${one}/tokens`, { label: 'x', days: 1 }],
      [`${one}/removal`, { document: 'E-2' }],
    ] as const)
      expect([where, (await api.ask(where, { as: 'cgm', body })).status]).toEqual([where, 200]);
    expect((await api.ask('/v1/datasets', { as: 'iskur' })).status).toBe(401);
    const client = new Client({ connectionString: url.href });
    await client.connect();
    try {
      for (const statement of [
        `update person set party = 'iskur'`,
        'delete from person',
        'update person_version set removed = false',
        `update person_token set expires_at = '2100-01-01'`,
        'update person_token set person_id = 1',
        'delete from person_token',
        `insert into undertaking (party) values ('cgm')`,
        'update person_grant set revoked_at = null',
      ])
        await expect(client.query(statement)).rejects.toThrow(/permission denied/);
    } finally {
      await client.end();
    }
  });

  test('sees the log by no other entry: not without one, by one of another deed, by a refusal, or by an old one', async () => {
    const { db } = broker.database;
    const at = new Date();
    const reading = { at: at.toISOString(), kind: 'access', action: 'audit', decision: 'allow' };
    const entry = async (changes: object) => {
      const body = JSON.stringify({ ...reading, ...changes });
      return (await db.pool.query('select audit_append(array[$1], array[null::bytea]) as last', [body])).rows[0].last;
    };
    const client = new Client({ connectionString: url.href });
    await client.connect();
    const seen = async (named: string) => {
      await client.query(`select set_config('kopru.audit_reading', $1, false)`, [named]);
      return (await client.query('select count(*)::int as many from audit_entry')).rows[0].many;
    };
    try {
      const hours = (n: number) => new Date(at.getTime() + n * 3_600_000).toISOString();
      for (const changes of [{ action: 'records' }, { decision: 'refuse' }, { kind: 'operation' }, { at: hours(-2) }, { at: hours(2) }])
        await expect(seen(await entry(changes))).rejects.toThrow(/permission denied/);
      for (const named of ['', '0', '999999', 'x', '1; select 1', '9'.repeat(30)])
        await expect(seen(named)).rejects.toThrow(/permission denied/);
      expect(await seen(await entry({}))).toBe((await logged(db)).length);
    } finally {
      await client.end();
    }
  });

  test('can add to the log, and bend neither it nor what is recorded beside it', async () => {
    const client = new Client({ connectionString: url.href });
    await client.connect();
    try {
      for (const statement of [
        'select 1 from audit_entry',
        'insert into audit_entry (seq) values (1)',
        'update audit_entry set party = null',
        'delete from audit_entry',
        'truncate audit_entry',
        'alter table audit_entry disable trigger user',
        'drop table audit_entry',
        'drop function audit_append(text[], bytea[])',
        `alter function audit_append(text[], bytea[]) set lock_timeout = '1s'`,
        'alter table audit_entry disable row level security',
        'drop policy audit_entry_reading_logged on audit_entry',
        'insert into audit_checkpoint (seq) values (1)',
        'delete from audit_checkpoint',
        'update given_entry set officer = 1',
        'delete from release_entry',
        'delete from register_revocation',
        'update quota_limit set queries = 1000000',
        'delete from quota_limit',
        'update record_version set sealed = null',
        'create table staging.x (y int)',
        'select grant_api_role()',
      ])
        await expect(client.query(statement)).rejects.toThrow(/permission denied|must be owner/);
      // Nor by names of its own in the function's way.
      await client.query(`create temp table audit_entry (seq bigint)`);
      const body = JSON.stringify({ at: new Date().toISOString(), action: 'x', decision: 'allow' });
      const { rows } = await client.query('select audit_append(array[$1], array[null::bytea]) as last', [body]);
      expect((await logged(broker.database.db)).at(-1)).toMatchObject({ seq: Number(rows[0].last), action: 'x' });
    } finally {
      await client.end();
    }
  });
});
