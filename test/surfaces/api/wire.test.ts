import { once } from 'node:events';
import net from 'node:net';
import type { Door } from '../../../src/disclosure/door';
import { type TestBroker, testBroker } from '../../support/broker';
import { type Api, closeClean, connected, parsed, servedApi, serverWith } from './support';

/** Bytes that no client library would send. */
describe('on the wire', () => {
  let broker: TestBroker;
  let api: Api;
  const port = () => Number(new URL(api.url).port);

  beforeAll(async () => {
    broker = await testBroker({ agents: 10, workers: 10, children: 10, work: false });
    api = await servedApi(broker);
  });
  afterAll(() => closeClean(broker));
  /** Whatever came before, the server goes on. */
  afterEach(async () => expect((await api.ask('/health/ready')).status).toBe(200));

  const head = (line: string, ...headers: string[]) => `${[line, ...headers].join('\r\n')}\r\n\r\n`;
  const host = 'Host: localhost';
  const who = () => `Authorization: Bearer ${api.token('cgm')}\r\nKopru-Purpose: child-labour\r\nKopru-Case: T-1`;

  test.each<[string, string, number, string]>([
    ['no HTTP', 'zzmark\r\n\r\n', 400, 'request-invalid'],
    ['an unknown method', head('ZZMARK /v1/datasets HTTP/1.1', host), 400, 'request-invalid'],
    ['another version', head('GET /v1/datasets HTTP/9.9', host), 400, 'request-invalid'],
    ['HTTP/2 without its handshake', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 400, 'request-invalid'],
    ['no host', head('GET /v1/datasets HTTP/1.1', 'Connection: close'), 400, 'request-invalid'],
    ['two lengths', head('POST /v1/datasets/a/record HTTP/1.1', host, 'Content-Length: 5', 'Content-Length: 6'), 400, 'request-invalid'],
    [
      'a length and chunks',
      `${head('POST /v1/datasets/a/record HTTP/1.1', host, 'Content-Length: 5', 'Transfer-Encoding: chunked')}0\r\n\r\n`,
      400,
      'request-invalid',
    ],
    [
      'chunks written otherwise',
      `${head('POST /v1/datasets/a/record HTTP/1.1', host, 'Transfer-Encoding: xchunked')}0\r\n\r\n`,
      400,
      'request-invalid',
    ],
    [
      'chunks twice',
      `${head('POST /v1/datasets/a/record HTTP/1.1', host, 'Transfer-Encoding: chunked, identity')}0\r\n\r\n`,
      400,
      'request-invalid',
    ],
    ['a negative length', head('POST /v1/datasets/a/record HTTP/1.1', host, 'Content-Length: -5'), 400, 'request-invalid'],
    ['a signed length', head('POST /v1/datasets/a/record HTTP/1.1', host, 'Content-Length: +5'), 400, 'request-invalid'],
    ['a header without a colon', head('GET /v1/datasets HTTP/1.1', host, 'zzmark'), 400, 'request-invalid'],
    ['a space before the colon', head('GET /v1/datasets HTTP/1.1', host, 'Content-Length : 5'), 400, 'request-invalid'],
    ['a folded header', head('GET /v1/datasets HTTP/1.1', host, 'X: a', ' zzmark'), 400, 'request-invalid'],
    ['NUL in a header', head('GET /v1/datasets HTTP/1.1', host, 'X: a\0zzmark'), 400, 'request-invalid'],
    ['a bare line feed', `GET /v1/datasets HTTP/1.1\n${host}\nX: zzmark\n\n`, 400, 'request-invalid'],
    ['a space in the address', head('GET /v1/zzmark b HTTP/1.1', host), 400, 'request-invalid'],
    ['headers without end', `${head('GET /v1/datasets HTTP/1.1', host).slice(0, -2)}X: ${'z'.repeat(40_000)}`, 431, 'too-large'],
    ['a tunnel', head('CONNECT evil.example:443 HTTP/1.1', 'Host: evil.example:443'), 405, 'method-not-allowed'],
    ['an expectation', head('GET /v1/datasets HTTP/1.1', host, 'Expect: zzmark'), 417, 'request-invalid'],
  ])('%s is a problem, and the connection’s end', async (_what, bytes, status, code) => {
    const answer = await api.raw(bytes);
    const { json, headers, rest, ...told } = parsed(answer);
    expect({ ...told, code: json?.code }).toEqual({ status, code });
    expect(json).toMatchObject({ type: `urn:kopru:problem:${code}`, status, instance: expect.stringMatching(/^urn:uuid:[0-9a-f-]{36}$/) });
    expect(headers).toMatch(/content-type: application\/problem\+json/i);
    expect(headers).toMatch(/connection: close/i);
    expect(rest).toBe('');
    expect(answer).not.toMatch(/zzmark|zzz|evil|HPE_/i);
  });

  test('a request hidden in the body of another is not taken for one', async () => {
    const hidden = head('GET /v1/runs HTTP/1.1', host, who());
    const body = `{"id":"x"}${hidden}`;
    const answer = await api.raw(
      head(
        'POST /v1/datasets/iskur.agents/record HTTP/1.1',
        host,
        who(),
        'Content-Type: application/json',
        `Content-Length: ${body.length}`,
      ) + body,
    );
    const { status, rest } = parsed(answer);
    expect([status, rest]).toEqual([400, '']);
    // A body where none belongs is read over, not taken for the next request.
    const two = await api.raw(
      head('GET /health/live HTTP/1.1', host, `Content-Length: ${hidden.length}`) +
        hidden +
        head('GET /health/ready HTTP/1.1', host, 'Connection: close'),
    );
    const first = parsed(two);
    expect(first.json).toEqual({ status: 'live' });
    expect(parsed(first.rest).json).toEqual({ status: 'ready' });
    expect(parsed(first.rest).rest).toBe('');
  });

  test('an address in full, or the star, is no way around', async () => {
    for (const target of ['https://evil.example/v1/datasets', 'https://localhost/v1/datasets', '//v1/datasets', '/./v1/datasets', '*']) {
      const { status, json } = parsed(await api.raw(head(`GET ${target} HTTP/1.1`, host, 'Connection: close')));
      expect([400, 401, 404]).toContain(status);
      expect(json.code).toMatch(/request-invalid|not-authenticated|not-found/);
      expect(JSON.stringify(json)).not.toContain('evil');
    }
  });

  test('garbage in the middle of an answer cuts it off: no problem is written into it', async () => {
    async function* batches() {
      for (;;) yield [{ fullName: 'x'.repeat(100_000) }];
    }
    const door = Object.assign(Object.create(broker.app.door) as Door, {
      export: async () => ({ provenance: {} as never, fields: [], at: new Date(), batches: batches() }),
    });
    const { server, api: endless } = await serverWith(broker, api, { door });
    try {
      const socket = await connected(endless.url, api.ca);
      socket.write(head('GET /v1/datasets/a/export HTTP/1.1', host, who()));
      let tail = String(await once(socket, 'data'));
      expect(tail).toMatch(/^HTTP\/1\.1 200 OK/);
      socket.on('data', (part) => {
        tail = (tail + part.toString('latin1')).slice(-2000);
      });
      socket.write('zzmark\r\n\r\n');
      await new Promise((resolve) =>
        socket
          .removeAllListeners('error')
          .on('error', () => undefined)
          .on('close', resolve),
      );
      expect(tail).toMatch(/x{100}/);
      expect(tail).not.toMatch(/problem|HTTP/);
    } finally {
      await server.close();
    }
  });

  test('a request that does not arrive in time is told so', async () => {
    const { server, api: own } = await serverWith(broker, api, {});
    try {
      server.server.on('secureConnection', (socket) =>
        server.server.emit('clientError', Object.assign(new Error(), { code: 'ERR_HTTP_REQUEST_TIMEOUT' }), socket),
      );
      const { status, json } = parsed(await own.raw('GET /v1/'));
      expect([status, json?.code]).toEqual([408, 'request-invalid']);
      expect(server.server.requestTimeout).toBeGreaterThan(0);
      expect(server.server.timeout).toBeGreaterThan(0);
    } finally {
      await server.close();
    }
  });

  test('pipelined requests are answered in turn', async () => {
    const answer = await api.raw(
      head('GET /health/live HTTP/1.1', host) +
        head('GET /v1/datasets HTTP/1.1', host) +
        head('GET /v1/runs HTTP/1.1', host, who(), 'Connection: close'),
    );
    const first = parsed(answer);
    const second = parsed(first.rest);
    const third = parsed(second.rest);
    expect([first.status, second.status, third.status, third.rest]).toEqual([200, 401, 200, '']);
  });

  test('TLS 1.1 and older are refused; 1.2 and 1.3 are spoken', async () => {
    for (const version of ['TLSv1', 'TLSv1.1'] as const) {
      await expect(
        connected(api.url, api.ca, { minVersion: version, maxVersion: version, ciphers: 'DEFAULT@SECLEVEL=0' }),
      ).rejects.toMatchObject({ code: expect.stringMatching(/PROTOCOL_VERSION|ECONNRESET/) });
    }
    for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
      const socket = await connected(api.url, api.ca, { minVersion: version, maxVersion: version });
      expect(socket.getProtocol()).toBe(version);
      socket.destroy();
    }
    await expect(connected(api.url, api.ca, { ca: [] as string[] })).rejects.toMatchObject({
      code: expect.stringMatching(/SELF_SIGNED|UNABLE_TO/),
    });
  });

  test('plain HTTP on the port is hung up on, without data', async () => {
    const socket = net.connect(port(), '127.0.0.1');
    socket.on('error', () => undefined);
    const parts: Buffer[] = [];
    socket.on('data', (part) => parts.push(part));
    socket.write(head('GET /v1/datasets HTTP/1.1', host, who()));
    await once(socket, 'close');
    expect(Buffer.concat(parts).toString('latin1')).not.toMatch(/datasets|HTTP\/1\.1 200/);
  });
});
