import { jsonOf } from './support/client';
import { rowsOf, type StandIn, smallSizes, standIn } from './support/standIn';

let sim: StandIn;
beforeAll(async () => {
  sim = await standIn();
});
afterAll(() => sim.close());
afterEach(() => sim.faults.clear());

const ids = (rows: any[]) => rows.map((row) => row.tcKimlikNo ?? row.kisi?.kimlikNo ?? row.kimlikNo);
const total = async (service: 'agents' | 'workers' | 'children') => {
  const body = jsonOf(await sim.get(service));
  return body.toplam ?? body.kayitSayisi;
};

it.each(['agents', 'workers', 'children'] as const)('half of %s, with a total that admits it or not', async (service) => {
  const whole = ids(await sim.all(service));
  sim.faults.order({ service, kind: 'half-list' });
  expect(ids(await sim.all(service))).toEqual(whole.slice(0, whole.length / 2));
  expect(await total(service)).toBe(whole.length / 2);
  sim.faults.clear();
  sim.faults.order({ service, kind: 'half-list', total: 'kept' });
  expect(ids(await sim.all(service))).toEqual(whole.slice(0, whole.length / 2));
  expect(await total(service)).toBe(whole.length);
});

it('identical duplicates, on other pages and counted', async () => {
  const whole = await sim.all('workers');
  sim.faults.order({ service: 'workers', kind: 'duplicate-identical', count: 3 });
  const rows = await sim.all('workers');
  expect(rows.slice(0, whole.length)).toEqual(whole);
  expect(rows.slice(whole.length)).toEqual([whole[0], whole[300], whole[600]]);
  expect(await total('workers')).toBe(whole.length + 3);
});

it('conflicting duplicates', async () => {
  const whole = await sim.all('agents');
  sim.faults.order({ service: 'agents', kind: 'duplicate-conflicting', count: 2 });
  const copies = (await sim.all('agents')).slice(whole.length);
  expect(ids(copies)).toEqual([ids(whole)[0], ids(whole)[120]]);
  expect(copies.some((copy) => whole.some((row) => JSON.stringify(row) === JSON.stringify(copy)))).toBe(false);
});

it('both kinds of duplicates at once', async () => {
  sim.faults.order({ service: 'children', kind: 'duplicate-conflicting' });
  sim.faults.order({ service: 'children', kind: 'duplicate-identical', count: 2 });
  const rows = await sim.all('children');
  expect(rows).toHaveLength(smallSizes.children + 3);
  expect(new Set(rows.map((row) => JSON.stringify(row))).size).toBe(smallSizes.children + 1);
});

it('a share of records with another type in a field', async () => {
  sim.faults.order({ service: 'workers', kind: 'wrong-type', field: 'birthDate', share: 0.3 });
  const first = await sim.all('workers');
  const wrong = first.filter((row) => Array.isArray(row.kisi.dogumTarihi)).length / first.length;
  expect(wrong).toBeGreaterThan(0.2);
  expect(wrong).toBeLessThan(0.4);
  expect(await sim.all('workers')).toEqual(first);
});

it.each([
  ['number', 'number'],
  ['text', 'string'],
  ['object', 'object'],
  ['boolean', 'boolean'],
] as const)('every season as a %s', async (as, type) => {
  sim.faults.order({ service: 'workers', kind: 'wrong-type', field: 'season', share: 1, as });
  const rows = rowsOf(jsonOf(await sim.get('workers')));
  expect(new Set(rows.map((row) => typeof row.is.sezon))).toEqual(new Set([type]));
});

it('a field that vanishes, nested or not', async () => {
  sim.faults.order({ service: 'workers', kind: 'missing-field', field: 'agentId' });
  sim.faults.order({ service: 'agents', kind: 'missing-field', field: 'phone' });
  for (const row of await sim.all('workers')) expect(Object.keys(row.is)).toEqual(['il', 'sezon', 'baslangic', 'bitis']);
  for (const row of await sim.all('agents')) expect(Object.keys(row)).not.toContain('telefon');
});

it('a new field', async () => {
  sim.faults.order({ service: 'children', kind: 'new-field', name: 'okulNo' });
  for (const row of await sim.all('children')) expect(row.okulNo).toBe('yeni');
});

it('a day that passes between two pages', async () => {
  const day = sim.world.day();
  sim.faults.order({ service: 'workers', kind: 'next-day', when: { page: 2 } });
  const first = await sim.get('workers', '?size=300&page=1');
  const second = await sim.get('workers', '?size=300&page=2');
  expect(sim.world.day()).toBe(day + 1);
  expect(second.headers['x-veri-surumu']).not.toBe(first.headers['x-veri-surumu']);
  await sim.get('workers', '?size=300&page=2');
  expect(sim.world.day()).toBe(day + 1);
});
