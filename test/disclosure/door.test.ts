import fc from 'fast-check';
import { readCursor, writeCursor } from '../../src/disclosure/cursor';
import { Door } from '../../src/disclosure/door';
import type { KeyRing } from '../../src/infra/keys';
import { askerOf } from '../support/asker';
import { type TestBroker, testBroker } from '../support/broker';
import { truthOf } from '../support/truth';

describe('cursors', () => {
  const place = fc.record({ version: fc.integer({ min: 1, max: 999_999_999 }), after: fc.bigInt({ min: 0n, max: 10n ** 18n - 1n }) });
  const reading = fc.constantFrom('records/a.b', 'records/a.bc', 'changes/a.b/1', 'changes/a.b/11', 'changes/a.b/1:1');

  test('lead back to their place, and only for their reading', () => {
    fc.assert(
      fc.property(reading, reading, place, (own, other, at) => {
        const cursor = writeCursor(own, at);
        expect(readCursor(own, cursor)).toEqual(at);
        if (other !== own) expect(readCursor(other, cursor)).toBeUndefined();
      }),
    );
  });

  test('of any other text, or written otherwise, lead nowhere', () => {
    fc.assert(
      fc.property(reading, place, fc.string(), fc.constantFrom('=', '==', ' ', '.', '%', '\n'), (own, at, text, tail) => {
        expect(readCursor(own, text)).toBeUndefined();
        expect(readCursor(own, writeCursor(own, at) + tail)).toBeUndefined();
        expect(readCursor(own, tail + writeCursor(own, at))).toBeUndefined();
      }),
    );
  });
});

describe('the door', () => {
  let broker: TestBroker;
  const dataset = 'iskur.agents';
  const asker = askerOf('cgm');

  beforeAll(async () => {
    broker = await testBroker({ agents: 20, workers: 10, children: 10 });
    expect((await broker.run(dataset)).status).toBe('succeeded');
  });
  afterAll(() => broker.close());

  test('opens again when the key that it could not get is there', async () => {
    const { db, keys, agreement, state, clock, audit } = broker.app.broker;
    let away = true;
    const current: KeyRing['current'] = async (scope, purpose) => {
      if (purpose === 'hash' && away) throw new Error('away');
      return keys.current(scope, purpose);
    };
    const lookups = { offered: new Set<string>(), told: async () => undefined, courtesy: { begin: () => () => undefined } };
    const door = new Door({
      db,
      agreement,
      state,
      clock,
      audit,
      lookups,
      countStatistic: async () => Promise.reject(new Error('nothing is counted here')),
      keys: Object.assign(Object.create(keys) as KeyRing, { current }),
    });
    await expect(door.records(asker, dataset, {}, { limit: 1 })).rejects.toThrow('away');
    away = false;
    expect((await door.records(asker, dataset, {}, { limit: 1000 })).items).toHaveLength(20);
  });

  test('an erased record is left out, everywhere', async () => {
    const erased = truthOf(broker.standIns, dataset)[3] as { nationalId: string };
    const { door } = broker.app;
    const before = await door.records(asker, dataset, {}, { limit: 1000 });
    const at = before.items.findIndex((r) => r.nationalId === erased.nationalId);
    await broker.database.db.pool.query(
      'update record_version set sealed = null where id = (select id from record_version order by id offset $1 limit 1)',
      [at],
    );
    await expect(door.record(asker, dataset, {}, erased.nationalId)).rejects.toMatchObject({ code: 'record-not-found' });
    // A page whose last record is erased leads on all the same.
    const items: unknown[] = [];
    for (let after: string | undefined; ; ) {
      const page = await door.records(asker, dataset, {}, { limit: 1, after });
      items.push(...page.items);
      if (!page.next) break;
      after = page.next;
    }
    expect(items).toEqual(before.items.filter((r) => r.nationalId !== erased.nationalId));
  });

  test('only the database’s own parties and datasets are known, whatever is asked', async () => {
    for (const party of ['constructor', '__proto__', 'toString', 'zzmark', '']) {
      await expect(broker.app.door.records(askerOf(party), dataset, {}, { limit: 1 })).rejects.toMatchObject({ code: 'grant-closed' });
      expect((await broker.app.door.catalogue(askerOf(party))).datasets.filter((d) => d.decision.allow)).toEqual([]);
    }
  });
});
