import { randomUUID } from 'node:crypto';
import type { Asker } from '../../src/disclosure/door';
import { openFor, sealFor } from '../../src/lookups/sealed';
import { claimLookup, finishLookup, writeLookup } from '../../src/lookups/store';
import { liftLimit, setLimit } from '../../src/operations/quotas';
import { askerOf } from '../support/asker';
import { logged } from '../support/audit';
import { type TestBroker, testBroker } from '../support/broker';
import { truthOf } from '../support/truth';

const workers = 'emetip.workers';
const agents = 'iskur.agents';
const everything = { limit: 1000 };

/** What bounds a person’s reading beside the fields: rows, limits, what must be stated. Each way to read is tried. */
describe('the bounds of a person’s reading', () => {
  let broker: TestBroker;
  let now = new Date();
  let rows: { nationalId: string; workProvince: string | null }[];
  /** The province of most workers. */
  let province: string;
  let inside: string[];

  beforeAll(async () => {
    broker = await testBroker({ agents: 80, workers: 800, children: 200, clock: () => now });
    for (const dataset of [agents, workers, 'cts.children']) expect((await broker.run(dataset)).status).toBe('succeeded');
    rows = truthOf(broker.standIns, workers) as typeof rows;
    const of = (place: string) => rows.filter((row) => row.workProvince === place).map((row) => row.nationalId);
    const places = [...new Set(rows.flatMap((row) => row.workProvince ?? []))];
    province = places.sort((a, b) => of(b).length - of(a).length)[0] as string;
    inside = of(province);
    expect(inside.length).toBeGreaterThan(5);
    expect(inside.length).toBeLessThan(rows.length);
  });
  afterAll(() => broker.close());

  const ids = (records: readonly object[]) => records.map((row) => (row as { nationalId: string }).nationalId).sort();
  const provincial = (changes: Partial<Asker> = {}) => askerOf('cgm', changes, { province, unit: 'Adana' });
  const exported = async (asker: Asker, dataset: string) => {
    const { batches } = await broker.app.door.export(asker, dataset, {});
    const all: object[] = [];
    for await (const batch of batches) all.push(...batch);
    return all;
  };

  test('provincial staff get the rows of their province: pages, export and changes', async () => {
    const { door } = broker.app;
    expect(ids((await door.records(provincial(), workers, {}, everything)).items)).toEqual(inside);
    expect(ids(await exported(provincial(), workers))).toEqual(inside);
    await broker.standIns.simulator.world.nextDay();
    expect((await broker.run(workers)).status).toBe('succeeded');
    const places = new Map(truthOf(broker.standIns, workers).map((row) => [row.nationalId, row.workProvince]));
    const { items } = await door.changes(provincial(), workers, { from: 1 }, everything);
    const all = (await door.changes(askerOf('cgm'), workers, { from: 1 }, everything)).items;
    expect(items.length).toBeGreaterThan(0);
    expect(items.length).toBeLessThan(all.length);
    for (const { change, record } of items) {
      if (change !== 'removed') expect(places.get(record.nationalId as string)).toBe(province);
      expect(record.workProvince).toBe(province);
    }
  });

  test('somebody of another province is to them nobody, by id and in the answer of a look-up', async () => {
    const { door } = broker.app;
    const { items } = await door.records(askerOf('cgm'), workers, {}, everything);
    const at = (here: boolean) => items.find((row) => (row.workProvince === province) === here) as { nationalId: string };
    const [mine, other] = [at(true), at(false)];
    expect((await door.record(provincial(), workers, {}, mine.nationalId)).record.nationalId).toBe(mine.nationalId);
    await expect(door.record(provincial(), workers, {}, other.nationalId)).rejects.toMatchObject({ code: 'record-not-found' });

    const { db, keys, agreement } = broker.app.broker;
    const answered = async (record: object) => {
      const bound = { id: randomUUID(), keyId: (await keys.current(agreement.id, 'lookup')).id };
      const asked = { party: 'cgm', person: 1, dataset: workers, purpose: 'child-labour', caseRef: 'T-1', repeatKey: null, subject: null };
      await writeLookup(db, { ...bound, ...asked, request: await sealFor(keys, bound, {}), now });
      const row = await claimLookup(db, bound.id, now, 60_000);
      const answer = await sealFor(keys, bound, { record, time: now.toISOString() });
      expect(await openFor(keys, bound, answer)).toMatchObject({ record });
      await finishLookup(db, row as NonNullable<typeof row>, { answer }, now);
      return door.lookupAnswer(provincial(), bound.id, 0);
    };
    expect(await answered(mine)).toMatchObject({ pending: false, record: { nationalId: mine.nationalId } });
    await expect(answered(other)).rejects.toMatchObject({ code: 'source-not-found' });
  });

  test('findings of provincial staff lie on records of the province', async () => {
    const { door } = broker.app;
    const all = (await door.findings(askerOf('cgm'), everything)).findings;
    const own = (await door.findings(provincial(), everything)).findings;
    expect(own.length).toBeGreaterThan(0);
    expect(own.length).toBeLessThan(all.length);
    const children = truthOf(broker.standIns, 'cts.children').filter((row) => row.province === province);
    const here = truthOf(broker.standIns, workers).filter((row) => row.workProvince === province);
    // A finding is about the record itself, or about whom a record names.
    const named = new Set([...here, ...children].flatMap((row) => [row.nationalId, row.agentId, row.householdHeadId]));
    expect(own.filter(({ subject }) => !named.has(subject))).toEqual([]);
    const counted = (await door.findingCounts(provincial())).rules.reduce((sum, { open, closed }) => sum + open + closed, 0);
    expect(counted).toBe(own.length);
  });

  /** Each way to read intermediaries as somebody of the other party. */
  const ways: [way: string, read: (asker: Asker) => Promise<unknown>][] = [
    ['records', (asker) => broker.app.door.records(asker, agents, {}, everything)],
    ['record', (asker) => broker.app.door.record(asker, agents, {}, ids(truthOf(broker.standIns, agents))[0] as string)],
    ['changes', (asker) => broker.app.door.changes(asker, agents, { from: 1 }, everything)],
    ['export', (asker) => exported(asker, agents)],
    ['lookup', (asker) => broker.app.door.lookup(asker, agents, citizen(), { waitMillis: 30_000 })],
    ['findings', (asker) => broker.app.door.findings(asker, { ...everything, rules: ['count-differs'] })],
  ];
  const citizen = () => ids(truthOf(broker.standIns, agents)).find((id) => id.length === 11) as string;
  const limited = (size: { queries?: number; records?: number }) =>
    setLimit(broker.app.broker, { dataset: agents, party: 'cgm', setBy: 'iskur', document: 'E-1', ...size }, 'test');
  let number = 0;
  const asking = (party = 'cgm') => askerOf(party, { requestId: `bounds-${++number}` });

  test.each(ways)(
    '%s: the owner’s limit on queries refuses, logs it with its article, and binds the owner not at all',
    async (_way, read) => {
      await read(asking());
      await limited({ queries: 0 });
      const asker = asking();
      await expect(read(asker)).rejects.toMatchObject({ code: 'quota-exceeded' });
      const entries = await logged(broker.app.db, { requestId: asker.requestId });
      expect(entries.map(({ decision, code, article }) => [decision, code, article])).toEqual([['refuse', 'quota-exceeded', 'V.Ç.7']]);
      await expect(read(asking('iskur')).catch((e) => e.code)).resolves.not.toBe('quota-exceeded');
      await liftLimit(broker.app.broker, { dataset: agents, party: 'cgm', setBy: 'iskur', document: 'E-2' }, 'test');
      await read(asking());
    },
  );

  test('records are counted beside queries, and the limit renews at midnight in Istanbul', async () => {
    now = new Date('2027-01-10T20:59:00Z');
    await limited({ records: 100 });
    const page = (size: number) => broker.app.door.records(asking(), agents, {}, { limit: size });
    await page(60);
    await expect(page(60)).rejects.toMatchObject({ code: 'quota-exceeded' });
    await page(40);
    await expect(page(1)).rejects.toMatchObject({ code: 'quota-exceeded' });
    now = new Date('2027-01-10T21:00:00Z');
    await page(60);
    await liftLimit(broker.app.broker, { dataset: agents, party: 'cgm', setBy: 'iskur', document: 'E-3' }, 'test');
  });

  test.each(ways)('%s: without a purpose or a case nothing is told', async (_way, read) => {
    await expect(read({ ...asking(), purpose: undefined })).rejects.toMatchObject({ code: 'purpose-missing' });
    await expect(read({ ...asking(), purpose: 'curiosity' })).rejects.toMatchObject({ code: 'purpose-refused' });
    await expect(read({ ...asking(), case: undefined })).rejects.toMatchObject({ code: 'case-missing' });
  });

  test.each(ways)('%s: the log names the person, the unit, the address and the case', async (_way, read) => {
    const asker = askerOf('cgm', { requestId: `bounds-${++number}`, address: '10.1.2.3', case: 'T-9' }, { id: 42, unit: 'Hukuk' });
    await read(asker).catch(() => undefined);
    const entries = await logged(broker.app.db, { requestId: asker.requestId });
    expect(entries.length).toBeGreaterThan(0);
    for (const entry of entries) expect(entry).toMatchObject({ party: 'cgm', person: 42, unit: 'Hukuk', address: '10.1.2.3', case: 'T-9' });
  });
});
