import fc from 'fast-check';
import { type QuotaRequest, type Reservation, reserve, reserveAll, settle } from '../../src/access/quotas/store';
import { type TestDatabase, testDatabase } from '../support/database';
import { allowed, counters, forgetAll, type Limit, limit, noon, request } from './support/quotas';

let test_: TestDatabase;
beforeAll(async () => {
  test_ = await testDatabase();
});
afterEach(() => forgetAll(test_.db));
afterAll(() => test_.drop());

const used = ({ quotas }: Reservation) => quotas.map((q) => q.used);
const many = (n: number, wish: Partial<QuotaRequest> = {}) => Array.from({ length: n }, () => request(wish));

describe('several requests in one statement', () => {
  test('each is told what is used with it, and all are counted', async () => {
    const { db } = test_;
    await limit(db, { queries: 10, records: 100 });
    await limit(db, { unit: 'izmir', records: 50 });
    const sizes = [5, 0, 7];
    const outcomes = await reserveAll(
      db,
      sizes.map((records) => request({ unit: 'izmir', person: 7, records })),
    );
    expect(outcomes.map((o) => [o.allow, ...used(o)])).toEqual([
      [true, 1, 5, 5],
      [true, 2, 5, 5],
      [true, 3, 12, 12],
    ]);
    expect(outcomes[2]?.quotas.map((q) => q.remaining)).toEqual([7, 88, 38]);
    expect(await counters(db)).toEqual(['party instant 3/12', 'person 7 instant 3/12', 'unit izmir instant 3/12']);
    expect(await settle(db, (outcomes[2] as { chargeId: string }).chargeId, { records: 1 })).toBe(true);
    expect(await counters(db)).toEqual(['party instant 3/6', 'person 7 instant 3/6', 'unit izmir instant 3/6']);
  });

  test('of those that do not all fit as many pass as there is room for', async () => {
    const { db } = test_;
    await limit(db, { queries: 5 });
    await allowed(db);
    const outcomes = await reserveAll(db, many(20));
    expect(outcomes.map((o) => o.allow)).toEqual(Array.from({ length: 20 }, (_, i) => i < 4));
    expect(outcomes[19]).toMatchObject({ refusedBy: { what: 'queries', limit: 5, used: 5, remaining: 0 } });
    expect(await counters(db)).toEqual(['party instant 5/0']);
  });

  test('a small one passes where a big one before it does not, and one that adds nothing where all is used', async () => {
    const { db } = test_;
    await limit(db, { records: 10 });
    const outcomes = await reserveAll(
      db,
      [4, 8, 6, 0].map((records) => request({ records })),
    );
    expect(outcomes.map((o) => o.allow)).toEqual([true, false, true, true]);
    expect(await counters(db)).toEqual(['party instant 3/10']);
  });

  test('one request twice in a batch, and one that was counted before, count once', async () => {
    const { db } = test_;
    await limit(db, { queries: 3, records: 25 });
    const [one, other, fresh] = [request({ records: 10 }), request({ records: 10 }), request({ records: 5 })];
    expect((await reserveAll(db, [fresh, fresh])).map((o) => o.allow)).toEqual([true, true]);
    expect(await counters(db)).toEqual(['party instant 1/5']);
    await allowed(db, one);
    const outcomes = await reserveAll(db, [other, one, other, { ...one, records: 12 }]);
    expect(outcomes.map((o) => o.allow)).toEqual([true, true, true, false]);
    expect(new Set(outcomes.flatMap((o) => (o.allow ? [o.chargeId] : []))).size).toBe(3);
    expect(await counters(db)).toEqual(['party instant 3/25']);
  });

  test('other parties, days and people are counted by themselves', async () => {
    const { db } = test_;
    await limit(db, { person: 7, queries: 1 });
    const next = new Date(noon.getTime() + 24 * 3_600_000);
    const wishes = [{ person: 7 }, { person: 8 }, { person: 7 }, { person: 7, at: next }, { person: 7, party: 'east' }];
    const outcomes = await reserveAll(db, wishes.map(request));
    expect(outcomes.map((o) => o.allow)).toEqual([true, true, false, true, true]);
    expect(await counters(db, '2026-11-23')).toEqual(['party instant 1/0', 'person 7 instant 1/0']);
  });

  test('less than nothing is refused by the database, and nothing of the batch is counted', async () => {
    const { db } = test_;
    await expect(reserveAll(db, [request({ records: 5 }), request({ records: -1 })])).rejects.toThrow();
    expect(await counters(db)).toEqual([]);
  });
});

describe('any batch', () => {
  const whose = fc.constantFrom<Partial<QuotaRequest>>(
    { dataset: 'herd', mode: 'instant', unit: 'izmir', person: 7 },
    { dataset: 'herd', mode: 'instant', unit: 'izmir', person: 7 },
    { dataset: 'herd', mode: 'periodic', unit: 'izmir', person: 7 },
    { dataset: 'herd', mode: 'instant', unit: 'adana', person: 8 },
    { dataset: 'flock', mode: 'instant', unit: 'izmir', person: 7 },
    { dataset: 'herd', mode: 'instant', unit: null, person: null, party: 'east' },
  );
  /** Keys that come again now and then. */
  const wanted = fc
    .record({
      whose,
      key: fc.integer({ min: 0, max: 30 }),
      queries: fc.constantFrom(0, 1, 1, 1),
      records: fc.integer({ min: 0, max: 9 }),
    })
    .map(({ whose: w, key, ...wants }): QuotaRequest => request({ party: 'north', ...w, ...wants, requestKey: `k${key}` }));
  const wish = fc.record({
    dataset: fc.constantFrom('herd', 'herd', 'flock'),
    party: fc.constantFrom('north', 'north', 'east'),
    holder: fc.constantFrom<Limit[]>({}, { mode: 'instant' }, { unit: 'izmir' }, { person: 7 }),
    size: fc.oneof(fc.record({ queries: fc.integer({ min: 0, max: 12 }) }), fc.record({ records: fc.integer({ min: 0, max: 60 }) })),
  });
  const round = fc.record({ batch: fc.array(wanted, { minLength: 1, maxLength: 12 }), settled: fc.array(fc.nat(9), { maxLength: 4 }) });

  /** The order in which a batch is counted: by dataset and party, and then those of one holder and mode together. */
  const alikeIn = (batch: readonly QuotaRequest[]) => {
    const names = batch.map((r) => JSON.stringify([r.dataset, r.party, r.mode, r.unit, r.person]));
    return (i: number) => names.indexOf(names[i] as string);
  };
  function inOrder(batch: readonly QuotaRequest[]): number[] {
    const places = batch.map((r) => `${r.dataset} ${r.party}`);
    const first = alikeIn(batch);
    const by = (i: number, j: number) => ((places[i] as string) < (places[j] as string) ? -1 : places[i] === places[j] ? 0 : 1);
    return batch.map((_, i) => i).sort((i, j) => by(i, j) || first(i) - first(j) || i - j);
  }

  const ledger = async () =>
    (
      await test_.db.pool.query(
        `select 'use' as what, concat_ws(' ', day, dataset, party, scope, holder, mode, queries, records) as line from quota_use
         union all select 'charge', concat_ws(' ', day, key, dataset, mode, party, unit, person, queries, reserved, used, passes, open) from quota_charge
         order by 1, 2`,
      )
    ).rows;

  test('is allowed, refused, told and counted as its requests one by one', async () => {
    const { db } = test_;
    /** Of those who are alike and more than one: how often they were counted together, and how often each by itself. */
    let [together, apart] = [0, 0];
    const noted = (batch: readonly QuotaRequest[], outcomes: readonly Reservation[], before: ReadonlySet<string>) => {
      const first = alikeIn(batch);
      const groups = batch.map((_, i) => batch.flatMap((__, j) => (first(j) === i ? [j] : [])));
      for (const members of groups.filter(({ length }) => length > 1)) {
        const keys = members.map((i) => (batch[i] as QuotaRequest).requestKey);
        const fresh = new Set(keys).size === keys.length && !keys.some((key) => before.has(key));
        if (fresh && members.every((i) => outcomes[i]?.allow)) together += 1;
        else apart += 1;
      }
    };
    await fc.assert(
      fc.asyncProperty(fc.array(wish, { maxLength: 4 }), fc.array(round, { minLength: 1, maxLength: 4 }), async (limits, rounds) => {
        const played = async (play: (batch: readonly QuotaRequest[]) => Promise<Reservation[]>) => {
          await forgetAll(db);
          // A place has one open limit.
          for (const { dataset, party, holder, size } of limits)
            await limit(db, { dataset, party, ...holder, ...size }).catch(() => undefined);
          const told: Reservation[][] = [];
          for (const { batch, settled } of rounds) {
            const outcomes = await play(batch);
            told.push(outcomes);
            for (const nth of settled) {
              const of = outcomes[nth % outcomes.length];
              if (of?.allow) await settle(db, of.chargeId, { records: nth });
            }
          }
          return { told, ledger: await ledger() };
        };
        const one = await played(async (batch) => {
          const outcomes: Reservation[] = [];
          for (const i of inOrder(batch)) outcomes[i] = await reserve(db, batch[i] as QuotaRequest);
          return outcomes;
        });
        const all = await played((batch) => reserveAll(db, batch));
        expect(all).toEqual(one);
        const before = new Set<string>();
        rounds.forEach(({ batch }, n) => {
          noted(batch, all.told[n] as Reservation[], before);
          for (const { requestKey } of batch) before.add(requestKey);
        });
      }),
      { numRuns: 60 },
    );
    // Each way was gone often enough for this to have said something.
    expect(Math.min(together, apart)).toBeGreaterThan(30);
  });
});
