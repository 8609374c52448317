import { listingNames, paths } from '../../src/simulator/services/addresses';
import { datasetOf } from '../../src/simulator/services/listing';
import { mappings } from '../../src/simulator/services/mappings';
import { ask, jsonOf } from './support/client';
import { mapped } from './support/mapped';
import { rowsOf, type StandIn, smallSizes, standIn } from './support/standIn';

let sim: StandIn;
beforeAll(async () => {
  sim = await standIn({ day: 2, pageCaps: { agents: 40, workers: 200, children: 90 } });
});
afterAll(() => sim.close());

const sizeNames = { agents: 'limit', workers: 'size', children: 'adet' };
const caps = { agents: 40, workers: 200, children: 90 };

describe.each(listingNames)('%s', (service) => {
  const dataset = datasetOf[service];

  it('gives, page by page and read by its mapping, exactly the truth', async () => {
    const rows = await sim.all(service, 37);
    expect(rows.map((row) => mapped(row, mappings[dataset]))).toEqual([...sim.world.truth(dataset)]);
  });

  it('caps the page size, and uses the cap where none is asked', async () => {
    expect(rowsOf(jsonOf(await sim.get(service, `?${sizeNames[service]}=5000`)))).toHaveLength(caps[service]);
    expect(rowsOf(jsonOf(await sim.get(service)))).toHaveLength(caps[service]);
    expect(rowsOf(jsonOf(await sim.get(service, `?${sizeNames[service]}=7`)))).toHaveLength(7);
  });

  it('knows no other address and no other method', async () => {
    expect((await ask(`${sim.baseUrls[service]}/baska`, { ca: sim.ca })).status).toBe(404);
    expect((await sim.get(service, '', { method: 'POST' })).status).toBe(404);
    expect((await ask(`${new URL(sim.baseUrls[service]).origin}/control/state`, { ca: sim.ca })).status).toBe(404);
  });

  it('is not reached without trust in its certificate', async () => {
    await expect(
      ask(sim.baseUrls[service] + paths[service], { ca: sim.tls.cert.replace(/[A-Za-z0-9]{64}/, (l) => [...l].reverse().join('')) }),
    ).rejects.toThrow();
  });
});

describe('İŞKUR’s list', () => {
  it('says everything in a 200: result code, total, version, time', async () => {
    const reply = await sim.get('agents', '?offset=230&limit=20');
    const body = jsonOf(reply);
    expect(reply.headers['content-type']).toBe('application/json; charset=windows-1254');
    expect(body).toMatchObject({
      sonuc: { kod: '0' },
      toplam: smallSizes.agents,
      surum: sim.world.version('iskur.agents'),
      veriZamani: '2026-08-17T00:00:00+03:00',
    });
    expect(body.kayitlar).toHaveLength(10);
    expect(rowsOf(jsonOf(await sim.get('agents', '?offset=900')))).toEqual([]);
  });

  it('writes in windows-1254, with signs that ISO-8859-9 lacks', async () => {
    const { body } = await sim.get('agents');
    expect(() => new TextDecoder('utf-8', { fatal: true }).decode(body)).toThrow();
    const bytes = new Set<number>();
    for (let offset = 0; offset < smallSizes.agents; offset += 40)
      for (const byte of (await sim.get('agents', `?offset=${offset}`)).body) bytes.add(byte);
    for (const byte of [0xdd, 0xde, 0xfd, 0xfe]) expect(bytes.has(byte)).toBe(true);
    expect([0x96, 0x92].some((byte) => bytes.has(byte))).toBe(true);
  });

  it('writes dates day first and adds a field nobody agreed on', async () => {
    const rows = await sim.all('agents');
    expect(rows.every((row) => /^(\d\d\.\d\d\.\d{4})?$/.test(row.izinBaslangicTarihi))).toBe(true);
    expect(rows.every((row) => 'kayitKaynagi' in row)).toBe(true);
    expect(new Set(rows.map((row) => row.durum))).toEqual(new Set(['1', '2', '3', 'ASKIDA']));
  });

  it('says yetkisiz and a malformed query in a 200 too', async () => {
    const wrong = await sim.get('agents', '', { headers: { authorization: 'Basic YTpi' } });
    expect([wrong.status, jsonOf(wrong).sonuc]).toEqual([200, { kod: '2', mesaj: 'yetkisiz' }]);
    for (const query of ['?offset=-1', '?limit=0', '?limit=x']) expect(jsonOf(await sim.get('agents', query)).sonuc.kod).toBe('3');
  });
});

describe('e-METİP', () => {
  it('numbers its pages from 1 and puts its version into a header', async () => {
    const reply = await sim.get('workers', '?page=5&size=200');
    expect(jsonOf(reply)).toMatchObject({ toplam: smallSizes.workers, sayfa: 5, sayfaBoyu: 200, sayfaSayisi: 5 });
    expect(reply.headers['x-veri-surumu']).toBe(`W/"${sim.world.version('emetip.workers')}"`);
    expect(rowsOf(jsonOf(reply))).toHaveLength(100);
  });

  it('compresses for those who accept it, and for them alone', async () => {
    const plain = await sim.get('workers');
    const zipped = await sim.get('workers', '', { headers: { 'accept-encoding': 'br, gzip' } });
    expect([plain.headers['content-encoding'], zipped.headers['content-encoding']]).toEqual([undefined, 'gzip']);
    expect(jsonOf(zipped)).toEqual(jsonOf(plain));
    expect(zipped.body.length).toBeLessThan(plain.body.length / 3);
  });

  it('answers 401 to a wrong token and 400 to a malformed query', async () => {
    expect((await sim.get('workers', '', { headers: { authorization: 'Bearer x' } })).status).toBe(401);
    for (const query of ['?page=0', '?size=-3', '?page=bir']) expect((await sim.get('workers', query)).status).toBe(400);
  });
});

describe('ÇTS', () => {
  it('hands out a cursor until the end, and no version', async () => {
    const first = await sim.get('children', '?adet=90');
    expect(jsonOf(first)).toMatchObject({ kayitSayisi: smallSizes.children, sonraki: expect.any(String) });
    expect(Object.keys(first.headers)).not.toContain('x-veri-surumu');
    let cursor: string | null = jsonOf(first).sonraki;
    let pages = 1;
    for (; cursor !== null; pages += 1) cursor = jsonOf(await sim.get('children', `?adet=90&imlec=${cursor}`)).sonraki;
    expect(pages).toBe(4);
  });

  it('writes in ISO-8859-9, and unknown parts of a date as zeros', async () => {
    const reply = await sim.get('children');
    expect(reply.headers['content-type']).toBe('application/json; charset=iso-8859-9');
    expect([...reply.body].some((byte) => byte >= 0x80 && byte < 0xa0)).toBe(false);
    const dates = (await sim.all('children')).map((row) => row.dogumTarihi);
    for (const form of [/^00\/00\/\d{4}$/, /^00\/(?!00)\d\d\/\d{4}$/, /^(?!00)\d\d\/\d\d\/\d{4}$/, /^$/])
      expect(dates.some((date) => form.test(date))).toBe(true);
  });

  it('answers 403 to a wrong key and 400 to a cursor that is none', async () => {
    expect((await sim.get('children', '', { headers: { 'x-api-anahtari': 'x' } })).status).toBe(403);
    expect((await sim.get('children', '?imlec=xyz')).status).toBe(400);
  });
});

it('shows the next day as soon as it has come', async () => {
  const before = await sim.all('workers');
  sim.world.nextDay();
  const after = await sim.all('workers');
  const { added, removed } = sim.world.diff('emetip.workers', 2, 3);
  const ids = (rows: any[]) => rows.map((row) => row.kisi.kimlikNo);
  expect(
    ids(after)
      .filter((id) => !ids(before).includes(id))
      .sort(),
  ).toEqual(added.sort());
  expect(
    ids(before)
      .filter((id) => !ids(after).includes(id))
      .sort(),
  ).toEqual(removed.sort());
});
