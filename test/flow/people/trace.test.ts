import { createHmac } from 'node:crypto';
import { completeTckn } from '../../../src/core/nationalId';
import { reconcile } from '../../../src/operations/reconcile';
import { type Logged, logged } from '../../support/audit';
import { type TestBroker, testBroker } from '../../support/broker';
import { somebody } from '../../support/people';
import { truthOf } from '../../support/truth';
import { until } from '../../support/until';
import { type Answer, type Api, type Ask, closeClean, expectProblem, servedApi } from '../../surfaces/api/support';
import { type AskAs, askAs, ndjson, type Row } from './rows';

const agents = 'iskur.agents';
const workers = 'emetip.workers';
const children = 'cts.children';
const nobody = completeTckn('123456780');

describe('the trace of each answer', () => {
  let broker: TestBroker;
  let api: Api;
  let person: { id: number; token: string };
  let ask: AskAs;
  let indexKey: Buffer;
  let logKey: Buffer;

  beforeAll(async () => {
    broker = await testBroker({ agents: 30, workers: 120, children: 60 });
    for (let day = 0; day < 2; day += 1) {
      if (day > 0) broker.standIns.simulator.world.nextDay();
      for (const dataset of [agents, workers, children]) expect((await broker.run(dataset)).status).toBe('succeeded');
    }
    await reconcile(broker.app.broker);
    api = await servedApi(broker);
    person = await somebody(broker.app.broker, 'cgm', { unit: 'Denetim Birimi' });
    ask = askAs(api, person);
    const { keys, agreement } = broker.app.broker;
    [indexKey, logKey] = (await Promise.all(
      (['index', 'log'] as const).map(async (purpose) => Buffer.from((await keys.current(agreement.id, purpose)).bytes)),
    )) as [Buffer, Buffer];
  }, 60_000);
  afterAll(() => closeClean(broker));

  /** As the log knows a person, made anew of the national id. */
  const subjectOf = (nationalId: unknown) => {
    const index = createHmac('sha256', indexKey).update(String(nationalId)).digest().subarray(0, 16);
    return createHmac('sha256', logKey).update(index.toString('hex')).digest().subarray(0, 16).toString('hex');
  };
  const subjectsIn = (entries: Logged[]) =>
    entries.flatMap(({ subjects }) => (subjects?.toString('hex') ?? '').match(/.{32}/g) ?? []).sort();
  const expected = (ids: unknown[]) => ids.map(subjectOf).sort();
  const entriesOf = (answer: Answer) => logged(broker.database.db, { requestId: String(answer.headers['request-id']) });

  const who = () => ({ kind: 'access', party: 'cgm', person: person.id, unit: 'Denetim Birimi', address: '127.0.0.1' });
  const stated = { purpose: 'schooling', case: '2026/17 Ek-1' };

  /** Of each route how it is asked, and whose records are in the answer. */
  const routes: [action: string, where: string, ids: (answer: Answer) => unknown[], options?: Ask][] = [
    ['records', `/v1/datasets/${workers}/records?limit=25`, ({ json }) => json.records.map((r: Row) => r.nationalId)],
    ['records', `/v1/datasets/${children}/records?fields=nationalId,province`, ({ json }) => json.records.map((r: Row) => r.nationalId)],
    // Without the number among the fields: the log knows them all the same.
    ['records', `/v1/datasets/${agents}/records?snapshot=1&fields=nationalId`, ({ json }) => json.records.map((r: Row) => r.nationalId)],
    ['changes', `/v1/datasets/${workers}/changes?from=1`, ({ json }) => json.changes.map((c: { record: Row }) => c.record.nationalId)],
    ['export', `/v1/datasets/${workers}/export`, ({ text }) => ndjson(text).map((r) => r.nationalId)],
    ['export', `/v1/datasets/${children}/export?province=01,06,34`, ({ text }) => ndjson(text).map((r) => r.nationalId)],
    ['findings', '/v1/findings?limit=50', ({ json }) => json.findings.map((f: { subject: string }) => f.subject)],
  ];

  test.each(routes)('%s %s: who, from where, for what, which fields, and the index of each record', async (action, where, ids) => {
    const answer = await ask(where, stated);
    expect(answer.status).toBe(200);
    const entries = await entriesOf(answer);
    const found = ids(answer);
    expect(found.length).toBeGreaterThan(0);
    expect(entries.length).toBeGreaterThan(0);
    for (const entry of entries) expect(entry).toMatchObject({ ...who(), ...stated, action, decision: 'allow', code: null });
    expect(entries.reduce((sum, { records }) => sum + (records ?? 0), 0)).toBe(found.length);
    expect(subjectsIn(entries)).toEqual(expected(found));
    if (action === 'findings') return;
    const { dataset, snapshot } =
      answer.json?.provenance ?? JSON.parse(Buffer.from(String(answer.headers['kopru-provenance']), 'base64url').toString());
    const names = Object.keys(answer.json ? (answer.json.records?.[0] ?? answer.json.changes[0].record) : (ndjson(answer.text)[0] as Row));
    const chosen = where.includes('province=') ? ['province'] : [];
    for (const entry of entries)
      expect(entry).toMatchObject({ dataset, snapshot: snapshot.version, fields: [...new Set([...names, ...chosen])] });
  });

  test('one record, and a look-up: who was asked about is logged, whether there is one or not', async () => {
    const worker = truthOf(broker.standIns, workers)[0] as Row;
    const agent = truthOf(broker.standIns, agents).find((a) => String(a.nationalId).length === 11) as Row;
    for (const [where, id, status, records] of [
      [`/v1/datasets/${workers}/record`, worker.nationalId, 200, [1]],
      [`/v1/datasets/${workers}/record`, nobody, 404, [0]],
      [`/v1/datasets/${agents}/lookups`, agent.nationalId, 200, [null, 1]],
      [`/v1/datasets/${agents}/lookups`, nobody, 404, [null, 0]],
    ] as const) {
      const answer = await ask(where, { ...stated, body: { id: String(id) } });
      expect(answer.status).toBe(status);
      const entries = await entriesOf(answer);
      expect(entries.map((e) => [e.person, e.purpose, e.case, e.unit, e.records])).toEqual(
        records.map((n) => [person.id, stated.purpose, stated.case, 'Denetim Birimi', n]),
      );
      for (const entry of entries) expect(subjectsIn([entry])).toEqual([subjectOf(id)]);
    }
  });

  test('counts, lists and 304 show nobody, and are logged', async () => {
    for (const where of ['/v1/findings/summary', `/v1/datasets/${workers}/snapshots`, '/v1/datasets', '/v1/runs']) {
      const [entry, ...more] = await entriesOf(await ask(where, stated));
      expect(more).toEqual([]);
      expect(entry).toMatchObject({ ...who(), ...stated, decision: 'allow', subjects: null });
    }
    const where = `/v1/datasets/${workers}/records?limit=10`;
    const tag = String((await ask(where)).headers.etag);
    const unchanged = await ask(where, { ...stated, headers: { 'if-none-match': tag } });
    expect(unchanged.status).toBe(304);
    expect(await entriesOf(unchanged)).toMatchObject([{ ...who(), ...stated, decision: 'allow', records: 0, subjects: null }]);
  });

  test.each([`/v1/datasets/${workers}/records?limit=3`, `/v1/datasets/${workers}/export`, '/v1/findings?limit=3'])(
    'not a byte of %s comes before its entry is committed',
    async (where) => {
      const client = await broker.database.db.pool.connect();
      let came = false;
      try {
        await client.query('begin; select pg_advisory_xact_lock(71006, 0)');
        const answering = ask(where).finally(() => {
          came = true;
        });
        await until(async () => {
          const { rows } = await broker.database.db.pool.query(
            `select from pg_locks where locktype = 'advisory' and classid = 71006 and not granted
               and database = (select oid from pg_database where datname = current_database())`,
          );
          return rows.length > 0;
        });
        expect(came).toBe(false);
        await client.query('commit');
        const answer = await answering;
        expect(answer.status).toBe(200);
        expect((await entriesOf(answer)).length).toBeGreaterThan(0);
      } finally {
        client.release();
      }
    },
  );

  test('a refusal has its entry, with code and article, and what was made up is not written down', async () => {
    const iskur = askAs(api, await somebody(broker.app.broker, 'iskur', { roles: ['approver'] }));
    const none = await somebody(broker.app.broker, 'cgm', {}, { grants: false });
    const secret = 'zzmark 10000000146';
    for (const [asking, status, code, article, purpose] of [
      [ask(`/v1/datasets/${workers}/records`, { purpose: null }), 403, 'purpose-missing', 'V.C.1, V.Ç.3', null],
      [ask(`/v1/datasets/${workers}/records`, { purpose: secret }), 403, 'purpose-refused', 'V.C.1, V.Ç.3', '(unknown)'],
      [ask(`/v1/datasets/${workers}/records`, { purpose: '__proto__' }), 403, 'purpose-refused', 'V.C.1, V.Ç.3', '(unknown)'],
      [ask(`/v1/datasets/${workers}/export`, { case: null }), 403, 'case-missing', 'policy', 'child-labour'],
      [ask(`/v1/datasets/${nobody}/records`), 403, 'grant-closed', 'policy', 'child-labour'],
      [askAs(api, none)(`/v1/datasets/${children}/records`), 403, 'personal-grant-missing', 'policy', 'child-labour'],
      [iskur(`/v1/datasets/${agents}/records`), 403, 'role-refused', 'V.Ç.6', 'child-labour'],
      [iskur('/v1/findings'), 403, 'role-refused', 'V.Ç.6', 'child-labour'],
    ] as const) {
      const answer = await asking;
      expectProblem(answer, status, code);
      const entries = await entriesOf(answer);
      expect(entries).toMatchObject([{ decision: 'refuse', code, article, purpose, records: null, subjects: null }]);
      expect(entries[0]?.person).toEqual(expect.any(Number));
      // The request's own number is random, and may hold as many digits.
      expect(JSON.stringify(entries.map((entry) => ({ ...entry, requestId: undefined })))).not.toMatch(/zzmark|\d{10}/);
    }
  });

  test.each([nobody, '10000000146', 'dosya 10000000146', '100 000 001 46', '100-000-001-46', '100.000.001.46', 'a10000000146b'])(
    'a case that holds a number is refused before anything: %s',
    async (of) => {
      const before = (await logged(broker.database.db)).length;
      const answer = await ask(`/v1/datasets/${workers}/records`, { case: of });
      expectProblem(answer, 400, 'request-invalid');
      expect(answer.text).not.toContain(of);
      expect((await logged(broker.database.db)).length).toBe(before);
    },
  );

  test('nothing of anybody stands in clear in the log: no number, no name, no token', async () => {
    const { rows } = await broker.database.db.pool.query("select body, encode(subjects, 'escape') as subjects from audit_entry");
    const text = rows.map((row) => `${row.body} ${row.subjects}`).join('\n');
    expect(rows.length).toBeGreaterThan(20);
    const all = [agents, workers, children].flatMap((dataset) => truthOf(broker.standIns, dataset as typeof agents));
    const said = all
      .flatMap((row) => [row.nationalId, row.fullName, row.householdHeadId, row.agentId])
      .filter((v) => typeof v === 'string');
    expect(said.filter((value) => text.includes(value as string))).toEqual([]);
    for (const word of [nobody, 'Deneme Kişisi', person.token.slice(0, 20), 'ornek.example']) expect(text).not.toContain(word);
  });
});
