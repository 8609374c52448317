import { type TestBroker, testBroker } from '../../support/broker';
import { sorted, truthOf } from '../../support/truth';
import { contractOf } from './contract';
import { type Reader, readerOf } from './reader';
import { refusedBy } from './refused';
import { type Api, closeClean, expectProblem, loggedFor, servedApi } from './support';

const workers = '/v1/datasets/emetip.workers';
const agents = '/v1/datasets/iskur.agents';
type Row = Record<string, any>;

describe('choosing records by their fields', () => {
  let broker: TestBroker;
  let api: Api;
  let read: Reader['read'];
  let readOn: Reader['readOn'];
  let refused: ReturnType<typeof refusedBy>;
  let day0: Row[];
  let day1: Row[];

  beforeAll(async () => {
    broker = await testBroker();
    for (const dataset of ['iskur.agents', 'emetip.workers']) expect((await broker.run(dataset)).status).toBe('succeeded');
    day0 = truthOf(broker.standIns, 'emetip.workers');
    broker.standIns.simulator.world.nextDay();
    expect((await broker.run('emetip.workers')).status).toBe('succeeded');
    day1 = truthOf(broker.standIns, 'emetip.workers');
    api = await servedApi(broker);
    ({ read, readOn } = readerOf(broker, api, await contractOf(api)));
    refused = refusedBy(broker);
  });
  afterAll(() => closeClean(broker));

  const records = async (query: string, as = 'cgm') =>
    sorted((await readOn('readRecords', `${workers}/records?${query}`, 'records', as)).items) as Row[];
  const provinces = () => [...new Set(day1.map((r) => r.workProvince as string))].sort();

  test('by one field, by one of several values, by several fields at once; the pages keep the filter and give each record once', async () => {
    const [one, other] = provinces() as [string, string];
    const cases: [string, (r: Row) => boolean][] = [
      [`workProvince=${one}`, (r) => r.workProvince === one],
      [`workProvince=${one},${other}`, (r) => [one, other].includes(r.workProvince)],
      [`season=${day1[0]?.season}`, (r) => r.season === day1[0]?.season],
      ['season=2001', () => false],
      [
        `memberRole=${encodeURIComponent('İŞÇİ')}&workProvince=${other},${one}`,
        (r) => r.memberRole === 'İŞÇİ' && [one, other].includes(r.workProvince),
      ],
      [`sex=KADIN&nationality=TR,SY`, (r) => r.sex === 'KADIN' && ['TR', 'SY'].includes(r.nationality)],
      [`sex=${encodeURIComponent("x' or true --")}`, () => false],
    ];
    for (const [query, wanted] of cases) {
      for (const limit of [3, 1000])
        expect({ query, found: await records(`limit=${limit}&${query}`) }).toEqual({ query, found: day1.filter(wanted) });
      const { text } = await read('exportSnapshot', `${workers}/export?${query}`, { as: 'cgm' });
      const lines = text.split('\n').filter((line) => line !== '');
      expect({ query, found: sorted(lines.map((line) => JSON.parse(line))) }).toEqual({ query, found: day1.filter(wanted) });
    }
    expect(day1.some((r) => r.memberRole === 'İŞÇİ' && r.workProvince === one)).toBe(true);
    expect(await records(`snapshot=1&limit=50&workProvince=${one}`)).toEqual(day0.filter((r) => r.workProvince === one));
  });

  test('the header Link keeps the filter', async () => {
    const all = provinces().join(',');
    const asked = { limit: '1', workProvince: all, changedSince: '1', fields: 'season' };
    const { headers } = await read('readRecords', `${workers}/records?${new URLSearchParams(asked)}`, { as: 'cgm' });
    const next = new URLSearchParams(/\?([^>]+)>/.exec(String(headers.link))?.[1]);
    expect(Object.fromEntries(next)).toEqual({ ...asked, after: expect.any(String) });
  });

  test('without a filter the page is the prepared query, as before', async () => {
    const query = jest.spyOn(broker.app.db.pool, 'query');
    try {
      await api.ask(`${workers}/records?limit=1`, { as: 'cgm' });
      await api.ask(`${workers}/changes?from=1&limit=1`, { as: 'cgm' });
      await api.ask(`${workers}/export`, { as: 'cgm' });
      const names = query.mock.calls.map(([asked]) => (asked as unknown as { name?: string }).name);
      expect(names.filter((name) => /page/.test(name ?? ''))).toEqual(['records-page', 'changes-page', 'records-page']);
    } finally {
      query.mockRestore();
    }
  });

  test('a party chooses by the fields that are open to it, whether it gets them or not; the log names them', async () => {
    const [one] = provinces();
    const { json, logged } = await read('readRecords', `${workers}/records?limit=2&fields=season&workProvince=${one}`, { as: 'iskur' });
    expect(json.records).toEqual([{ season: expect.any(Number) }, { season: expect.any(Number) }]);
    expect(logged).toMatchObject({ action: 'records', grant: 'iskur-workers', fields: ['season', 'workProvince'] });
    const whole = await read('readChanges', `${workers}/changes?from=1&workProvince=${one}`, { as: 'iskur' });
    expect(whole.logged?.fields).toEqual(broker.app.agreement.grants['iskur-workers']?.fields);
  });

  test('a field that is not open is refused as a filter exactly as when it is asked for', async () => {
    const asked = await api.ask(`${workers}/records?fields=sex`, { as: 'iskur' });
    for (const where of ['records?', 'export?', 'changes?from=1&', 'records?changedSince=1&']) {
      // Also where the value has not its form: the answer must not tell of it.
      for (const value of ['KADIN', '', 'x'.repeat(200)]) {
        const answer = await refused(api.ask(`${workers}/${where}sex=${value}&season=2026`, { as: 'iskur' }), 403, 'grant-closed');
        expect({ ...answer.json, instance: '' }).toEqual({ ...asked.json, instance: '' });
        expect(await loggedFor(broker, answer)).toMatchObject([{ decision: 'refuse', code: 'grant-closed', fields: [], snapshot: null }]);
      }
    }
  });

  test('a field that the dataset lacks, a value without its form and an unknown name are refused, and told nothing of', async () => {
    for (const query of [
      'status=zzmark',
      'province=01',
      'workProvince=zzmark',
      'workProvince=82',
      'workProvince=1',
      'workProvince=01,',
      'workProvince=',
      'season=zzmark',
      'season=2026.0',
      'season=02026',
      'season=99999999999999999999',
      'sex=%00zzmark',
      `sex=${'zzmark'.repeat(20)}`,
    ]) {
      for (const where of ['records?', 'export?', 'changes?from=1&']) {
        const answer = await refused(api.ask(`${workers}/${where}${query}`, { as: 'cgm' }), 400, 'request-invalid', ['zzmark']);
        expect(await loggedFor(broker, answer)).toMatchObject([{ decision: 'refuse', code: 'request-invalid', party: 'cgm' }]);
      }
    }
    for (const query of [
      'fullName=zzmark',
      'nationalId=1',
      'workStartDate=2026-01-01',
      'birthYear=2000',
      'Season=2026',
      'season=2026&season=2025',
    ])
      await refused(api.ask(`${workers}/records?${query}`, { as: 'cgm' }), 400, 'request-invalid', ['zzmark']);
    for (const where of ['changes?from=1&changedSince=1', 'snapshots?season=2026'])
      await refused(api.ask(`${workers}/${where}`, { as: 'cgm' }), 400, 'request-invalid');
    // A closed dataset tells nothing of its fields.
    for (const name of ['status', 'season', 'province'])
      await refused(api.ask(`/v1/datasets/zz.mark/records?${name}=zzmark`, { as: 'cgm' }), 403, 'grant-closed', ['zzmark']);
  });

  test('a cursor belongs to its filter, however that is written', async () => {
    const [one, other] = provinces();
    const first = `${workers}/records?limit=1&workProvince=${one},${other}`;
    const { next } = (await api.ask(first, { as: 'cgm' })).json;
    const on = (query: string) => api.ask(`${workers}/records?limit=1&after=${next}${query}`, { as: 'cgm' });
    for (const same of [
      `&workProvince=${other},${one}`,
      `&workProvince=${one},${other},${one}`,
      `&workProvince=${one},%20${other}&snapshot=2`,
    ]) {
      expect((await on(same)).json).toMatchObject({ records: [{ workProvince: expect.any(String) }] });
    }
    for (const foreign of [
      '',
      `&workProvince=${one}`,
      `&homeProvince=${one},${other}`,
      `&workProvince=${one},${other}&season=2026`,
      `&workProvince=${one},${other}&changedSince=1`,
    ]) {
      const answer = await refused(on(foreign), 400, 'request-invalid');
      expect(answer.json.detail).toMatch(/cursor/);
    }
    const plain = (await api.ask(`${workers}/records?limit=1`, { as: 'cgm' })).json.next;
    await refused(api.ask(`${workers}/records?limit=1&workProvince=${one}&after=${plain}`, { as: 'cgm' }), 400, 'request-invalid');
    const changes = (await api.ask(`${workers}/changes?from=1&limit=1`, { as: 'cgm' })).json.next;
    await refused(api.ask(`${workers}/changes?from=1&workProvince=${one}&after=${changes}`, { as: 'cgm' }), 400, 'request-invalid');
  });

  const was = (row: Row) => day0.find((r) => r.nationalId === row.nationalId);
  const isNew = (row: Row) => JSON.stringify(was(row)) !== JSON.stringify(row);

  test('changedSince gives what is new or other since a snapshot, and what the changes say of it', async () => {
    const found = await records('changedSince=1&limit=7');
    expect(found).toEqual(day1.filter(isNew));
    expect(found.length).toBeGreaterThan(5);
    const { items } = await readOn('readChanges', `${workers}/changes?from=1&limit=9`, 'changes', 'cgm');
    expect(sorted(items.filter((c) => c.change !== 'removed').map((c) => c.record))).toEqual(found);
    const { text } = await read('exportSnapshot', `${workers}/export?changedSince=1`, { as: 'cgm' });
    expect(
      sorted(
        text
          .trim()
          .split('\n')
          .map((line) => JSON.parse(line)),
      ),
    ).toEqual(found);
    const [of] = found as [Row];
    expect(await records(`changedSince=1&workProvince=${of.workProvince}`)).toEqual(
      found.filter((r) => r.workProvince === of.workProvince),
    );
    expect(await records('changedSince=2')).toEqual([]);
    expect(await records('changedSince=1&snapshot=1')).toEqual([]);
  });

  test('since a snapshot that is not there, is not published, or comes after, nothing is given', async () => {
    await refused(api.ask(`${workers}/records?changedSince=2&snapshot=1`, { as: 'cgm' }), 400, 'request-invalid');
    broker.standIns.simulator.faults.order({ service: 'workers', kind: 'half-list' });
    expect(await broker.run('emetip.workers')).toMatchObject({ status: 'held', snapshot: 3 });
    broker.standIns.simulator.faults.clear();
    for (const version of [3, 4, 999_999_999]) {
      const answer = await refused(api.ask(`${workers}/records?changedSince=${version}`, { as: 'cgm' }), 404, 'not-found');
      expect(await loggedFor(broker, answer)).toMatchObject([{ decision: 'refuse', code: 'not-found' }]);
    }
    for (const version of ['0', '-1', 'zzmark', '1.5', '1,2', '2026-01-01T00:00:00Z'])
      await refused(api.ask(`${workers}/export?changedSince=${version}`, { as: 'cgm' }), 400, 'request-invalid', ['zzmark']);
    expectProblem(await api.ask(`${agents}/records?changedSince=2`, { as: 'cgm' }), 404, 'not-found');
  });

  test('changes chosen by a field tell of what came into it, changed in it and left it', async () => {
    for (const province of provinces()) {
      const { items } = await readOn('readChanges', `${workers}/changes?from=1&to=2&limit=4&homeProvince=${province}`, 'changes', 'cgm');
      const now = day1.filter((r) => isNew(r) && [r, was(r)].some((one) => one?.homeProvince === province));
      const gone = day0.filter((r) => r.homeProvince === province && !day1.some((one) => one.nationalId === r.nationalId));
      expect(sorted(items.filter((c) => c.change !== 'removed').map((c) => c.record))).toEqual(now);
      expect(sorted(items.filter((c) => c.change === 'removed').map((c) => c.record))).toEqual(gone);
      for (const { change, record } of items) if (change === 'added') expect(was(record)).toBeUndefined();
    }
  });
});
