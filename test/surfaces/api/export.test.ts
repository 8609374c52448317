import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { request } from 'node:https';
import type { FastifyInstance } from 'fastify';
import type { Door, Released } from '../../../src/disclosure/door';
import { type TestBroker, testBroker } from '../../support/broker';
import { truthOf } from '../../support/truth';
import { until } from '../../support/until';
import { type Api, closeClean, expectProblem, headersOf, logOf, servedApi, serverWith } from './support';

const where = '/v1/datasets/emetip.workers/export';

/** `once` would take the error of a cut answer for its own. */
const closed = (answer: IncomingMessage) => new Promise((resolve) => answer.on('close', resolve));

describe('an export under strain', () => {
  let broker: TestBroker;
  let api: Api;

  beforeAll(async () => {
    broker = await testBroker({ agents: 10, workers: 1500, children: 10 });
    expect((await broker.run('emetip.workers')).status).toBe('succeeded');
    api = await servedApi(broker);
  });
  afterAll(() => closeClean(broker));

  /** The answer as soon as its head is there; its body is not yet read. */
  const begun = async (from: Api, asked = where): Promise<IncomingMessage> => {
    const req = request(new URL(asked, from.url), { ca: from.ca, headers: headersOf({ as: 'cgm' }, from.token), agent: false });
    req.end();
    const [answer] = await once(req, 'response');
    answer.on('error', () => undefined);
    req.on('error', () => undefined);
    return answer;
  };

  describe.each(['ndjson', 'csv'])('of endless records as %s', (format) => {
    const asked = `${where}?format=${format}`;
    const batch = Array.from({ length: 100 }, () => ({ fullName: 'x'.repeat(10_000) }));
    const batchBytes = 1_000_000;
    let server: FastifyInstance;
    let endless: Api;
    let response: ServerResponse;
    let given: number;
    let ended: boolean;
    let unsent: number;

    beforeEach(async () => {
      [given, ended, unsent] = [0, false, 0];
      async function* batches(): AsyncGenerator<Released[]> {
        try {
          for (;;) {
            given += 1;
            unsent = Math.max(unsent, response.writableLength + (response.socket?.writableLength ?? 0));
            yield batch;
          }
        } finally {
          ended = true;
        }
      }
      const door = Object.assign(Object.create(broker.app.door) as Door, {
        export: async () => ({ provenance: {} as never, fields: ['fullName'], at: new Date(), batches: batches() }),
      });
      ({ server, api: endless } = await serverWith(broker, api, { door }));
      server.server.on('request', (_req, res) => {
        response = res;
      });
    });
    afterEach(() => server.close());

    test('is read no faster than the reader takes it, and ends when the reader goes', async () => {
      const answer = await begun(endless, asked);
      await until(async () => response.writableNeedDrain);
      let taken = 0;
      for await (const part of answer) {
        taken += (part as Buffer).length;
        if (taken > 40 * batchBytes) break; // closes the connection
      }
      await until(async () => ended);
      // What is under way, in the buffers of the two ends and the kernel's between them, is little.
      expect(given).toBeGreaterThan(40);
      expect(given).toBeLessThan(80);
      expect(unsent).toBeLessThan(4 * batchBytes);
    });

    test('does not hold up the server’s end; the reader sees that it is not whole', async () => {
      const answer = await begun(endless, asked);
      await once(answer, 'data');
      const cut = closed(answer);
      await server.close();
      await cut;
      expect(answer.complete).toBe(false);
      await until(async () => ended);
    });

    test('is not begun for a HEAD', async () => {
      const answer = await endless.ask(asked, { method: 'HEAD', as: 'cgm' });
      expect([answer.status, answer.headers.allow, answer.text]).toEqual([405, 'GET', '']);
      expect(given).toBe(0);
    });
  });

  test('readers that go away leave no connection in use', async () => {
    const { pool } = broker.app.db;
    for (let i = 0; i < 20; i += 1) {
      const answer = await begun(api);
      await once(answer, 'data');
      answer.destroy();
    }
    await until(async () => pool.totalCount === pool.idleCount && pool.waitingCount === 0);
    expect((await api.ask(where, { as: 'cgm' })).text.trim().split('\n')).toHaveLength(truthOf(broker.standIns, 'emetip.workers').length);
  });

  test('a record that fails in the middle cuts the answer off, which is no clean end; the log says why', async () => {
    const tamper = (statement: string) => broker.database.db.pool.query(statement);
    const last = 'where id = (select max(id) from record_version)';
    const { rows } = await tamper(`select hash from record_version ${last}`);
    await tamper(`update record_version set hash = sha256('x') ${last}`);
    const answer = await begun(api);
    expect(answer.statusCode).toBe(200);
    const parts: Buffer[] = [];
    answer.on('data', (part) => parts.push(part));
    await closed(answer);
    expect(answer.complete).toBe(false);
    expect(answer.trailers).toEqual({});
    const lines = Buffer.concat(parts).toString('utf8').split('\n');
    expect(lines.length).toBeLessThanOrEqual(1001);
    expect(logOf(broker)).toMatch(/"code":"record-tampered".*"the answer was broken off"/);

    await broker.database.db.pool.query(`update record_version set hash = $1 ${last}`, [rows[0].hash]);
    expect((await api.ask(where, { as: 'cgm' })).text.trim().split('\n')).toHaveLength(1500);
  });

  test('one that fails at its beginning is a problem, without the export’s headers', async () => {
    const first = 'where id = (select min(id) from record_version)';
    await broker.database.db.pool.query(`update record_version set sealed = '' ${first}`);
    const answer = await api.ask(where, { as: 'cgm' });
    expectProblem(answer, 500, 'record-tampered');
    expect(answer.headers['kopru-provenance']).toBeUndefined();
  });
});
