import { releaseHeld } from '../../../src/operations/snapshots';
import { type TestBroker, testBroker } from '../../support/broker';
import { refusedBy } from './refused';
import { type Api, closeClean, expectProblem, loggedFor, servedApi } from './support';

const agents = '/v1/datasets/iskur.agents';
const workers = '/v1/datasets/emetip.workers';

describe('parameters that are not what they should be', () => {
  let broker: TestBroker;
  let api: Api;
  let refused: ReturnType<typeof refusedBy>;

  beforeAll(async () => {
    broker = await testBroker({ agents: 40, workers: 60, children: 10 });
    for (const dataset of ['iskur.agents', 'emetip.workers']) expect((await broker.run(dataset)).status).toBe('succeeded');
    api = await servedApi(broker);
    refused = refusedBy(broker);
  });
  afterAll(() => closeClean(broker));

  test.each([
    '0',
    '-1',
    '1001',
    '1e9',
    '99999999999999999999',
    'NaN',
    'Infinity',
    '1.5',
    '',
    'zzmark',
    'null',
    '0x10',
    '1e2',
    '%205',
    '+5',
    '05',
    '-Infinity',
    '1;drop',
    '%00',
    '٣',
  ])('limit=%s', async (limit) => {
    for (const where of [`${agents}/records?`, `${agents}/changes?from=1&`, '/v1/runs?'])
      await refused(api.ask(`${where}limit=${limit}`, { as: 'cgm' }), 400, 'request-invalid', ['zzmark', 'drop']);
  });

  test.each([
    'records?limit=1&limit=2',
    'records?limit[]=1',
    'records?fields=a&fields=b',
    'records?snapshot=0',
    'records?snapshot=-1',
    'records?snapshot=1000000000',
    'records?snapshot=1&at=2026-01-01T00:00:00Z',
    'records?at=zzmark',
    'records?at=2026-01-01',
    'records?at=2026-13-01T00:00:00Z',
    'records?at=2016-12-31T23:59:60Z',
    'records?at=+292278994-08-17T07:12:55.807Z',
    'records?zzmark=1',
    'records?__proto__=1',
    'records?constructor[prototype]=1',
    `records?fields=${'zzmark,'.repeat(400)}`,
    'changes',
    'changes?from=zzmark',
    'changes?from=1&to=zzmark',
    'changes?from=1&fields=status',
    'export?limit=1',
    'snapshots?zzmark=1',
  ])('parameters that are wrong: %s', async (where) => {
    await refused(api.ask(`${agents}/${where}`, { as: 'cgm' }), 400, 'request-invalid', ['zzmark']);
  });

  test('snapshots that are not there, or not published', async () => {
    for (const where of [
      'records?snapshot=2',
      'records?at=2001-01-01T00:00:00Z',
      'changes?from=2',
      'changes?from=1&to=2',
      'export?snapshot=999999999',
    ]) {
      const answer = await refused(api.ask(`${agents}/${where}`, { as: 'cgm' }), 404, 'not-found');
      expect(await loggedFor(broker, answer)).toMatchObject([{ decision: 'refuse', code: 'not-found' }]);
    }
  });

  describe('cursors', () => {
    const cursor = (text: string) => Buffer.from(text).toString('base64url');
    const page = (where: string, after: string) =>
      api.ask(`${where}${where.includes('?') ? '&' : '?'}after=${encodeURIComponent(after)}`, { as: 'cgm' });
    const next = async (where: string) => (await api.ask(where, { as: 'cgm' })).json.next as string;

    test('of another reading, or changed by hand, are refused and logged', async () => {
      const own = await next(`${agents}/records?limit=5`);
      expect((await page(`${agents}/records`, own)).status).toBe(200);
      expect((await page(`${agents}/records?snapshot=1`, own)).status).toBe(200);
      const wrong: [string, string][] = [
        [`${workers}/records`, own],
        [`${agents}/changes?from=1`, own],
        [`${agents}/records?snapshot=2`, own],
        ...[
          `${own}=`,
          `${own} `,
          own.slice(0, -2),
          `${own}A`,
          'zzmark',
          '',
          '....',
          cursor('1:5'),
          cursor('records/iskur.agents:1'),
          cursor('records/iskur.agents:0:5'),
        ].map((c): [string, string] => [`${agents}/records`, c]),
        ...['1:-5', '-1:5', '1:5:5', '01:5', '1:05', '1:9999999999999999999', '1:5 ', "1:5' or 1=1", 'NaN:5', '1e0:5'].map(
          (c): [string, string] => [`${agents}/records`, cursor(`records/iskur.agents:${c}`)],
        ),
      ];
      for (const [where, after] of wrong) {
        const answer = await refused(page(where, after), 400, 'request-invalid', ['zzmark']);
        expect(await loggedFor(broker, answer)).toMatchObject([{ decision: 'refuse', code: 'request-invalid', party: 'cgm' }]);
      }
      await refused(page(`${agents}/records`, 'x'.repeat(301)), 400, 'request-invalid');
    });

    test('into the future, or into a snapshot that is held, lead nowhere; made up well they show no more than a reader may see', async () => {
      await refused(page(`${workers}/records`, cursor('records/emetip.workers:7:0')), 404, 'not-found');
      broker.standIns.simulator.faults.order({ service: 'workers', kind: 'half-list' });
      expect(await broker.run('emetip.workers')).toMatchObject({ status: 'held', snapshot: 2 });
      for (const where of [
        `${workers}/records?snapshot=2`,
        `${workers}/changes?from=2`,
        `${workers}/changes?from=1&to=2`,
        `${workers}/export?snapshot=2`,
      ]) {
        await refused(api.ask(where, { as: 'cgm' }), 404, 'not-found');
      }
      await refused(page(`${workers}/records`, cursor('records/emetip.workers:2:0')), 404, 'not-found');
      await refused(page(`${workers}/changes?from=1`, cursor('changes/emetip.workers/1:2:0')), 404, 'not-found');
      await refused(page(`${workers}/changes?from=2`, cursor('changes/emetip.workers/2:1:0')), 404, 'not-found');
      await releaseHeld(broker.app.broker, 'emetip.workers', 'reject', 'half a list', 'test');
      broker.standIns.simulator.faults.clear();
      await refused(page(`${workers}/records`, cursor('records/emetip.workers:2:0')), 404, 'not-found');

      const made = await page(`${workers}/records?limit=1000`, cursor('records/emetip.workers:1:0'));
      expect(made.json.records).toHaveLength(60);
      const closed = await api.ask(`${workers}/records?after=${cursor('records/emetip.workers:1:0')}&fields=sex`, { as: 'iskur' });
      expectProblem(closed, 403, 'grant-closed');
      expect((await page(`${workers}/records`, cursor('records/emetip.workers:1:999999999999999999'))).json).toMatchObject({ records: [] });
    });
  });
});
