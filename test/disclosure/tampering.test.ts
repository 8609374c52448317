import { verifySnapshot } from '../../src/operations/snapshots';
import { type TestBroker, testBroker } from '../support/broker';
import { readAll } from '../support/readAll';
import { sorted, truthOf } from '../support/truth';
import { type Api, closeClean, expectProblem, servedApi } from '../surfaces/api/support';

/** Somebody with the database's password, but not the keys. */
describe('a table that was changed behind the broker’s back', () => {
  let broker: TestBroker;
  let api: Api;
  const dataset = 'emetip.workers';
  const sql = (text: string) => broker.database.db.pool.query(text);

  beforeAll(async () => {
    broker = await testBroker({ agents: 10, workers: 60, children: 10 });
    for (const each of [dataset, 'cts.children']) expect((await broker.run(each)).status).toBe('succeeded');
    api = await servedApi(broker);
    await sql('create table kept as table record_version');
  });
  afterAll(() => closeClean(broker));
  afterEach(async () => {
    await sql('truncate record_version');
    await sql('insert into record_version select * from kept');
    expect(await readAll(broker.app, 'cgm', dataset)).toEqual(truthOf(broker.standIns, dataset));
    await verifySnapshot(broker.app.broker, dataset, 1);
  });

  const own = `dataset_id = (select id from dataset where name = '${dataset}')`;
  const foreign = `dataset_id = (select id from dataset where name = 'cts.children')`;
  const first = `${own} and id = (select min(id) from record_version where ${own} and open ? 'birthYear')`;
  const last = `${own} and id = (select max(id) from record_version where ${own})`;
  const swapped = (column: string) =>
    `with a as (select id, ${column} as v from record_version where ${first}), b as (select id, ${column} as v from record_version where ${last})
     update record_version r set ${column} = case when r.id = a.id then b.v else a.v end from a, b where r.${own} and r.id in (a.id, b.id)`;

  const changes: [what: string, statement: string][] = [
    ['a changed open column', `update record_version set open = jsonb_set(open, '{season}', '1999') where ${first}`],
    ['an open column taken away', `update record_version set open = open - 'season' where ${first}`],
    ['an open column that is no object', `update record_version set open = 'null' where ${first}`],
    ['an open column that lays itself over a sealed one', `update record_version set open = open || '{"fullName": "X"}' where ${first}`],
    ['an open column that nobody knows', `update record_version set open = open || '{"x": 1}' where ${first}`],
    ['a changed readable year', `update record_version set open = jsonb_set(open, '{birthYear}', '1930') where ${first}`],
    ['swapped sealed blobs', swapped('sealed')],
    ['swapped hashes', swapped('hash')],
    ['a changed hash', `update record_version set hash = sha256('x') where ${first}`],
    ['an empty hash', `update record_version set hash = '' where ${first}`],
    ['a changed sealed byte', `update record_version set sealed = set_byte(sealed, 20, get_byte(sealed, 20) # 1) where ${first}`],
    ['a cut sealed blob', `update record_version set sealed = substring(sealed from 1 for 28) where ${first}`],
    ['an emptied sealed blob', `update record_version set sealed = '' where ${first}`],
    ['another record’s key index', `update record_version set key_index = sha256('x') where ${first}`],
    [
      'a record of another dataset',
      `update record_version c set dataset_id = w.dataset_id from (select dataset_id from record_version where ${first}) w where c.id = (select min(id) from record_version where ${foreign} and key_index not in (select key_index from record_version where ${own}))`,
    ],
  ];

  test.each(changes)('%s: nothing of the page or the export is released', async (_what, statement) => {
    const { rowCount } = await sql(statement);
    expect(rowCount).toBeGreaterThan(0);
    for (const where of ['records?limit=1000', 'export']) {
      const answer = await api.ask(`/v1/datasets/${dataset}/${where}`, { as: 'cgm' });
      expectProblem(answer, 500, 'record-tampered');
      for (const { nationalId, fullName } of truthOf(broker.standIns, dataset)) {
        expect(answer.text).not.toContain(String(nationalId));
        expect(answer.text).not.toContain(String(fullName));
      }
    }
  });

  test('a record that is asked for by its id is held against its hash too', async () => {
    const { nationalId } = truthOf(broker.standIns, dataset)[0] as { nationalId: string };
    await sql(`update record_version set open = jsonb_set(open, '{season}', '1999') where ${own}`);
    const answer = await api.ask(`/v1/datasets/${dataset}/record`, { as: 'cgm', body: { id: nationalId } });
    expectProblem(answer, 500, 'record-tampered');
  });

  test('a row cannot lend values to fields that have none', async () => {
    await sql(
      `update record_version set open = open || '{"__proto__": {"phone": {"e164": null, "raw": "X"}, "agentId": "X", "birthDate": "X"}}' where ${own}`,
    );
    const read = await readAll(broker.app, 'cgm', dataset).catch((error) => error.code);
    expect(JSON.stringify(read)).not.toContain('X');
  });

  test.each([
    ['removed', `delete from record_version where ${first}`],
    [
      'added',
      `insert into record_version select (jsonb_populate_record(r, jsonb_build_object('id', r.id + 100000, 'key_index', '\\x' || encode(sha256('x'), 'hex')))).* from record_version r where ${first}`,
    ],
    ['closed', `update record_version set closed = 1 where ${first}`],
    ['changed', `update record_version set hash = sha256('x') where ${first}`],
    ['exchanged', `update record_version set key_index = sha256('x') where ${first}`],
  ])('a record %s: the snapshot’s digest tells', async (_what, statement) => {
    expect((await sql(statement)).rowCount).toBe(1);
    await expect(verifySnapshot(broker.app.broker, dataset, 1)).rejects.toMatchObject({ code: 'digest-mismatch' });
  });

  test('one tampered record does not close the others', async () => {
    const { rows } = await sql(`select encode(key_index, 'hex') as k from record_version where ${first}`);
    await sql(`update record_version set hash = sha256('x') where ${first}`);
    const found: unknown[] = [];
    let refused = 0;
    for (const record of truthOf(broker.standIns, dataset)) {
      const answer = await api.ask(`/v1/datasets/${dataset}/record`, { as: 'cgm', body: { id: record.nationalId } });
      if (answer.status === 200) found.push(answer.json.record);
      else refused += 1;
    }
    expect([rows.length, refused]).toEqual([1, 1]);
    expect(truthOf(broker.standIns, dataset)).toEqual(expect.arrayContaining(sorted(found as any)));
    expect(found).toHaveLength(59);
  });
});
