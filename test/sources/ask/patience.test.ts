import { all, cleanUp, connectListing, listingConfig, never, numbers, type Reply, serve } from '../support';

afterEach(() => {
  jest.restoreAllMocks();
  return cleanUp();
});

/** Answers with each status in turn, then with a record. */
const failing = (replies: Reply[]) => serve(() => replies.shift() ?? { body: numbers(0, 1) });
const busy = (n: number) => Array.from({ length: n }, () => ({ status: 503 }));
const run = async (config: Parameters<typeof connectListing>[0], random = 0.5) => {
  const { source, read, slept, retries } = connectListing(config, { random: () => random });
  const pages = await all(source.pages(undefined, read, never)).catch((error: unknown) => error);
  return { pages, slept, retries };
};

describe('retries', () => {
  test('wait longer each time, between the first and the longest', async () => {
    const { origin } = await failing(busy(4));
    const { pages, slept } = await run(listingConfig(origin, { retry: { attempts: 5, firstSeconds: 1, maxSeconds: 4 } }));
    expect(pages).toHaveLength(1);
    // Decorrelated jitter at the middle of its range: from 1 to three times the wait before.
    expect(slept).toEqual([2000, 3500, 4000, 4000]);
  });

  test('are spread by chance, and never below the first or above the longest', async () => {
    for (const [random, expected] of [
      [0, [1000, 1000]],
      [0.999999, [2999.998, 4000]],
    ] as const) {
      const { origin } = await failing(busy(2));
      const { slept } = await run(listingConfig(origin, { retry: { attempts: 3, firstSeconds: 1, maxSeconds: 4 } }), random);
      expect(slept.map((ms) => Math.round(ms * 1000) / 1000)).toEqual(expected);
    }
  });

  test('end after so many attempts with the last failure', async () => {
    const { origin, seen } = await failing([...busy(2), { status: 500 }]);
    const { pages, retries } = await run(listingConfig(origin, { retry: { attempts: 3 } }));
    expect(pages).toMatchObject({ code: 'source-fault', message: expect.stringContaining('HTTP 500') });
    expect(seen).toHaveLength(3);
    expect(retries).toEqual(['source-fault', 'source-fault']);
  });

  test('end when the run is cancelled while one waits, and nothing more is counted', async () => {
    const { origin, seen } = await failing(busy(3));
    const controller = new AbortController();
    let counted = 0;
    const { source, read } = connectListing(listingConfig(origin, { limits: { requestsPerDay: 9 } }), {
      sleep: async () => controller.abort(),
      ledger: {
        take: async () => {
          counted += 1;
          return true;
        },
      },
    });
    await expect(all(source.pages(undefined, read, controller.signal))).rejects.toMatchObject({ code: 'cancelled' });
    expect(seen).toHaveLength(1);
    expect(counted).toBe(1);
  });
});

describe('Retry-After', () => {
  const asking = (value: string, status = 503) => failing([{ status, headers: { 'retry-after': value } }]);

  test.each([
    ['in seconds', '120', 120_000],
    ['as a date', 'Sat, 21 Nov 2026 12:01:00 GMT', 60_000],
    ['as a date gone by', 'Sat, 21 Nov 2026 11:00:00 GMT', 10_000],
    ['shorter than our own wait', '1', 10_000],
    ['unreadable', 'soon', 10_000],
    ['negative', '-5', 10_000],
  ])('%s', async (_, value, wait) => {
    const { origin } = await asking(value);
    const { slept, pages } = await run(listingConfig(origin, { retry: { firstSeconds: 5, maxSeconds: 30 } }));
    expect(pages).toHaveLength(1);
    expect(slept).toEqual([wait]);
  });

  test.each([
    [429, 'source-limit'],
    [503, 'source-fault'],
  ])('longer than we wait after a %i ends the pull and says when', async (status, code) => {
    const { origin, seen } = await asking('3600', status);
    const { pages, slept } = await run(listingConfig(origin, { retry: { maxSeconds: 30 } }));
    expect(pages).toMatchObject({ code, hint: expect.stringContaining('60 minutes') });
    expect(slept).toEqual([]);
    expect(seen).toHaveLength(1);
  });
});

describe('the circuit breaker', () => {
  test('opens after failures in a row, fails at once while open, and tries again when it has cooled down', async () => {
    let now = Date.now();
    jest.spyOn(Date, 'now').mockImplementation(() => now);
    const replies = busy(3);
    const { origin, seen } = await failing(replies);
    const { source, read, retries } = connectListing(
      listingConfig(origin, { retry: { attempts: 2 }, breaker: { failures: 3, coolDownSeconds: 60 } }),
    );
    const attempt = () => all(source.pages(undefined, read, never));

    await expect(attempt()).rejects.toMatchObject({ code: 'source-fault' });
    // The third failure in a row opens it, in the midst of the retries.
    await expect(attempt()).rejects.toMatchObject({ code: 'source-unreachable', message: expect.stringContaining('breaker is open') });
    expect(seen).toHaveLength(3);
    await expect(attempt()).rejects.toMatchObject({ code: 'source-unreachable' });
    now += 59_000;
    await expect(attempt()).rejects.toMatchObject({ code: 'source-unreachable' });
    expect(seen).toHaveLength(3);
    expect(retries).toEqual(['source-fault', 'source-fault']);
    now += 2000;
    expect(await attempt()).toHaveLength(1);
    expect(await attempt()).toHaveLength(1);
  });

  test('is not moved by answers that are no failure of the service', async () => {
    const { origin, seen } = await failing(Array.from({ length: 5 }, () => ({ status: 404 })));
    const config = listingConfig(origin, { breaker: { failures: 2 } });
    const { source, read } = connectListing(config);
    for (let i = 0; i < 5; i += 1)
      await expect(all(source.pages(undefined, read, never))).rejects.toMatchObject({ code: 'source-not-found' });
    expect(seen).toHaveLength(5);
  });

  test('counts only failures in a row', async () => {
    const good = { status: 200, body: numbers(0, 1) };
    const { origin } = await failing([...busy(1), good, ...busy(1), good, ...busy(2)]);
    const { source, read } = connectListing(listingConfig(origin, { retry: { attempts: 1 }, breaker: { failures: 2 } }));
    const attempt = () =>
      all(source.pages(undefined, read, never)).then(
        () => 'read',
        (error: { code: string }) => error.code,
      );
    const outcomes = [];
    for (let i = 0; i < 7; i += 1) outcomes.push(await attempt());
    expect(outcomes).toEqual(['source-fault', 'read', 'source-fault', 'read', 'source-fault', 'source-fault', 'source-unreachable']);
  });
});
