import fc from 'fast-check';
import { type QuotaRequest, type Reservation, reserve, settle } from '../../src/access/quotas/store';
import { istanbulDate } from '../../src/core/dates';
import { type TestDatabase, testDatabase } from '../support/database';
import { forgetAll, type Limit, limit } from './support/quotas';

const modes = ['instant', 'periodic', 'yearly'] as const;

type Step = { do: 'reserve'; request: QuotaRequest } | { do: 'settle'; nth: number; records: number } | { do: 'limit'; limit: Limit };

/** Two days, a minute to midnight and a minute past it. */
const instants = [new Date('2026-11-22T20:59:00Z'), new Date('2026-11-22T21:01:00Z')];

/** Few, so that one comes again. */
const whose = fc.constantFrom(
  ...(['a', 'b'] as const).flatMap((requestKey) => [
    { requestKey, dataset: 'herd', mode: 'instant' as const, unit: 'izmir', person: 7 },
    { requestKey, dataset: 'herd', mode: 'periodic' as const, unit: 'izmir', person: 8 },
    { requestKey, dataset: 'herd', mode: 'instant' as const, unit: 'adana', person: 7 },
    { requestKey, dataset: 'herd', mode: 'yearly' as const, unit: null, person: null },
    { requestKey, dataset: 'flock', mode: 'instant' as const, unit: 'izmir', person: null },
  ]),
);

const request: fc.Arbitrary<QuotaRequest> = fc
  .record({ whose, at: fc.constantFrom(...instants), queries: fc.constantFrom(0, 1, 1, 2), records: fc.integer({ min: 0, max: 12 }) })
  .map(({ whose: w, ...wants }) => ({ party: 'north', ...w, ...wants }));

const wish: fc.Arbitrary<Limit> = fc
  .record({
    dataset: fc.constantFrom('herd', 'herd', 'flock'),
    mode: fc.option(fc.constantFrom(...modes), { nil: undefined }),
    holder: fc.constantFrom<Limit[]>({}, {}, { unit: 'izmir' }, { person: 7 }),
    size: fc.oneof(
      fc.record({ queries: fc.integer({ min: 0, max: 5 }) }),
      fc.record({ records: fc.integer({ min: 0, max: 30 }) }),
      fc.record({ queries: fc.integer({ min: 0, max: 5 }), records: fc.integer({ min: 0, max: 30 }) }),
    ),
  })
  .map(({ dataset, mode, holder, size }) => ({ dataset, ...(mode ? { mode } : {}), ...holder, ...size }));

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: request.map((r): Step => ({ do: 'reserve', request: r })) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('settle' as const), nth: fc.nat(20), records: fc.integer({ min: 0, max: 12 }) }) },
  { weight: 2, arbitrary: wish.map((w): Step => ({ do: 'limit', limit: w })) },
);

/** What was counted of one request. */
interface Charge {
  day: string;
  request: QuotaRequest;
  queries: number;
  reserved: number;
  used: number;
  open: Set<number>;
}

/** The rules in a few lines: what is counted follows from the charges, each time from the beginning. */
class Model {
  readonly charges = new Map<string, Charge>();
  readonly limits: Limit[] = [];
  readonly passes: { charge: Charge; pass: number }[] = [];

  counted(charge: Charge): number {
    return charge.open.size > 0 ? charge.reserved : charge.used;
  }

  /** Whether the request falls under a limit, or is counted by it. */
  private under(l: Limit, r: QuotaRequest): boolean {
    return (
      l.dataset === r.dataset &&
      (l.mode === undefined || l.mode === r.mode) &&
      (l.unit === undefined || l.unit === r.unit) &&
      (l.person === undefined || l.person === r.person)
    );
  }

  reserve(r: QuotaRequest): boolean {
    const day = istanbulDate(r.at);
    const key = JSON.stringify([day, r.requestKey, r.dataset, r.mode, r.unit, r.person]);
    const charge = this.charges.get(key) ?? { day, request: r, queries: 0, reserved: 0, used: 0, open: new Set() };
    const adds = { queries: Math.max(0, r.queries - charge.queries), records: Math.max(0, r.records - this.counted(charge)) };
    for (const l of this.limits.filter((one) => this.under(one, r))) {
      const others = [...this.charges.values()].filter((c) => c.day === day && this.under(l, c.request));
      const used = {
        queries: others.reduce((sum, c) => sum + c.queries, 0),
        records: others.reduce((sum, c) => sum + this.counted(c), 0),
      };
      for (const what of ['queries', 'records'] as const) {
        const most = l[what];
        if (most !== undefined && adds[what] > 0 && used[what] + adds[what] > most) return false;
      }
    }
    charge.reserved = this.counted(charge) + adds.records;
    charge.queries += adds.queries;
    const pass = this.passes.length;
    charge.open.add(pass);
    this.charges.set(key, charge);
    this.passes.push({ charge, pass });
    return true;
  }

  settle(nth: number, records: number): boolean {
    const { charge, pass } = this.passes[nth] as { charge: Charge; pass: number };
    if (!charge.open.delete(pass)) return false;
    charge.used = Math.max(charge.used, records);
    return true;
  }

  /** Of the party, on both days and datasets. */
  totals(): string[] {
    const sums = new Map<string, [number, number]>();
    for (const c of this.charges.values()) {
      const key = `${c.day} ${c.request.dataset}`;
      const [queries, records] = sums.get(key) ?? [0, 0];
      sums.set(key, [queries + c.queries, records + this.counted(c)]);
    }
    return [...sums]
      .map(([key, [queries, records]]) => `${key} ${queries}/${records}`)
      .filter((line) => !line.endsWith(' 0/0'))
      .sort();
  }
}

describe('any sequence of requests, settlements and limits', () => {
  let test_: TestDatabase;
  beforeAll(async () => {
    test_ = await testDatabase();
  });
  afterAll(() => test_.drop());

  test('is allowed, refused and counted as the rules say', async () => {
    const { db } = test_;
    let allowed = 0;
    let refused = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 25, maxLength: 50, size: 'max' }), async (steps) => {
        await forgetAll(db);
        const model = new Model();
        const given: (Reservation & { allow: true })[] = [];
        for (const one of steps) {
          if (one.do === 'limit') {
            // A place has one open limit.
            const isNew = await limit(db, one.limit).then(
              () => true,
              () => false,
            );
            if (isNew) model.limits.push(one.limit);
          } else if (one.do === 'settle') {
            const { length } = given;
            if (length === 0) continue;
            const nth = one.nth % length;
            expect(await settle(db, (given[nth] as { chargeId: string }).chargeId, one)).toBe(model.settle(nth, one.records));
          } else {
            const outcome = await reserve(db, one.request);
            expect(outcome.allow).toBe(model.reserve(one.request));
            if (outcome.allow) given.push(outcome);
            if (outcome.allow) allowed += 1;
            else refused += 1;
          }
        }
        const { rows } = await db.pool.query(
          `select concat(day, ' ', dataset, ' ', sum(queries), '/', sum(records)) as line from quota_use
            where scope = 'party' group by day, dataset having sum(queries) > 0 or sum(records) > 0 order by 1`,
        );
        expect(rows.map((row) => row.line)).toEqual(model.totals());
      }),
      { numRuns: 50 },
    );
    // Both happened often enough for this to have said something.
    expect(Math.min(allowed, refused)).toBeGreaterThan(50);
  });
});
