import { completeTckn } from '../../../src/core/nationalId';
import { type TestBroker, testBroker } from '../../support/broker';
import { sorted, truthOf } from '../../support/truth';
import { type Contract, contractOf } from './contract';
import { type Reader, readerOf } from './reader';
import { type Api, closeClean, expectProblem, loggedFor, servedApi } from './support';

const workers = '/v1/datasets/emetip.workers';
const agents = '/v1/datasets/iskur.agents';
const datasets = ['iskur.agents', 'emetip.workers', 'cts.children'] as const;

describe('reading over TLS', () => {
  let broker: TestBroker;
  let api: Api;
  let contract: Contract;
  let read: Reader['read'];
  let readOn: Reader['readOn'];

  beforeAll(async () => {
    broker = await testBroker();
    for (const dataset of datasets) expect((await broker.run(dataset)).status).toBe('succeeded');
    api = await servedApi(broker);
    contract = await contractOf(api);
    ({ read, readOn } = readerOf(broker, api, contract));
  });
  afterAll(() => closeClean(broker));

  test('GET /v1/datasets says what is open to whom, with labels and the newest snapshot', async () => {
    const { json } = await read('listDatasets', '/v1/datasets', { as: 'iskur' });
    expect(json.agreement).toMatchObject({ id: 'cgm-iskur-2024', status: 'in-force' });
    expect(json.notice).toEqual({ text: 'teyit gerekir', article: 'V.Ç.5' });
    expect(json.datasets.map((d: any) => [d.id, d.grant, d.readable])).toEqual([
      ['iskur.agents', 'owner', true],
      ['emetip.workers', 'iskur-workers', true],
      ['cts.children', 'iskur-children', true],
      ['joint.agents', 'owner+iskur-workers+iskur-children', true],
    ]);
    const fields = json.datasets[1].fields.map((f: any) => f.name);
    expect(fields).toEqual(broker.app.agreement.grants['iskur-workers']?.fields);
    expect(json.datasets[1].fields[0]).toEqual({ name: 'nationalId', label: 'T.C. / Yabancı Kimlik No', type: 'nationalId' });
    expect(json.datasets[1].provenance).toMatchObject({ snapshot: { version: 1, records: 400 }, grant: { id: 'iskur-workers' } });
  });

  test('every answer says source, source time, snapshot, agreement, grant, "teyit gerekir" and consent with its article', async () => {
    const { json } = await read('readRecords', `${agents}/records?limit=1`, { as: 'cgm', purpose: 'child-labour' });
    const [snapshot] = (await read('listSnapshots', `${agents}/snapshots`, { as: 'cgm' })).json.snapshots;
    expect(json.provenance).toEqual({
      dataset: 'iskur.agents',
      source: { party: 'iskur', name: 'Türkiye İş Kurumu Genel Müdürlüğü', time: snapshot.sourceTime },
      snapshot: { version: 1, publishedAt: snapshot.publishedAt, records: 60, digest: snapshot.digest },
      agreement: { id: 'cgm-iskur-2024', status: 'in-force', endsOn: expect.stringMatching(/^\d{4}-\d\d-\d\d$/) },
      grant: { id: 'cgm-agents', article: 'VI.A.1–2, Ek-1' },
      classification: 'HİZMETE ÖZEL',
      notice: { text: 'teyit gerekir', article: 'V.Ç.5' },
      publicationConsent: [{ dataset: 'iskur.agents', owner: 'iskur', state: 'closed', article: 'V.Ç.10', consents: [] }],
    });
    const known = truthOf(broker.standIns, 'iskur.agents')[0] as { nationalId: string };
    const others = [
      await read('listSnapshots', `${agents}/snapshots`, { as: 'cgm' }),
      await read('findRecord', `${agents}/record`, { as: 'cgm', body: { id: known.nationalId } }),
      await read('readChanges', `${agents}/changes?from=1`, { as: 'cgm' }),
    ];
    for (const answer of others) expect(answer.json.provenance).toEqual(json.provenance);
    const exported = await read('exportSnapshot', `${agents}/export`, { as: 'cgm' });
    expect(JSON.parse(Buffer.from(String(exported.headers['kopru-provenance']), 'base64url').toString('utf8'))).toEqual(json.provenance);
  });

  test.each([1, 7, 1000])('pages of %i give each record once, and only the granted fields', async (limit) => {
    const few = limit === 1 ? '/v1/datasets/iskur.agents' : workers;
    const [dataset, as] = limit === 1 ? (['iskur.agents', 'iskur'] as const) : (['emetip.workers', 'cgm'] as const);
    const { items, versions } = await readOn('readRecords', `${few}/records?limit=${limit}`, 'records', as);
    expect(sorted(items)).toEqual(truthOf(broker.standIns, dataset));
    expect(versions).toEqual([1]);
  });

  test('a party gets the fields of its grant, fewer if it asks for fewer, in the agreement’s order', async () => {
    const granted = broker.app.agreement.grants['iskur-workers']?.fields as string[];
    const { json, logged } = await read('readRecords', `${workers}/records?limit=3`, { as: 'iskur', purpose: 'schooling' });
    for (const record of json.records) expect(Object.keys(record)).toEqual(granted);
    expect(logged).toMatchObject({
      party: 'iskur',
      action: 'records',
      dataset: 'emetip.workers',
      snapshot: 1,
      grant: 'iskur-workers',
      fields: granted,
      purpose: 'schooling',
    });
    const fewer = await read('readRecords', `${workers}/records?limit=3&fields=workProvince,nationalId`, { as: 'iskur' });
    for (const record of fewer.json.records) expect(Object.keys(record)).toEqual(['nationalId', 'workProvince']);
    expect(fewer.logged?.fields).toEqual(['nationalId', 'workProvince']);
  });

  test('one record by its id: as the source has it, bulunamadı, not well formed, a tax number', async () => {
    for (const record of truthOf(broker.standIns, 'iskur.agents')) {
      const { json, logged } = await read('findRecord', `${agents}/record`, { as: 'cgm', body: { id: record.nationalId } });
      expect(json.record).toEqual(record);
      expect(logged?.subjects).toHaveLength(16);
    }
    const ids = truthOf(broker.standIns, 'iskur.agents').map((r) => String(r.nationalId));
    expect(ids.some((id) => id.length === 10)).toBe(true);

    const missing = await api.ask(`${agents}/record`, { as: 'cgm', body: { id: '11111111110' } });
    expectProblem(missing, 404, 'record-not-found');
    expect(missing.json.detail).toMatch(/bulunamadı/);
    contract.expectPromised('findRecord', missing);

    // A foreigner's number among intermediaries, who are citizens; a tax number among workers.
    for (const [where, id, words] of [
      [agents, '12345678901', /not well formed/],
      [agents, '1234567801', /not well formed/],
      [agents, 'x', /not well formed/],
      [agents, completeTckn('990000001'), /no records under this kind of number/],
      [workers, '4540536920', /no records under this kind of number/],
    ] as const) {
      const answer = await api.ask(`${where}/record`, { as: 'cgm', body: { id } });
      expectProblem(answer, 400, 'id-invalid');
      expect(answer.json.detail).toMatch(words);
      expect(await loggedFor(broker, answer)).toMatchObject([{ decision: 'refuse', code: 'id-invalid', action: 'record', party: 'cgm' }]);
    }
  });

  test('the export is the whole snapshot, one record a line', async () => {
    const answer = await read('exportSnapshot', `${workers}/export`, { as: 'cgm' });
    expect(answer.headers['content-type']).toBe('application/x-ndjson; charset=utf-8');
    expect(answer.text.endsWith('\n')).toBe(true);
    const lines = answer.text.slice(0, -1).split('\n');
    expect(sorted(lines.map((line) => JSON.parse(line)))).toEqual(truthOf(broker.standIns, 'emetip.workers'));
  });

  test('runs are those of the datasets that are open, without what is for operators', async () => {
    const { json, logged } = await read('listRuns', '/v1/runs', { as: 'cgm' });
    expect(json.runs.map((r: any) => [r.dataset, r.kind, r.status, r.snapshot])).toEqual([
      ['joint.agents', 'derive', 'succeeded', 1],
      ...datasets.map((d) => [d, 'pull', 'succeeded', 1]).reverse(),
    ]);
    expect(logged).toMatchObject({ action: 'runs', party: 'cgm' });
    expect((await read('listRuns', '/v1/runs?limit=1', { as: 'cgm' })).json.runs).toHaveLength(1);
  });

  test('health, the description and the page need no token', async () => {
    for (const [operation, where, said] of [
      ['healthLive', '/health/live', 'live'],
      ['healthReady', '/health/ready', 'ready'],
    ] as const) {
      const answer = await api.ask(where);
      expect(answer.json).toEqual({ status: said });
      contract.expectPromised(operation, answer);
      const head = await api.ask(where, { method: 'HEAD' });
      expect([head.status, head.text]).toEqual([200, '']);
    }
    expect((await api.ask('/openapi.json')).status).toBe(200);
    expect((await api.ask('/docs')).status).toBe(200);
  });

  test('answers are not kept by caches, and carry the request’s number', async () => {
    for (const where of ['/v1/datasets', `${agents}/records`, '/health/live', '/nowhere']) {
      const { headers } = await api.ask(where, { as: 'cgm' });
      expect(headers).toMatchObject({
        'cache-control': 'no-store',
        'x-content-type-options': 'nosniff',
        'strict-transport-security': 'max-age=31536000',
      });
      expect(headers['request-id']).toMatch(/^[0-9a-f-]{36}$/);
    }
  });

  // Last: it moves the stand-ins' day.
  test('a reader stays in its snapshot when a newer one is published in between; the newer one is there for others', async () => {
    const before = truthOf(broker.standIns, 'emetip.workers');
    const { items, versions } = await readOn('readRecords', `${workers}/records?limit=90`, 'records', 'cgm', async (page) => {
      if (page !== 2) return;
      broker.standIns.simulator.world.nextDay();
      expect((await broker.run('emetip.workers')).status).toBe('succeeded');
    });
    expect(sorted(items)).toEqual(before);
    expect(versions).toEqual([1]);
    const after = truthOf(broker.standIns, 'emetip.workers');
    expect(after).not.toEqual(before);
    const [second, first] = (await read('listSnapshots', `${workers}/snapshots`, { as: 'cgm' })).json.snapshots;
    expect([second.version, first.version]).toEqual([2, 1]);
    const all = async (query: string) =>
      sorted((await readOn('readRecords', `${workers}/records?limit=500${query}`, 'records', 'cgm')).items);
    expect(await all('')).toEqual(after);
    expect(await all('&snapshot=1')).toEqual(before);
    expect(await all(`&at=${encodeURIComponent(first.publishedAt)}`)).toEqual(before);
    expect(await all(`&at=${encodeURIComponent(second.publishedAt)}`)).toEqual(after);

    const diff = broker.standIns.simulator.world.diff('emetip.workers', 0, 1);
    const changes = await readOn('readChanges', `${workers}/changes?from=1&to=2&limit=3`, 'changes', 'cgm');
    for (const kind of ['added', 'changed', 'removed'] as const) {
      const ids = changes.items.filter((c) => c.change === kind).map((c) => c.record.nationalId);
      expect(ids.sort()).toEqual([...diff[kind]].sort());
    }
    const gone = before.find((r) => diff.removed.includes(String(r.nationalId)));
    expectProblem(await api.ask(`${workers}/record`, { as: 'cgm', body: { id: gone?.nationalId } }), 404, 'record-not-found');
    expect((await read('findRecord', `${workers}/record?snapshot=1`, { as: 'cgm', body: { id: gone?.nationalId } })).json.record).toEqual(
      gone,
    );
  });
});
