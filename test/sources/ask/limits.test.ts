import { all, cleanUp, connectListing, listingConfig, never, numbers, pull, serve } from '../support';

afterEach(cleanUp);

const three = () =>
  serve(({ query }) => ({ body: { items: numbers(Number(query.get('page')), Number(query.get('page')) + 1), pages: 3 } }));
const paged = { paging: { style: 'page', pages: 'pages' }, response: { records: 'items' } };

describe('the pace', () => {
  test('spaces requests evenly, retries and pages read ahead too', async () => {
    const { origin } = await three();
    let now = 1_000_000;
    const slept: number[] = [];
    const config = listingConfig(origin, { ...paged, limits: { requestsPerSecond: 4, concurrency: 1 } });
    await pull(config, {
      clock: () => new Date(now),
      sleep: async (ms) => {
        slept.push(ms);
        now += ms;
      },
    });
    expect(slept).toEqual([250, 250]);
  });

  test('lets a request through at once when the last is long ago', async () => {
    const { origin } = await three();
    let now = 1_000_000;
    const slept: number[] = [];
    const config = listingConfig(origin, { ...paged, limits: { requestsPerSecond: 4, concurrency: 1 } });
    const clock = () => {
      now += 1000;
      return new Date(now);
    };
    await pull(config, { clock, sleep: async (ms) => void slept.push(ms) });
    expect(slept).toEqual([]);
  });

  test('is not stopped by a clock that was set back', async () => {
    const { origin } = await three();
    let now = 10_000_000;
    const slept: number[] = [];
    const config = listingConfig(origin, { ...paged, limits: { requestsPerSecond: 4, concurrency: 1 } });
    const clock = () => {
      now -= 3_000_000;
      return new Date(now);
    };
    await pull(config, { clock, sleep: async (ms) => void slept.push(ms) });
    expect(Math.max(...slept)).toBeLessThanOrEqual(250);
  });
});

describe('the daily limit', () => {
  const counting = () => {
    const taken: [string, string, number][] = [];
    const take = async (source: string, day: string, limit: number) => {
      if (taken.length >= limit) return false;
      taken.push([source, day, limit]);
      return true;
    };
    return { taken, ledger: { take } };
  };

  test('is taken from the day of Istanbul, where midnight is 21:00 of Greenwich', async () => {
    const { origin } = await three();
    const { taken, ledger } = counting();
    await pull(listingConfig(origin, { ...paged, limits: { requestsPerDay: 5 } }), {
      ledger,
      clock: () => new Date('2026-11-21T21:00:00Z'),
    });
    expect(taken).toEqual(Array(3).fill(['agency.records', '2026-11-22', 5]));
  });

  test('counts retries and redirects', async () => {
    const replies = [{ status: 503 }, { status: 302, headers: { location: '/there' } }];
    const { origin, seen } = await serve(() => replies.shift() ?? { body: [] });
    const { taken, ledger } = counting();
    await pull(listingConfig(origin, { limits: { requestsPerDay: 9 } }), { ledger });
    expect(taken).toHaveLength(3);
    expect(seen).toHaveLength(3);
  });

  test('used up ends the pull without trying again; what came before it was given', async () => {
    const { origin, seen } = await three();
    const { ledger } = counting();
    const { source, read, slept } = connectListing(listingConfig(origin, { ...paged, limits: { requestsPerDay: 2 } }), { ledger });
    const pages = source.pages(undefined, read, never);
    expect((await pages.next()).value).toMatchObject({ next: { page: 2 } });
    expect((await pages.next()).value).toMatchObject({ next: { page: 3 } });
    await expect(pages.next()).rejects.toMatchObject({ code: 'source-limit', hint: expect.stringContaining('midnight in Istanbul') });
    expect(seen).toHaveLength(2);
    expect(slept).toEqual([]);
  });

  test('that cannot be counted lets nothing through', async () => {
    const { origin, seen } = await three();
    const ledger = { take: () => Promise.reject(new Error('database away')) };
    await expect(pull(listingConfig(origin, { limits: { requestsPerDay: 2 } }), { ledger })).rejects.toThrow('database away');
    expect(seen).toHaveLength(0);
  });

  test('is not touched where none is configured', async () => {
    const { origin } = await three();
    const { taken, ledger } = counting();
    const { source, read } = connectListing(listingConfig(origin, paged), { ledger });
    expect(await all(source.pages(undefined, read, never))).toHaveLength(3);
    expect(taken).toEqual([]);
  });
});
