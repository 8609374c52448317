import { KopruError } from '../../../src/core/errors';
import type { Place } from '../../../src/sources';
import { all, cleanUp, connectListing, listingConfig, never, numbers, pull, serve } from '../support';

afterEach(cleanUp);

const withTotal = { records: 'items', total: 'total' };
const bare = { records: 'items' };

/** A service that pages by number and never gives more than `cap` at once. */
const byPage = (count: number, cap: number, envelope: (size: number) => object = () => ({})) =>
  serve(({ query }) => {
    const size = Math.min(cap, Number(query.get('limit') ?? cap));
    const start = (Number(query.get('page')) - 1) * size;
    return { body: { items: numbers(start, Math.min(count, start + size)), ...envelope(size) } };
  });
const page = (more: object = {}) => ({ style: 'page', sizeParam: 'limit', ...more });

describe('page numbers', () => {
  test.each([
    ['a total', withTotal, {}, (size: number) => ({ total: 10, size })],
    ['a number of pages', bare, { pages: 'pages' }, (size: number) => ({ pages: Math.ceil(10 / size) })],
    ['nothing but the pages themselves', bare, {}, () => ({})],
  ])('end by %s', async (_, response, paging, envelope) => {
    const { origin, seen } = await byPage(10, 100, envelope);
    const config = listingConfig(origin, { response, paging: page(paging), limits: { pageSize: 4 } });
    expect(await pull(config)).toEqual(numbers(0, 10));
    expect(seen.map((s) => `${s.query.get('page')}/${s.query.get('limit')}`).sort()).toEqual(['1/4', '2/4', '3/4']);
  });

  test.each([
    ['a total', withTotal, {}, () => ({ total: 10 }), 4],
    ['pages', bare, { pages: 'pages' }, (size: number) => ({ pages: Math.ceil(10 / size) }), 4],
    // Counted for the size that was asked for, which the total shows to be too few.
    ['pages that do not know of the cap', withTotal, { pages: 'pages' }, () => ({ pages: 1, total: 10 }), 4],
    ['nothing', bare, {}, () => ({}), 4],
  ])('a server that caps the size below what is asked gives all, with %s', async (_, response, paging, envelope, requests) => {
    const { origin, seen } = await byPage(10, 3, envelope);
    expect(await pull(listingConfig(origin, { response, paging: page(paging), limits: { pageSize: 1000 } }))).toEqual(numbers(0, 10));
    expect(seen).toHaveLength(requests);
  });

  test('a full last page with nothing known is followed by an empty one, and that is the end', async () => {
    const { origin, seen } = await byPage(8, 4);
    expect(await pull(listingConfig(origin, { response: bare, paging: page() }))).toEqual(numbers(0, 8));
    expect(seen).toHaveLength(3);
  });

  test('the first page may be 0, and may be empty', async () => {
    const zero = await serve(({ query }) => ({
      body: { items: numbers(Number(query.get('page')) * 2, Number(query.get('page')) * 2 + 2), total: 4 },
    }));
    expect(await pull(listingConfig(zero.origin, { response: withTotal, paging: page({ firstPage: 0 }) }))).toEqual(numbers(0, 4));
    const none = await byPage(0, 4, () => ({ total: 0 }));
    expect(await pull(listingConfig(none.origin, { response: withTotal, paging: page() }))).toEqual([]);
    expect(none.seen).toHaveLength(1);
  });

  test('pages are read ahead, bounded, and come in order whatever the order of the answers', async () => {
    const waiting: (() => void)[] = [];
    const { origin, peak } = await serve(async ({ query }) => {
      const n = Number(query.get('page'));
      // After the first, answers are held until three are asked for, and then given backwards.
      if (n > 1) {
        await new Promise<void>((resolve) => {
          waiting.push(resolve);
          if (waiting.length === 3) for (const go of waiting.splice(0).reverse()) go();
        });
      }
      return { body: { items: numbers(n * 2, n * 2 + 2), total: 14 } };
    });
    const config = listingConfig(origin, { response: withTotal, paging: page(), limits: { concurrency: 3 } });
    expect(await pull(config)).toEqual(numbers(2, 16));
    expect(peak()).toBe(3);
  });

  test('goes on from a kept place, also from the last, short one', async () => {
    const { origin } = await byPage(10, 4, () => ({ total: 10 }));
    const { source, read } = connectListing(listingConfig(origin, { response: withTotal, paging: page(), limits: { pageSize: 4 } }));
    const whole = await all(source.pages(undefined, read, never));
    expect(whole.map((p) => [p.place, p.next])).toEqual([
      [{ page: 1 }, { page: 2 }],
      [{ page: 2 }, { page: 3 }],
      [{ page: 3 }, undefined],
    ]);
    for (const from of [2, 3]) {
      const rest = await all(source.pages({ page: from }, read, never));
      expect(rest.flatMap((p) => p.result.records)).toEqual(numbers((from - 1) * 4, 10));
    }
  });

  test('pages of uneven size are all there', async () => {
    const { origin } = await serve(({ query }) => {
      const start = [0, 4, 6, 8][Number(query.get('page')) - 1] ?? 10;
      return { body: { items: numbers(start, Math.min(10, start === 0 ? 4 : start + 2)), total: 10 } };
    });
    expect(await pull(listingConfig(origin, { response: withTotal, paging: page() }))).toEqual(numbers(0, 10));
  });

  test('an empty page before the last that is promised is held, not taken for the end', async () => {
    const { origin } = await byPage(4, 2, () => ({ pages: 5 }));
    await expect(pull(listingConfig(origin, { response: bare, paging: page({ pages: 'pages' }) }))).rejects.toMatchObject({
      code: 'source-incomplete',
      severity: 'hold',
    });
  });

  test('half a list with a total ends, so that the count can be compared', async () => {
    const { origin } = await byPage(5, 2, () => ({ total: 10 }));
    expect(await pull(listingConfig(origin, { response: withTotal, paging: page() }))).toEqual(numbers(0, 5));
  });

  test('a source that ignores paging is noticed, though each answer names its page', async () => {
    const { origin, seen } = await serve(({ query }) => ({ body: { page: query.get('page'), items: numbers(0, 4) } }));
    await expect(pull(listingConfig(origin, { response: bare, paging: page() }))).rejects.toThrow(/ignores paging/);
    expect(seen).toHaveLength(2);
  });

  test('parameters go into the body of a POST that has one', async () => {
    const { origin, seen } = await serve(({ body }) => ({
      body: { items: (JSON.parse(body) as { page: number }).page === 1 ? numbers(0, 2) : [] },
    }));
    const config = listingConfig(origin, {
      request: { path: '/items', method: 'POST', body: { city: 'Adana' } },
      response: bare,
      paging: page(),
    });
    expect(await pull(config)).toEqual(numbers(0, 2));
    expect(JSON.parse(seen[0]?.body ?? '')).toEqual({ city: 'Adana', page: 1, limit: 1000 });
    expect(seen[0]?.query.size).toBe(0);
  });
});

describe('offset', () => {
  const byOffset = (count: number, cap: (offset: number) => number, total: object) =>
    serve(({ query }) => {
      const start = Number(query.get('offset'));
      return { body: { items: numbers(start, Math.min(count, start + Math.min(cap(start), Number(query.get('limit'))))), ...total } };
    });
  const offset = { style: 'offset' };

  test.each([
    ['a total', withTotal, { total: 10 }],
    ['nothing', bare, {}],
  ])('goes on by what was received where the server caps, with %s', async (_, response, total) => {
    const { origin } = await byOffset(10, () => 3, total);
    expect(await pull(listingConfig(origin, { response, paging: offset, limits: { pageSize: 1000, concurrency: 4 } }))).toEqual(
      numbers(0, 10),
    );
  });

  test('learns the true size and reads ahead by it', async () => {
    const { origin, seen } = await byOffset(12, () => 3, { total: 12 });
    await pull(listingConfig(origin, { response: withTotal, paging: offset, limits: { pageSize: 5, concurrency: 3 } }));
    expect(seen.map((s) => Number(s.query.get('offset'))).sort((a, b) => a - b)).toEqual([0, 3, 6, 9]);
  });

  test('pages of uneven size are all there, once, and nothing more is guessed', async () => {
    const { origin, seen } = await byOffset(40, (start) => 2 + (start % 5), { total: 40 });
    expect(await pull(listingConfig(origin, { response: withTotal, paging: offset, limits: { concurrency: 4 } }))).toEqual(numbers(0, 40));
    // Twelve pages, and what was foretold from the first one's size.
    expect(seen.length).toBeLessThanOrEqual(12 + 3);
  });

  test('goes on from a kept offset', async () => {
    const { origin } = await byOffset(10, () => 4, { total: 10 });
    const { source, read } = connectListing(listingConfig(origin, { response: withTotal, paging: offset }));
    const pages = await all(source.pages({ offset: 4 }, read, never));
    expect(pages.map((p) => p.place)).toEqual([{ offset: 4 }, { offset: 8 }]);
  });

  test('a source that ignores the offset is noticed', async () => {
    const { origin } = await byOffset(10, () => 5, {});
    const { origin: stuck } = await serve(() => ({ body: { items: numbers(0, 5) } }));
    expect(await pull(listingConfig(origin, { response: bare, paging: offset }))).toHaveLength(10);
    await expect(pull(listingConfig(stuck, { response: bare, paging: offset }))).rejects.toMatchObject({
      code: 'source-garbled',
      severity: 'halt',
    });
  });
});

test('without paging there is one page', async () => {
  const { origin, seen } = await serve(() => ({ body: numbers(0, 3) }));
  expect(await pull(listingConfig(origin))).toEqual(numbers(0, 3));
  expect(seen[0]?.query.size).toBe(0);
});

describe('a pull', () => {
  const slow = (counter: { open: number }) =>
    serve(({ query }, response) => {
      if (query.get('page') === '1') return { body: { items: numbers(0, 1), total: 9 } };
      counter.open += 1;
      response.on('close', () => {
        counter.open -= 1;
      });
      return undefined; // never answered
    });

  test('that its caller leaves takes back what it asked ahead', async () => {
    const counter = { open: 0 };
    const { origin } = await slow(counter);
    const { source, read } = connectListing(listingConfig(origin, { response: withTotal, paging: page(), limits: { concurrency: 3 } }));
    for await (const _ of source.pages(undefined, read, never)) {
      await until(() => counter.open === 3);
      break;
    }
    await until(() => counter.open === 0);
    expect(counter.open).toBe(0);
  });

  test('ends as cancelled on its signal', async () => {
    const { origin } = await slow({ open: 0 });
    const { source, read } = connectListing(listingConfig(origin, { response: withTotal, paging: page() }));
    const controller = new AbortController();
    const pages = source.pages(undefined, read, controller.signal);
    await pages.next();
    const second = pages.next();
    controller.abort();
    await expect(second).rejects.toMatchObject({ code: 'cancelled' });
  });

  test('asks anew for a page whose body reports a fault or is cut', async () => {
    const bodies = ['{"code":"99"}', '{"code":"00","items":[{"n":', '{"code":"00","items":[{"n":0}]}'];
    const { origin } = await serve(() => ({ body: bodies.shift() }));
    const { source, read, retries } = connectListing(
      listingConfig(origin, { response: { records: 'items', code: { at: 'code', ok: ['00'] } } }),
    );
    const [only] = await all(source.pages(undefined, read, never));
    expect(only?.result.records).toEqual([{ n: 0 }]);
    expect(retries).toEqual(['source-fault', 'source-garbled']);
  });

  test('lets a failure of its reader through without asking again', async () => {
    const { origin, seen } = await serve(() => ({ body: [] }));
    const { source } = connectListing(listingConfig(origin));
    await expect(all(source.pages(undefined, () => Promise.reject(new Error('ours')), never))).rejects.toThrow('ours');
    // A fault of ours that may pass is none of the source's, which is not asked again for it.
    const away = new KopruError('database-unavailable', 'away');
    await expect(all(source.pages(undefined, () => Promise.reject(away), never))).rejects.toBe(away);
    expect(seen).toHaveLength(2);
  });

  test('refuses a place of another paging style', async () => {
    const { origin } = await serve(() => ({ body: [] }));
    const { source, read } = connectListing(listingConfig(origin, { paging: { style: 'offset' } }));
    const kept: Place = { cursor: 'a' };
    expect(source.placeFits(kept)).toBe(false);
    expect(source.placeFits({ offset: 4 })).toBe(true);
    await expect(all(source.pages(kept, read, never))).rejects.toMatchObject({ code: 'source-changing' });
  });
});

/** Lets events run until something holds; the test's own time limit bounds it. */
async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setImmediate(resolve));
}
