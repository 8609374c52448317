import { writeFileSync } from 'node:fs';
import type net from 'node:net';
import path from 'node:path';
import tls from 'node:tls';
import { certificateFiles, certificates } from '../certificates';
import { cleanUp, connect, failure, folder, listingConfig, numbers, pull, type Reply, serve } from '../support';

afterEach(cleanUp);

const once = { retry: { attempts: 1 } };

describe('credentials', () => {
  const answer = () => serve(() => ({ body: numbers(0, 1) }));
  const secrets = { USER: 'köprü', PASSWORD: 'a:b ç', TOKEN: 'tok.en==', KEY: 'k-1' };

  test('basic, in UTF-8', async () => {
    const { origin, seen } = await answer();
    await pull(listingConfig(origin, { auth: { type: 'basic', username: { env: 'USER' }, password: { env: 'PASSWORD' } } }), {
      env: secrets,
    });
    expect(seen[0]?.headers.authorization).toBe(`Basic ${Buffer.from('köprü:a:b ç').toString('base64')}`);
  });

  test('bearer, from a file whose last line end does not count', async () => {
    const { origin, seen } = await answer();
    const file = path.join(folder(), 'token');
    writeFileSync(file, 'tok.en==\n');
    await pull(listingConfig(origin, { auth: { type: 'bearer', token: { file } } }), { env: {} });
    expect(seen[0]?.headers.authorization).toBe('Bearer tok.en==');
  });

  test('an API key in the header of its name', async () => {
    const { origin, seen } = await answer();
    await pull(listingConfig(origin, { auth: { type: 'apiKey', header: 'X-Api-Key', key: { env: 'KEY' } } }), { env: secrets });
    expect(seen[0]?.headers['x-api-key']).toBe('k-1');
    expect(seen[0]?.headers.authorization).toBeUndefined();
  });

  test('a client certificate', async () => {
    const files = await certificateFiles(folder());
    const { origin, seen } = await serve(({ certified }) => (certified ? { body: numbers(0, 1) } : { status: 403 }), { tls: true });
    const config = { ca: files.ca, auth: { type: 'clientCertificate', certificate: files.clientCert, key: files.clientKey } };
    expect(await pull(listingConfig(origin, config))).toEqual(numbers(0, 1));
    expect(seen[0]?.certified).toBe(true);
    await expect(pull(listingConfig(origin, { ca: files.ca }))).rejects.toMatchObject({ code: 'source-not-authorised' });
  });

  test('a missing one is said at once, by where it should stand', async () => {
    const config = listingConfig('https://agency.example', { auth: { type: 'bearer', token: { env: 'NO_SUCH' } } });
    expect(() => connect(config, { env: {} })).toThrow('the environment variable NO_SUCH is not set');
  });
});

describe('TLS', () => {
  test('an authority that is not configured is not trusted, whatever the environment says', async () => {
    const { origin, seen } = await serve(() => ({ body: [] }), { tls: true });
    const before = process.env.NODE_TLS_REJECT_UNAUTHORIZED;
    process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0';
    try {
      const error = await failure(pull(listingConfig(origin)));
      expect(error).toMatchObject({ code: 'source-unreachable', severity: 'halt' });
      expect(error.hint).toMatch(/ca/);
    } finally {
      if (before === undefined) delete process.env.NODE_TLS_REJECT_UNAUTHORIZED;
      else process.env.NODE_TLS_REJECT_UNAUTHORIZED = before;
    }
    expect(seen).toHaveLength(0);
  });

  test('older than 1.2 is refused', async () => {
    const pem = await certificates();
    const old = tls.createServer({
      key: pem.serverKey,
      cert: pem.serverCert,
      minVersion: 'TLSv1',
      maxVersion: 'TLSv1.1',
      ciphers: 'DEFAULT:@SECLEVEL=0',
    });
    old.on('tlsClientError', () => undefined);
    await new Promise<void>((resolve) => old.listen(0, '127.0.0.1', resolve));
    const { ca } = await certificateFiles(folder());
    const error = await failure(pull(listingConfig(`https://127.0.0.1:${(old.address() as net.AddressInfo).port}`, { ca, ...once })));
    await new Promise((resolve) => old.close(resolve));
    expect(error).toMatchObject({ code: 'source-unreachable', severity: 'halt' });
    expect(error.message).toMatch(/TLS 1\.2/);
  });

  test('connections are kept and used again', async () => {
    const { ca } = await certificateFiles(folder());
    const ports = new Set<unknown>();
    const { origin } = await serve(
      ({ query }, response) => {
        ports.add(response.socket?.remotePort);
        return { body: query.get('page') === '3' ? [] : numbers(Number(query.get('page')), 9) };
      },
      { tls: true },
    );
    await pull(listingConfig(origin, { ca, paging: { style: 'page' } }));
    expect(ports.size).toBe(1);
  });
});

test('no failure shows a credential, a parameter or a person', async () => {
  const secret = 'S3cr3t-Token';
  const person = '17291716060';
  const replies: Reply[] = [
    { status: 500, body: `sorry ${person}` },
    { status: 401, body: secret },
    { status: 404 },
    { status: 418 },
    { status: 302, headers: { location: `http://evil.example/?id=${person}` } },
    { body: `{"items":[{"id":"${person}"` },
    { body: { items: `${person}` } },
    { headers: { 'content-encoding': 'gzip' }, body: person },
  ];
  for (const reply of replies) {
    const { origin } = await serve(() => reply);
    const config = listingConfig(origin, {
      request: { path: '/items', query: { name: 'AyşeDemir' } },
      response: { records: 'items' },
      auth: { type: 'bearer', token: { env: 'TOKEN' } },
      ...once,
    });
    const error = await failure(pull(config, { env: { TOKEN: secret } }));
    // What a log would print of it, causes and all.
    const shown = `${error.stack} ${error.hint} ${JSON.stringify(error, Object.getOwnPropertyNames(error))} ${String(error.cause)}`;
    expect(shown).not.toMatch(new RegExp(`${secret}|${person}|Demir|name=`));
  }
});

test('the request says who asks and what is taken, and no proxy of the environment sees it', async () => {
  const before = process.env.HTTP_PROXY;
  process.env.HTTP_PROXY = 'http://127.0.0.1:1';
  try {
    const { origin, seen } = await serve(() => ({ body: [] }));
    await pull(
      listingConfig(`${origin}/api/`, {
        request: { path: '/items', query: { il: 'İçel', aktif: true }, headers: { 'X-Kurum': 'CGM', Accept: 'application/vnd.x+json' } },
      }),
    );
    expect(seen[0]).toMatchObject({ path: '/api/items', method: 'GET' });
    expect(Object.fromEntries(seen[0]?.query ?? [])).toEqual({ il: 'İçel', aktif: 'true' });
    expect(seen[0]?.headers).toMatchObject({
      accept: 'application/vnd.x+json',
      'x-kurum': 'CGM',
      'user-agent': 'kopru',
      'accept-encoding': 'gzip',
    });
  } finally {
    if (before === undefined) delete process.env.HTTP_PROXY;
    else process.env.HTTP_PROXY = before;
  }
});
