import { gunzipSync } from 'node:zlib';
import { jsonOf } from './support/client';
import { rowsOf, type StandIn, standIn } from './support/standIn';

let sim: StandIn;
beforeAll(async () => {
  sim = await standIn();
});
afterAll(() => sim.close());
afterEach(() => sim.faults.clear());

const isWhole = async (service: 'agents' | 'workers' | 'children') =>
  expect(rowsOf(jsonOf(await sim.get(service))).length).toBeGreaterThan(0);

describe('when a fault strikes', () => {
  it('the next request, once', async () => {
    sim.faults.order({ service: 'workers', kind: 'status-500' });
    await isWhole('agents');
    expect((await sim.get('workers')).status).toBe(500);
    await isWhole('workers');
    expect(sim.faults.pending()).toEqual([]);
  });

  it('a page, as often as ordered', async () => {
    sim.faults.order({ service: 'agents', when: { page: 2 }, times: 2, kind: 'status-500' });
    const statuses = [];
    for (const offset of [0, 50, 50, 100, 50]) statuses.push((await sim.get('agents', `?limit=50&offset=${offset}`)).status);
    expect(statuses).toEqual([200, 500, 500, 200, 200]);
  });

  it('the page of a cursor', async () => {
    sim.faults.order({ service: 'children', when: { page: 2 }, kind: 'status-500' });
    const { sonraki } = jsonOf(await sim.get('children', '?adet=100'));
    expect((await sim.get('children', `?adet=100&imlec=${sonraki}`)).status).toBe(500);
  });

  it('the nth request from now', async () => {
    sim.faults.order({ service: 'workers', when: { request: 3 }, kind: 'status-500' });
    const statuses = [];
    for (let i = 0; i < 4; i += 1) statuses.push((await sim.get('workers')).status);
    expect(statuses).toEqual([200, 200, 500, 200]);
  });

  it('one answer at a time: a second order waits', async () => {
    sim.faults.order({ service: 'workers', kind: 'status-500' });
    sim.faults.order({ service: 'workers', kind: 'retry-after', status: 429, seconds: 7 });
    expect((await sim.get('workers')).status).toBe(500);
    const second = await sim.get('workers');
    expect([second.status, second.headers['retry-after']]).toEqual([429, '7']);
  });

  it('always, until it is cleared', async () => {
    sim.faults.order({ service: 'workers', kind: 'status-500', times: 'always' });
    for (let i = 0; i < 3; i += 1) expect((await sim.get('workers')).status).toBe(500);
    sim.faults.clear('agents');
    expect((await sim.get('workers')).status).toBe(500);
    sim.faults.clear('workers');
    await isWhole('workers');
  });

  it('is refused if it makes no sense', () => {
    const orders: any[] = [
      { service: 'nobody', kind: 'status-500' },
      { service: 'agents', kind: 'nothing' },
      { service: 'agents', kind: 'status-500', when: 'later' },
      { service: 'agents', kind: 'missing-field', field: 'birthDate' },
      { service: 'agents-query', kind: 'half-list' },
      { service: 'agents-query', kind: 'status-500', when: { page: 1 } },
      { service: 'agents', kind: 'status-500', extra: 1 },
      undefined,
    ];
    for (const order of orders) expect(() => sim.faults.order(order)).toThrow(/^not a fault order: /);
    expect(sim.faults.pending()).toEqual([]);
  });
});

describe('answers that are none', () => {
  it('timeout: nothing comes, while others are answered', async () => {
    sim.faults.order({ service: 'workers', kind: 'timeout' });
    const waiting = new AbortController();
    let settled = false;
    const stuck = sim.get('workers', '', { signal: waiting.signal }).finally(() => {
      settled = true;
    });
    // The first request is taken as soon as its order is gone.
    while (sim.faults.pending().length > 0) await isWhole('agents');
    await isWhole('workers');
    expect(settled).toBe(false);
    waiting.abort();
    await expect(stuck).rejects.toThrow();
  });

  it('timeout: ends with the stand-in', async () => {
    const other = await standIn();
    other.faults.order({ service: 'agents', kind: 'timeout' });
    const stuck = expect(other.get('agents')).rejects.toThrow();
    while (other.faults.pending().length > 0) await other.get('workers');
    await other.close();
    await stuck;
  });

  it('cut JSON: a whole answer that ends in the middle, compressed or not', async () => {
    sim.faults.order({ service: 'workers', kind: 'cut-json', times: 2 });
    const plain = await sim.get('workers');
    const zipped = await sim.get('workers', '', { headers: { 'accept-encoding': 'gzip' } });
    for (const text of [plain.body, gunzipSync(zipped.body)].map(String)) {
      expect(text.length).toBeGreaterThan(1_000);
      expect(() => JSON.parse(text)).toThrow();
    }
  });

  it('cut connection: less than was promised', async () => {
    sim.faults.order({ service: 'children', kind: 'cut-connection' });
    await expect(sim.get('children')).rejects.toThrow(/aborted|hang up|reset/i);
  });

  it('not authorised as a 500', async () => {
    sim.faults.order({ service: 'agents', kind: 'not-authorised-500' });
    const reply = await sim.get('agents');
    expect([reply.status, jsonOf(reply).hata]).toEqual([500, 'yetkisiz']);
  });

  it('a code inside a 200', async () => {
    sim.faults.order({ service: 'agents', kind: 'code-in-200' });
    const reply = await sim.get('agents');
    expect([reply.status, jsonOf(reply).sonuc]).toEqual([200, { kod: '99', mesaj: 'servis hatası' }]);
  });

  it('a redirect to another host', async () => {
    sim.faults.order({ service: 'workers', kind: 'redirect', location: 'https://elsewhere.invalid/x' });
    const reply = await sim.get('workers');
    expect([reply.status, reply.headers.location]).toEqual([302, 'https://elsewhere.invalid/x']);
  });

  it('Retry-After with 503', async () => {
    sim.faults.order({ service: 'agents-query', kind: 'retry-after' });
    const reply = await sim.query('');
    expect([reply.status, reply.headers['retry-after']]).toEqual([503, '1']);
  });

  it('a huge body, plain or small on the wire', async () => {
    sim.faults.order({ service: 'workers', kind: 'huge-body', bytes: 3_000_000 });
    expect((await sim.get('workers')).body.length).toBe(3_000_000);
    sim.faults.order({ service: 'workers', kind: 'huge-body', bytes: 3_000_000, gzip: true });
    const bomb = await sim.get('workers');
    expect(bomb.body.length).toBeLessThan(50_000);
    expect(gunzipSync(bomb.body).length).toBe(3_000_000);
  });

  it('slow drip: the right answer in small pieces', async () => {
    const usual = await sim.get('workers', '?size=10');
    sim.faults.order({ service: 'workers', kind: 'slow-drip', bytes: 200, everyMs: 5 });
    const slow = await sim.get('workers', '?size=10');
    expect(slow.body).toEqual(usual.body);
    expect(slow.pieces[0]).toBeLessThan(slow.body.length / 2);
    expect(slow.pieces.length).toBeGreaterThan(usual.pieces.length);
  });
});
