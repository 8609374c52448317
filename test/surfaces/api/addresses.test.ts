import { KopruError } from '../../../src/core/errors';
import { type TestBroker, testBroker } from '../../support/broker';
import { refusedBy } from './refused';
import { type Api, closeClean, expectProblem, servedApi, serverWith } from './support';

const agents = '/v1/datasets/iskur.agents';

describe('addresses that are not what they should be', () => {
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

  test('addresses that are not there, and methods that an address is not for', async () => {
    for (const where of [
      '/',
      '/v1',
      '/v1/',
      '/v2/datasets',
      '/v1/datasets/',
      '/v1/zzmark',
      '/v1/datasets/a/b/c',
      '/v1/datasets;x=1',
      '/docs/static/zzmark.js',
      '/openapi.yaml',
      '/.env',
    ]) {
      await refused(api.ask(where, { as: 'cgm' }), 404, 'not-found', ['zzmark']);
    }
    for (const [method, where, allow] of [
      ['DELETE', `${agents}/records`, 'GET'],
      ['PUT', `${agents}/record`, 'POST'],
      ['GET', `${agents}/record`, 'POST'],
      ['PATCH', '/v1/datasets', 'GET'],
      ['POST', '/v1/runs', 'GET'],
      ['OPTIONS', '/v1/runs?x=1', 'GET'],
      ['TRACE', '/v1/runs', 'GET'],
      ['PROPFIND', '/v1/runs', 'GET'],
      ['DELETE', '/health/live', 'GET, HEAD'],
    ] as const) {
      const answer = await refused(api.ask(where, { as: 'cgm', method }), 405, 'method-not-allowed');
      expect(answer.headers.allow).toBe(allow);
    }
  });

  test('addresses that cannot be read, or are too long', async () => {
    for (const where of ['/v1/datasets/%zz/records', '/v1/datasets/%ff/records', '/v1/datasets/%', '/v1/datasets/%E0%A4%A/records'])
      await refused(api.ask(where, { as: 'cgm' }), 400, 'request-invalid', ['%zz']);
    await refused(api.ask(`/v1/datasets/${'z'.repeat(201)}/records`, { as: 'cgm' }), 414, 'too-large', ['zzz']);
    await refused(api.ask(`${agents}/records?fields=${'z'.repeat(9000)}`, { as: 'cgm' }), 400, 'request-invalid', ['zzz']);
    await refused(api.ask(`${agents}/records?fields=${'z'.repeat(20_000)}`, { as: 'cgm' }), 431, 'too-large', ['zzz']);
    await refused(api.ask(`${agents}/records`, { as: 'cgm', headers: { 'x-long': 'z'.repeat(20_000) } }), 431, 'too-large', ['zzz']);
    await refused(api.ask(`${agents}/records`, { as: 'cgm', purpose: 'z'.repeat(101) }), 400, 'request-invalid', ['zzz']);
    for (const where of [
      '/docs/static/..%2f..%2fpackage.json',
      '/docs/static/%2e%2e/%2e%2e/package.json',
      '/docs/static/..%5c..%5cpackage.json',
    ]) {
      const answer = await api.ask(where);
      expectProblem(answer, 404, 'not-found');
    }
  });

  test('what goes wrong inside is told without its own words, and as the database’s absence where it is that', async () => {
    const whoIs = async () => {
      throw new Error('select zzmark');
    };
    const inside = await serverWith(broker, api, { whoIs });
    const away = await serverWith(broker, api, {
      whoIs,
      ready: async () => {
        throw new KopruError('database-unavailable', 'PostgreSQL does not answer.');
      },
    });
    try {
      await refused(inside.api.ask('/v1/datasets', { as: 'cgm' }), 500, 'internal', ['zzmark']);
      for (const where of ['/v1/datasets', '/health/ready']) {
        const answer = await refused(away.api.ask(where, { as: 'cgm' }), 503, 'database-unavailable', ['zzmark']);
        expect(answer.headers['retry-after']).toMatch(/^\d+$/);
      }
      expect((await away.api.ask('/health/live')).status).toBe(200);
    } finally {
      await inside.server.close();
      await away.server.close();
    }
  });
});
