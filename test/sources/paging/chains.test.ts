import { all, cleanUp, connectListing, listingConfig, never, numbers, pull, serve } from '../support';

afterEach(cleanUp);

const bare = { records: 'items' };

describe('cursor', () => {
  const cursor = { style: 'cursor', sizeParam: 'limit', next: 'meta.next' };
  const byCursor = (next: (cursor: string | null) => unknown, items: (cursor: string | null) => unknown[]) =>
    serve(({ query }) => ({ body: { items: items(query.get('cursor')), meta: { next: next(query.get('cursor')) } } }));

  test.each([[null], [''], [undefined]])('ends where the next one is %p', async (end) => {
    const { origin, seen } = await byCursor(
      (c) => (c === null ? 'ü&=1' : c === 'ü&=1' ? 'b' : end),
      (c) => [{ c }],
    );
    expect(await pull(listingConfig(origin, { response: bare, paging: cursor }))).toEqual([{ c: null }, { c: 'ü&=1' }, { c: 'b' }]);
    expect(seen).toHaveLength(3);
  });

  test('an empty page in the middle is not the end', async () => {
    const { origin } = await byCursor(
      (c) => ({ null: 'a', a: 'b' })[String(c)],
      (c) => (c === 'a' ? [] : [{ c }]),
    );
    expect(await pull(listingConfig(origin, { response: bare, paging: cursor }))).toEqual([{ c: null }, { c: 'b' }]);
  });

  test.each([
    ['at once', ['a', 'a']],
    ['after a while', ['a', 'b', 'c', 'a']],
  ])('one that comes again %s does not make an endless pull', async (_, order) => {
    let n = 0;
    const { origin, seen } = await byCursor(
      () => order[n++ % order.length],
      () => [{ n }],
    );
    await expect(pull(listingConfig(origin, { response: bare, paging: cursor }))).rejects.toMatchObject({ code: 'source-garbled' });
    expect(seen).toHaveLength(order.length);
  });

  test('the same records under ever new cursors are given up', async () => {
    let n = 0;
    const { origin, seen } = await byCursor(
      () => `c${n++}`,
      () => [{ a: 1 }, { a: 2 }],
    );
    await expect(pull(listingConfig(origin, { response: bare, paging: cursor }))).rejects.toThrow(/ignores paging/);
    expect(seen).toHaveLength(2);
  });

  test('empty pages without end are given up', async () => {
    let n = 0;
    const { origin } = await byCursor(
      () => `c${n++}`,
      () => [],
    );
    await expect(pull(listingConfig(origin, { response: bare, paging: cursor }))).rejects.toThrow(/empty pages/);
  });
});

describe('Link header', () => {
  const link = { style: 'link', sizeParam: 'limit' };

  test('is followed to its end, relative and absolute', async () => {
    const server = await serve(({ path, query }) => {
      const at = Number(query.get('after') ?? 0);
      const next = [`<${path}?after=1&x=a%2Cb>; rel="prev next"`, `<${server.origin}/items?after=2>; rel=next, </items>; rel="first"`][at];
      return { body: numbers(at, at + 1), ...(next ? { headers: { link: next } } : {}) };
    });
    expect(await pull(listingConfig(server.origin, { paging: link }))).toEqual(numbers(0, 3));
    expect(server.seen[0]?.query.get('limit')).toBe('1000');
  });

  test('to another host is refused before anything is sent there', async () => {
    const other = await serve(() => ({ body: [] }));
    const { origin } = await serve(() => ({ body: numbers(0, 1), headers: { link: `<${other.origin}/items>; rel="next"` } }));
    await expect(pull(listingConfig(origin, { paging: link }))).rejects.toMatchObject({ code: 'source-redirected' });
    expect(other.seen).toHaveLength(0);
  });

  test('back to a page before is not followed for ever', async () => {
    let n = 0;
    const { origin } = await serve(() => ({ body: [{ n: n++ }], headers: { link: '</items?a=1>; rel="next"' } }));
    await expect(pull(listingConfig(origin, { paging: link }))).rejects.toThrow(/gave before/);
  });

  test('a kept link goes on from there', async () => {
    const { origin, seen } = await serve(() => ({ body: numbers(5, 6) }));
    const { source, read } = connectListing(listingConfig(origin, { paging: link }));
    expect(await all(source.pages({ link: '/items?after=4' }, read, never))).toHaveLength(1);
    expect(seen[0]?.query.get('after')).toBe('4');
  });
});
