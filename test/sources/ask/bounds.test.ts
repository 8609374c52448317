import net from 'node:net';
import zlib from 'node:zlib';
import { cleanUp, connectListing, failure, listingConfig, never, pull, serve } from '../support';

afterEach(() => {
  jest.restoreAllMocks();
  return cleanUp();
});

const once = { retry: { attempts: 1 } };

describe('bounds', () => {
  test('a body over the limit is broken off, said length or not', async () => {
    const limits = { maxBodyBytes: 1000, maxInflatedBytes: 100_000 };
    const { origin } = await serve((_, response) => {
      response.writeHead(200);
      const more = () => response.write('x'.repeat(500), () => !response.destroyed && setImmediate(more));
      more();
      return undefined;
    });
    const error = await failure(pull(listingConfig(origin, { limits })));
    expect(error).toMatchObject({ code: 'source-too-large', severity: 'halt' });
    const stated = await serve(() => ({ body: `[${' '.repeat(1001)}]` }));
    expect((await failure(pull(listingConfig(stated.origin, { limits })))).code).toBe('source-too-large');
    const exact = await serve(() => ({ body: `[${' '.repeat(998)}]` }));
    expect(await pull(listingConfig(exact.origin, { limits }))).toEqual([]);
  });

  test('a small body that unpacks to a large one is not unpacked', async () => {
    const bomb = zlib.gzipSync(Buffer.alloc(50_000_000, ' '));
    expect(bomb.length).toBeLessThan(60_000);
    const unpacking = jest.spyOn(zlib, 'gunzipSync');
    const { origin, seen } = await serve(() => ({ headers: { 'content-encoding': 'gzip' }, body: bomb }));
    const error = await failure(pull(listingConfig(origin, { limits: { maxBodyBytes: 100_000, maxInflatedBytes: 1_000_000 } })));
    expect(error.code).toBe('source-too-large');
    // It is the unpacking itself that stops, not a look at its result.
    expect(unpacking.mock.results.map((r) => r.type)).toEqual(['throw']);
    expect(seen[0]?.headers['accept-encoding']).toBe('gzip');
  });

  test('an answer that drips ends at the time limit, though each drop comes soon', async () => {
    const { origin } = await serve((_, response) => {
      response.writeHead(200);
      const drip = setInterval(() => response.write(' '), 10);
      response.on('close', () => clearInterval(drip));
      return undefined;
    });
    const began = performance.now();
    const error = await failure(pull(listingConfig(origin, { limits: { timeoutSeconds: 0.2 }, ...once })));
    expect(error).toMatchObject({ code: 'source-unreachable', severity: 'retry' });
    expect(error.message).toMatch(/within 0\.2 seconds/);
    expect(performance.now() - began).toBeLessThan(3000);
  });

  test('bytes come in memory of their own, which can be handed to a thread', async () => {
    // Two small pieces are joined in Node's shared pool.
    const { origin } = await serve((_, response) => {
      response.write('["a",');
      response.end('"b"]');
      return undefined;
    });
    const { source } = connectListing(listingConfig(origin));
    const read = async ({ bytes }: { bytes: Uint8Array }) => ({
      envelope: { count: 0 },
      text: Buffer.from(bytes).toString(),
      own: bytes.buffer.byteLength === bytes.byteLength,
    });
    expect((await source.pages(undefined, read, never).next()).value).toMatchObject({ result: { own: true, text: '["a","b"]' } });
  });
});

describe('a service that is not there', () => {
  test('refuses', async () => {
    const { origin } = await serve(() => ({}));
    await cleanUp();
    const error = await failure(pull(listingConfig(origin, once)));
    expect(error).toMatchObject({ code: 'source-unreachable', severity: 'retry' });
    expect(error.message).toMatch(/ECONNREFUSED/);
  });

  test('breaks off', async () => {
    const { origin } = await serve((_, response) => {
      response.writeHead(200, { 'content-length': '100' });
      response.write('[1,', () => response.destroy());
      return undefined;
    });
    expect(await failure(pull(listingConfig(origin, once)))).toMatchObject({ code: 'source-unreachable', severity: 'retry' });
  });

  test('is something else than HTTP', async () => {
    const server = net.createServer((socket) =>
      socket
        .on('error', () => undefined)
        .resume()
        .end('SSH-2.0-x\r\n'),
    );
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const error = await failure(pull(listingConfig(`http://127.0.0.1:${(server.address() as net.AddressInfo).port}`, once)));
    await new Promise((resolve) => server.close(resolve));
    expect(error.code).toBe('source-garbled');
  });
});
