import { revokePersonTokens } from '../../../src/access/people/tokens';
import type { AgreementEvent } from '../../../src/agreements/events';
import { istanbulDate } from '../../../src/core/dates';
import { recordEvent } from '../../../src/operations/agreementEvents';
import { logged } from '../../support/audit';
import { type TestBroker, testBroker } from '../../support/broker';
import { somebody } from '../../support/people';
import { type Contract, contractOf } from './contract';
import { type Answer, type Api, type Ask, closeClean, expectProblem, loggedFor, servedApi } from './support';

const dayMillis = 24 * 3_600_000;
const datasets = ['iskur.agents', 'emetip.workers', 'cts.children'] as const;
const parties = ['cgm', 'iskur'] as const;

/** Each way to read a dataset. */
const readings = (dataset: string): [operation: string, where: string, options: Ask][] => [
  ['listSnapshots', `/v1/datasets/${dataset}/snapshots`, {}],
  ['readRecords', `/v1/datasets/${dataset}/records`, {}],
  ['findRecord', `/v1/datasets/${dataset}/record`, { body: { id: '11111111110' } }],
  ['readChanges', `/v1/datasets/${dataset}/changes?from=1`, {}],
  ['exportSnapshot', `/v1/datasets/${dataset}/export`, {}],
];

describe('deny by default', () => {
  let broker: TestBroker;
  let api: Api;
  let contract: Contract;
  let now = new Date();

  const record = (event: object) =>
    recordEvent({ ...broker.app, clock: () => now }, { on: istanbulDate(now), ...event } as AgreementEvent, 'test');
  const expectRefused = async (operation: string, answer: Answer, status: number, code: string) => {
    expectProblem(answer, status, code);
    contract.expectPromised(operation, answer);
    const rows = await loggedFor(broker, answer);
    expect(rows.map((r) => [r.decision, r.code, r.snapshot, r.fields])).toEqual([['refuse', code, null, []]]);
    return rows[0];
  };
  /** The codes with which each party's reading of each dataset ends; `found` is where it would be read. */
  const outcomes = async (as: string, dataset: string) => {
    const codes = new Set<string>();
    for (const [operation, where, options] of readings(dataset)) {
      const answer = await api.ask(where, { ...options, as });
      const open = answer.status === 200 || answer.json.code === 'record-not-found';
      if (!open) await expectRefused(operation, answer, answer.status, answer.json.code);
      codes.add(open ? 'open' : answer.json.code);
    }
    return [...codes].join();
  };
  const table = async () => {
    const rows: Record<string, string[]> = {};
    for (const as of parties) rows[as] = await Promise.all(datasets.map((dataset) => outcomes(as, dataset)));
    return rows;
  };

  beforeAll(async () => {
    broker = await testBroker({ demo: false, agents: 10, workers: 30, children: 10, clock: () => now });
    api = await servedApi(broker);
    contract = await contractOf(api);
  });
  afterAll(() => closeClean(broker));

  // In the order of an agreement's life.
  test('nothing is open before the agreement is signed and all its annexes are recorded, not to the owner either', async () => {
    const closed = { cgm: Array(3).fill('agreement-not-in-force'), iskur: Array(3).fill('agreement-not-in-force') };
    expect(await table()).toEqual(closed);
    await record({ type: 'signed', agreedBy: ['cgm', 'iskur'] });
    await record({ type: 'annex', annex: 'Ek-1' });
    await record({ type: 'annex', annex: 'Ek-2' });
    expect(await table()).toEqual(closed);
    const { json } = await api.ask('/v1/datasets', { as: 'cgm' });
    expect(json.agreement.status).toBe('not-in-force');
    expect(json.datasets.map((d: any) => [d.readable, d.fields, d.provenance])).toEqual(
      Object.keys(broker.app.agreement.datasets).map(() => [false, [], undefined]),
    );
    expect((await api.ask('/v1/runs', { as: 'cgm' })).json.runs).toEqual([]);
  });

  test('in force, without a snapshot there is nothing to read', async () => {
    await record({ type: 'annex', annex: 'Ek-3' });
    expect(await table()).toEqual({ cgm: Array(3).fill('not-found'), iskur: ['not-found', 'grant-closed', 'grant-closed'] });
  });

  test('before the ek protokol the other direction is closed; one that only one party agreed opens nothing', async () => {
    for (const dataset of datasets) expect((await broker.run(dataset)).status).toBe('succeeded');
    const before = { cgm: ['open', 'open', 'open'], iskur: ['open', 'grant-closed', 'grant-closed'] };
    expect(await table()).toEqual(before);
    await record({ type: 'supplement', id: 'alone', agreedBy: ['iskur'], grants: { 'iskur-workers': ['nationalId'] } });
    expect(await table()).toEqual(before);
    expect((await api.ask('/v1/runs', { as: 'iskur' })).json.runs.map((r: any) => r.dataset)).toEqual(['iskur.agents']);
  });

  test('the ek protokol opens the fields that it lists, and no other', async () => {
    await record({ type: 'supplement', id: 'ek-1', agreedBy: ['cgm', 'iskur'], grants: { 'iskur-workers': ['season', 'workProvince'] } });
    expect(await table()).toEqual({ cgm: ['open', 'open', 'open'], iskur: ['open', 'open', 'grant-closed'] });
    const where = '/v1/datasets/emetip.workers/records?limit=5';
    const { json } = await api.ask(where, { as: 'iskur' });
    for (const row of json.records) expect(Object.keys(row)).toEqual(['workProvince', 'season']);
    // One in the grant but not in the ek protokol, one that no grant has, and one that there is not.
    for (const field of ['fullName', 'birthDate', 'x', '', '__proto__']) {
      const answer = await api.ask(`${where}&fields=season,${field}`, { as: 'iskur' });
      const row = await expectRefused('readRecords', answer, 403, 'grant-closed');
      expect(row).toMatchObject({ party: 'iskur', action: 'records', dataset: 'emetip.workers', article: 'V.A.1, V.Ç.8' });
    }
  });

  test('a foreign purpose is refused, and what was written there is not kept', async () => {
    await record({ type: 'supplement', id: 'ek-2', agreedBy: ['cgm', 'iskur'], grants: { 'iskur-children': ['schooling'] } });
    for (const [operation, where, options] of readings('cts.children')) {
      const own = await expectRefused(
        operation,
        await api.ask(where, { ...options, as: 'iskur', purpose: 'own-business' }),
        403,
        'purpose-refused',
      );
      expect(own?.purpose).toBe('own-business');
      const foreign = await expectRefused(
        operation,
        await api.ask(where, { ...options, as: 'iskur', purpose: '10000000146' }),
        403,
        'purpose-refused',
      );
      expect(foreign?.purpose).toBe('(unknown)');
    }
    expect((await api.ask('/v1/datasets/cts.children/records', { as: 'iskur', purpose: 'schooling' })).status).toBe(200);
  });

  test('a dataset that there is not is closed like any other, and its made-up name is not kept', async () => {
    for (const name of ['10000000146', 'constructor', '__proto__', 'a%00b', '%F0%9F%92%A5', "x'%20or%201=1--"]) {
      for (const [operation, where, options] of readings(name)) {
        const row = await expectRefused(operation, await api.ask(where, { ...options, as: 'cgm' }), 403, 'grant-closed');
        expect(row?.dataset).toBeNull();
      }
    }
  });

  test('without a token that is known and stands, nothing answers; each try is logged', async () => {
    const gone = await somebody(broker.app.broker, 'cgm');
    await revokePersonTokens(broker.app.db, [gone.id], now);
    const revoked = gone.token;
    const { token: fresh } = await somebody(broker.app.broker, 'cgm');
    const wrong = [
      undefined,
      `Bearer ${revoked}`,
      `Bearer ${fresh}x`,
      `Bearer ${fresh.slice(0, -1)}`,
      `Basic ${fresh}`,
      fresh,
      'Bearer ',
      `Bearer ${fresh} ${fresh}`,
      `Bearer ${'a'.repeat(5000)}`,
    ];
    const places: [string, string, Ask][] = [
      ['listDatasets', '/v1/datasets', {}],
      ['listRuns', '/v1/runs', {}],
      ...readings('cts.children'),
    ];
    for (const [operation, where, options] of places) {
      for (const authorization of wrong) {
        const answer = await api.ask(where, { ...options, ...(authorization === undefined ? {} : { authorization }) });
        const row = await expectRefused(operation, answer, 401, 'not-authenticated');
        expect(row).toMatchObject({ party: null, action: 'authenticate', dataset: null });
        expect(answer.headers['www-authenticate']).toMatch(/^Bearer/);
      }
      expect((await api.ask(where, { ...options, authorization: `bearer ${fresh}` })).json?.code).not.toBe('not-authenticated');
    }
    expect((await api.ask(`/v1/datasets?token=${fresh}`)).status).toBe(401);
  });

  test('after the ek protokol ends its fields are closed; in notice the rest stays open and says so', async () => {
    now = new Date(now.getTime() + 10 * dayMillis);
    await record({ type: 'supplement-end', id: 'ek-1' });
    await record({ type: 'notice', by: 'cgm' });
    const { token } = await somebody(broker.app.broker, 'cgm');
    expect(await outcomes('iskur', 'emetip.workers')).toBe('grant-closed');
    expect(await outcomes('iskur', 'cts.children')).toBe('open');
    const { json } = await api.ask('/v1/datasets/iskur.agents/records', { authorization: `Bearer ${token}` });
    expect(json.provenance.agreement).toEqual({ id: 'cgm-iskur-2024', status: 'in-notice', endsOn: expect.any(String) });
  });

  test('after its end nothing is open, and the ek protokol went with it', async () => {
    await record({ type: 'mutual-end', agreedBy: ['cgm', 'iskur'] });
    for (const dataset of datasets) expect(await outcomes('iskur', dataset)).toBe('agreement-not-in-force');
  });

  test('an address that comes too often without a known token is held up, and who has one is not', async () => {
    now = new Date(now.getTime() + dayMillis);
    for (let i = 0; i < 100; i += 1) expect((await api.ask('/v1/datasets')).status).toBe(401);
    const before = await logged(broker.app.db, { action: 'authenticate' });
    expectProblem(await api.ask('/v1/datasets', { authorization: 'Bearer kopru_x' }), 429, 'too-many-attempts');
    expect(await logged(broker.app.db, { action: 'authenticate' })).toHaveLength(before.length);
    expect((await api.ask('/v1/datasets', { as: 'cgm' })).json?.code).not.toBe('too-many-attempts');
  });
});
