import { KopruError } from '../../../src/core/errors';
import { connected, expectProblem } from '../api/support';
import { basic, bearer, nothingMeasured, type Ops, servedOps, token } from './support';

describe('the operators’ listener', () => {
  let ops: Ops;
  let notReady: unknown;
  beforeAll(async () => {
    ops = await servedOps({
      kind: 'schedule',
      ready: async () => {
        if (notReady) throw notReady;
      },
      board: async (app, basePath) => {
        app.get(`${basePath}/`, async () => 'a board');
        app.get(`${basePath}/breaks`, async () => {
          throw new Error('a name of a person');
        });
        app.setErrorHandler((error) => ({ told: String(error) }));
      },
    });
  });
  afterAll(() => ops.close());
  afterEach(() => {
    notReady = undefined;
  });

  describe('health', () => {
    test('is open to anybody', async () => {
      for (const method of ['GET', 'HEAD']) {
        expect((await ops.api.ask('/health/live', { method })).status).toBe(200);
        expect((await ops.api.ask('/health/ready', { method })).status).toBe(200);
      }
      expect((await ops.api.ask('/health/live')).json).toEqual({ status: 'live', kind: 'schedule' });
      expect((await ops.api.ask('/health/ready')).json).toEqual({ status: 'ready', kind: 'schedule' });
    });

    test('says which part is not ready, and lives on', async () => {
      notReady = new KopruError('queue-unavailable', 'The queue’s server does not answer.', { hint: 'Bring it back.' });
      const answer = await ops.api.ask('/health/ready');
      expectProblem(answer, 503, 'queue-unavailable');
      expect(answer.json).toMatchObject({ detail: 'The queue’s server does not answer.', hint: 'Bring it back.' });
      expect(answer.headers['retry-after']).toBe('10');
      expect((await ops.api.ask('/health/live')).status).toBe(200);
    });

    test('is no less than 503 for what is told as the program’s own fault, and unforeseen things keep their text', async () => {
      notReady = new KopruError('key-wrong', 'The master key does not fit the keys in this database.');
      expectProblem(await ops.api.ask('/health/ready'), 503, 'key-wrong');
      notReady = new TypeError('a name of a person');
      const answer = await ops.api.ask('/health/ready');
      expectProblem(answer, 503, 'not-ready');
      expect(answer.text).not.toContain('a name');
    });

    test('a check that hangs is told of, and asked once by all who wait', async () => {
      let asked = 0;
      const hanging = await servedOps({
        ready: () => {
          asked += 1;
          return new Promise(() => undefined);
        },
      });
      const answers = await Promise.all([1, 2, 3].map(() => hanging.api.ask('/health/ready')));
      for (const answer of answers) expectProblem(answer, 503, 'not-ready');
      expect(asked).toBe(1);
      await hanging.close();
    });
  });

  describe('metrics and board', () => {
    const places = ['/metrics', '/board/'];
    const wrong: [string, Record<string, string>][] = [
      ['nothing', {}],
      ['an empty header', { authorization: '' }],
      ['another token', { authorization: `Bearer ${token.slice(0, -1)}y` }],
      ['a part of it', { authorization: `Bearer ${token.slice(0, -1)}` }],
      ['more than it', { authorization: `Bearer ${token}x` }],
      ['two of it', { authorization: `Bearer ${token} ${token}` }],
      ['it alone', { authorization: token }],
      ['another scheme', { authorization: `Digest ${token}` }],
      ['another user', basic('admin', token)],
      ['no user', basic('', token)],
      ['no password', basic('operator', '')],
      ['another password', basic('operator', 'operator')],
      ['a password with more', basic('operator', `${token}:${token}`)],
      ['the token as Basic', { authorization: `Basic ${token}` }],
      ['Basic as Bearer', { authorization: basic('operator', token).authorization.replace('Basic', 'Bearer') }],
      ['very much', { authorization: `Bearer ${'x'.repeat(5000)}` }],
    ];

    test.each(places)('%s opens to the token, as a program and as a browser send it', async (place) => {
      for (const headers of [bearer, basic('operator', token), { authorization: `bearer ${token}` }, { authorization: `BEARER  ${token}` }])
        expect((await ops.api.ask(place, { headers })).status).toBe(200);
    });

    test.each(wrong)('are closed to %s', async (_what, headers) => {
      for (const place of places) {
        const answer = await ops.api.ask(place, { headers });
        expectProblem(answer, 401, 'not-authenticated');
        expect(answer.headers['www-authenticate']).toBe('Basic realm="kopru operators", charset="UTF-8"');
        expect(answer.text).not.toContain(token.slice(0, 20));
      }
    });

    test('are not opened by the address', async () => {
      expect((await ops.api.ask(`/metrics?token=${token}&access_token=${token}`)).status).toBe(401);
    });

    test('a wrong attempt is a warning without its value; none at all is none', async () => {
      const before = ops.log().length;
      await ops.api.ask('/metrics', { headers: { authorization: 'Bearer zzmark' } });
      await ops.api.ask('/board/', { headers: basic('operator', 'zzmark') });
      await ops.api.ask('/metrics');
      const lines = ops.log().slice(before).trim().split('\n');
      const warnings = lines.map((line) => JSON.parse(line)).filter(({ level }) => level === 'warn');
      expect(warnings).toEqual(['/metrics', '/board/'].map((route) => expect.objectContaining({ route, code: 'not-authenticated' })));
    });

    test('an error of the board is told as everywhere', async () => {
      const answer = await ops.api.ask('/board/breaks', { headers: bearer });
      expectProblem(answer, 500, 'internal');
      expect(answer.text).not.toContain('a name');
    });
  });

  test('metrics that cannot be read leave the process’s own, and say so', async () => {
    const failing = await servedOps({ metrics: () => Promise.reject(new Error('a name of a person')) });
    const answer = await failing.api.ask('/metrics', { headers: bearer });
    expect(answer.status).toBe(200);
    expect(answer.text).toContain('\nkopru_database_up 0\n');
    expect(answer.text).toContain('process_cpu_seconds_total');
    expect(failing.log()).toContain('could not be read');
    expect(answer.text + failing.log()).not.toContain('a name');
    await failing.close();
  });

  test('scrapes at once read once', async () => {
    let read = 0;
    const slow = await servedOps({
      metrics: async () => {
        read += 1;
        await new Promise((resolve) => setTimeout(resolve, 200));
        return nothingMeasured;
      },
    });
    const answers = await Promise.all([1, 2, 3].map(() => slow.api.ask('/metrics', { headers: bearer })));
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
    expect(read).toBeLessThan(3);
    await slow.api.ask('/metrics', { headers: bearer });
    expect(read).toBeGreaterThan(1);
    await slow.close();
  });

  test('there is nothing else, and what is there only reads', async () => {
    for (const place of ['/', '/v1/datasets', '/docs', '/metrics/', '/health', '/board/../metrics2']) {
      const answer = await ops.api.ask(place, { headers: bearer });
      expectProblem(answer, 404, 'not-found');
      expect(answer.json.hint).toBe('There are /health/live, /health/ready, /metrics, /board/.');
    }
    for (const method of ['POST', 'PUT', 'PATCH', 'DELETE']) {
      for (const place of ['/metrics', '/health/live', '/health/ready', '/board/']) {
        const answer = await ops.api.ask(place, { method, headers: bearer });
        expectProblem(answer, 405, 'method-not-allowed');
        expect(answer.headers.allow).toContain('GET');
      }
    }
    const bare = await servedOps();
    expectProblem(await bare.api.ask('/board/', { headers: bearer }), 404, 'not-found');
    await bare.close();
  });

  test('every answer forbids frames, guessing and keeping', async () => {
    for (const place of ['/health/live', '/metrics', '/board/', '/nowhere']) {
      for (const headers of [{}, bearer]) {
        const answer = await ops.api.ask(place, { headers });
        expect(answer.headers).toMatchObject({
          'x-content-type-options': 'nosniff',
          'cache-control': 'no-store',
          'referrer-policy': 'no-referrer',
          'content-security-policy': expect.stringMatching(/^default-src 'none';.*frame-ancestors 'none'$/),
        });
      }
    }
    expect((await ops.api.ask('/metrics', { headers: bearer })).headers['content-type']).toBe('text/plain; version=0.0.4; charset=utf-8');
  });

  test('speaks TLS 1.2 and newer only', async () => {
    for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
      const socket = await connected(ops.api.url, ops.api.ca, { minVersion: version, maxVersion: version });
      expect(socket.getProtocol()).toBe(version);
      socket.destroy();
    }
    const old = { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' } as const;
    await expect(connected(ops.api.url, ops.api.ca, old)).rejects.toThrow();
  });

  test('its log holds no credential, and what is asked all day only at debug level', () => {
    const log = ops.log();
    expect(log).not.toContain(token);
    expect(log).not.toMatch(/zzmark|Bearer|Basic|b3BlcmF0b3I/);
    const levels = log
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
      .filter(({ msg }) => msg === 'answered')
      .map(({ level, status }) => `${status < 400 ? 'well' : 'refused'} ${level}`);
    expect(new Set(levels)).toEqual(new Set(['well debug', 'refused info']));
  });
});
