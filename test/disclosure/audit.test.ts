import { type TestBroker, testBroker } from '../support/broker';
import { truthOf } from '../support/truth';
import { until } from '../support/until';
import { type Contract, contractOf } from '../surfaces/api/contract';
import { type Api, type Ask, closeClean, expectProblem, loggedFor, servedApi } from '../surfaces/api/support';

const agents = '/v1/datasets/iskur.agents';

describe('audit before release', () => {
  let broker: TestBroker;
  let api: Api;
  let contract: Contract;
  let known: { nationalId: string; fullName: string };
  let readings: [operation: string, where: string, options: Ask][];
  const sql = (text: string) => broker.database.db.pool.query(text);

  beforeAll(async () => {
    broker = await testBroker({ agents: 20, workers: 20, children: 10 });
    expect((await broker.run('iskur.agents')).status).toBe('succeeded');
    api = await servedApi(broker);
    contract = await contractOf(api);
    known = truthOf(broker.standIns, 'iskur.agents')[0] as typeof known;
    readings = [
      ['listDatasets', '/v1/datasets', {}],
      ['listRuns', '/v1/runs', {}],
      ['listSnapshots', `${agents}/snapshots`, {}],
      ['readRecords', `${agents}/records`, {}],
      ['findRecord', `${agents}/record`, { body: { id: known.nationalId } }],
      ['readChanges', `${agents}/changes?from=1`, {}],
      ['exportSnapshot', `${agents}/export`, {}],
    ];
  });
  afterAll(() => closeClean(broker));

  test('an access that cannot be logged does not happen', async () => {
    await sql(`create function no_log() returns trigger language plpgsql as $$ begin raise exception 'no room'; end $$`);
    await sql('create trigger no_log before insert on audit_entry for each row execute function no_log()');
    try {
      for (const [operation, where, options] of readings) {
        // A refusal that cannot be logged is not even told.
        for (const who of [{ as: 'cgm' }, { as: 'cgm', purpose: 'x' }, {}]) {
          const answer = await api.ask(where, { ...options, ...who });
          expectProblem(answer, 503, 'audit-unavailable');
          contract.expectPromised(operation, answer);
          expect(answer.headers['retry-after']).toMatch(/^\d+$/);
          expect(answer.headers['kopru-provenance']).toBeUndefined();
          expect(await loggedFor(broker, answer)).toEqual([]);
        }
      }
    } finally {
      await sql('drop trigger no_log on audit_entry');
    }
    for (const [, where, options] of readings) expect((await api.ask(where, { ...options, as: 'cgm' })).status).toBe(200);
  });

  test('nothing leaves before its row is written', async () => {
    const holder = await broker.database.db.pool.connect();
    try {
      for (const [, where, options] of readings) {
        await holder.query('begin');
        await holder.query('lock table audit_entry in exclusive mode');
        let answered = false;
        const answer = api.ask(where, { ...options, as: 'cgm' }).then((a) => {
          answered = true;
          return a;
        });
        await until(
          async () => (await sql(`select 1 from pg_locks where relation = 'audit_entry'::regclass and not granted`)).rowCount === 1,
        );
        expect(answered).toBe(false);
        await holder.query('commit');
        expect((await answer).status).toBe(200);
      }
    } finally {
      holder.release();
    }
  });

  test('one row per request, with what was released and under which grant; the person only under a key', async () => {
    for (const [, where, options] of readings) {
      const answer = await api.ask(where, { ...options, as: 'cgm', purpose: 'schooling' });
      const [row, ...more] = await loggedFor(broker, answer);
      expect(more).toEqual([]);
      const dataset = where.startsWith(agents)
        ? { dataset: 'iskur.agents', snapshot: 1, grant: 'cgm-agents', article: 'VI.A.1–2, Ek-1' }
        : { dataset: null, snapshot: null };
      expect(row).toMatchObject({ party: 'cgm', purpose: 'schooling', decision: 'allow', code: null, ...dataset });
      expect(Math.abs((row?.at.getTime() ?? 0) - Date.now())).toBeLessThan(60_000);
    }
    // The same person leaves the same mark, another one another; neither is the index under which records are found.
    const marks = async (id: string) =>
      Buffer.from((await loggedFor(broker, await api.ask(`${agents}/record`, { as: 'cgm', body: { id } })))[0]?.subjects ?? []).toString(
        'hex',
      );
    const mark = await marks(known.nationalId);
    expect(mark).toMatch(/^[0-9a-f]{32}$/);
    expect(await marks(known.nationalId)).toBe(mark);
    expect(await marks('11111111110')).not.toBe(mark);
    expect((await sql(`select 1 from record_version where key_index = '\\x${mark}'`)).rowCount).toBe(0);
    const { rows } = await sql('select row_to_json(l)::text as line from audit_entry l');
    const all = rows.map((r) => r.line).join('\n');
    expect(all).not.toContain(known.nationalId);
    expect(all).not.toContain('11111111110');
    expect(all).not.toContain(known.fullName);
  });

  test.each(['audit_entry', 'agreement_event'])('%s cannot be changed, shortened or emptied', async (table) => {
    const count = async () => (await sql(`select count(*)::int as n from ${table}`)).rows[0].n;
    const key = table === 'audit_entry' ? 'seq' : 'id';
    const before = await count();
    expect(before).toBeGreaterThan(0);
    for (const statement of [
      `update ${table} set ${key} = ${key}`,
      `update ${table} set ${key} = -1 where false`,
      `delete from ${table}`,
      `delete from ${table} where false`,
      `truncate ${table}`,
      `truncate ${table} cascade`,
    ]) {
      await expect(sql(statement)).rejects.toThrow(`${table} is append-only`);
    }
    expect(await count()).toBe(before);
  });
});
