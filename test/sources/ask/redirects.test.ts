import { cleanUp, failure, listingConfig, numbers, pull, serve } from '../support';

afterEach(cleanUp);

describe('redirects', () => {
  const bearer = { auth: { type: 'bearer', token: { env: 'TOKEN' } } };
  const env = { TOKEN: 'very-secret' };

  test('on the same host are followed, with the credential', async () => {
    const { origin, seen } = await serve(({ path: at }) =>
      at === '/items' ? { status: 302, headers: { location: '/v2/items?z=1' } } : { body: numbers(0, 2) },
    );
    expect(await pull(listingConfig(origin, bearer), { env })).toEqual(numbers(0, 2));
    expect(seen.map((s) => s.headers.authorization)).toEqual(['Bearer very-secret', 'Bearer very-secret']);
  });

  test.each([301, 302, 303, 307, 308])('%i to another host is refused, and nothing goes there', async (status) => {
    const other = await serve(() => ({ body: [] }));
    const { origin } = await serve(() => ({ status, headers: { location: `${other.origin}/items?id=1` } }));
    const error = await failure(pull(listingConfig(origin, bearer), { env }));
    expect(error.code).toBe('source-redirected');
    expect(other.seen).toHaveLength(0);
  });

  test.each(['//evil.example/items', 'http://localhost:1/items', 'file:///etc/passwd', 'http://[', 'https://127.0.0.1/items'])(
    'to %s is refused',
    async (location) => {
      const { origin, seen } = await serve(() => ({ status: 302, headers: { location } }));
      expect((await failure(pull(listingConfig(origin)))).code).toBe('source-redirected');
      expect(seen).toHaveLength(1);
    },
  );

  test('are followed three times and no further', async () => {
    const hops = (n: number) =>
      serve(({ path: at }) => {
        const hop = Number(at.split('/')[2] ?? 0);
        return hop < n ? { status: 302, headers: { location: `/items/${hop + 1}` } } : { body: numbers(0, 1) };
      });
    expect(await pull(listingConfig((await hops(3)).origin))).toHaveLength(1);
    const { origin, seen } = await hops(4);
    expect((await failure(pull(listingConfig(origin)))).code).toBe('source-redirected');
    expect(seen).toHaveLength(4);
  });

  test('of a POST are not followed', async () => {
    const { origin, seen } = await serve(() => ({ status: 307, headers: { location: '/other' } }));
    const config = listingConfig(origin, { request: { path: '/items', method: 'POST', body: {} } });
    expect((await failure(pull(config))).code).toBe('source-redirected');
    expect(seen).toHaveLength(1);
  });
});
