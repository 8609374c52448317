import zlib from 'node:zlib';
import { KopruError } from '../../../src/core/errors';
import { answerPlan, openPage, type RawPage } from '../../../src/sources';
import { listingConfig, queryConfig } from '../support';

type Loose = Record<string, unknown>;
const open = (raw: RawPage | string | Uint8Array, response: Loose = {}, more: Loose = {}) => {
  const page = typeof raw === 'string' ? { bytes: Buffer.from(raw) } : raw instanceof Uint8Array ? { bytes: raw } : raw;
  return openPage(page, answerPlan(listingConfig('https://x.example', { response, ...more })));
};
const code = (run: () => unknown) => {
  try {
    run();
  } catch (error) {
    if (error instanceof KopruError) return error.code;
    throw error;
  }
  return 'no failure';
};

describe('encodings', () => {
  const turkish = 'ĞÜŞİÖÇ ğüşıöç';
  const singleByte = Buffer.from('5b22d0dcded6c7ddf0fcfef6e7fd225d', 'hex'); // ["ĞÜŞÖÇİğüşöçı"]

  test('UTF-8, with a byte order mark or without', () => {
    expect(open(JSON.stringify([turkish])).records).toEqual([turkish]);
    expect(open(`\ufeff${JSON.stringify([turkish])}`).records).toEqual([turkish]);
  });

  test.each(['windows-1254', 'iso-8859-9'])('%s', (encoding) => {
    expect(open(singleByte, { encoding }).records).toEqual(['ĞÜŞÖÇİğüşöçı']);
  });

  test('windows-1254 has signs that ISO-8859-9 has not', () => {
    expect(open(Buffer.from('5b2293948085225d', 'hex'), { encoding: 'windows-1254' }).records).toEqual(['“”€…']);
  });

  test.each([
    ['another encoding than configured', singleByte, 'utf-8'],
    ['a doubled byte order mark', Buffer.from('\ufeff\ufeff[]'), 'utf-8'],
    ['UTF-16', Buffer.from('\ufeff[]', 'utf16le'), 'utf-8'],
    ['a UTF-8 mark where windows-1254 is configured', Buffer.from('\ufeff[]'), 'windows-1254'],
  ])('%s is refused rather than guessed at', (_, bytes, encoding) => {
    expect(code(() => open(bytes, { encoding }))).toBe('source-garbled');
  });
});

describe('compression', () => {
  const text = JSON.stringify([{ n: 1 }]);
  test.each<[string, (b: Buffer) => Buffer]>([
    ['gzip', (b) => zlib.gzipSync(b)],
    ['X-GZIP', (b) => zlib.gzipSync(b)],
    ['deflate', (b) => zlib.deflateSync(b)],
    ['deflate', (b) => zlib.deflateRawSync(b)],
    ['br', (b) => zlib.brotliCompressSync(b)],
    ['identity', (b) => b],
  ])('%s', (contentEncoding, pack) => {
    expect(open({ bytes: pack(Buffer.from(text)), contentEncoding }).records).toEqual([{ n: 1 }]);
  });

  test.each<[string, Buffer, string]>([
    ['cut gzip', zlib.gzipSync(Buffer.from(text)).subarray(0, 15), 'gzip'],
    ['text that says it is gzip', Buffer.from(text), 'gzip'],
    ['nothing that says it is gzip', Buffer.alloc(0), 'gzip'],
    ['what nobody asked for', zlib.gzipSync(Buffer.from(text)), 'zstd'],
    ['packed twice', zlib.gzipSync(zlib.gzipSync(Buffer.from(text))), 'gzip, gzip'],
  ])('%s is refused', (_, bytes, contentEncoding) => {
    expect(code(() => open({ bytes, contentEncoding }))).toBe('source-garbled');
  });

  test.each<[string, (b: Buffer) => Buffer]>([
    ['gzip', (b) => zlib.gzipSync(b)],
    ['deflate', (b) => zlib.deflateSync(b)],
    ['br', (b) => zlib.brotliCompressSync(b)],
    ['identity', (b) => b],
  ])('%s stops at the bound', (contentEncoding, pack) => {
    const bytes = pack(Buffer.alloc(3_000_000, ' '));
    expect(code(() => open({ bytes, contentEncoding }, {}, { limits: { maxInflatedBytes: 1_000_000 } }))).toBe('source-too-large');
  });
});

describe('where the records stand', () => {
  test('at a path, or the whole body', () => {
    expect(open('{"a":{"b":[1]}}', { records: 'a.b' }).records).toEqual([1]);
    expect(open('{"a":{"b":[1]}}', { records: '$.a.b' }).records).toEqual([1]);
    expect(open('[2]').records).toEqual([2]);
  });

  test.each([
    ['{"items":{"0":1}}', 'items'],
    ['{"items":null}', 'items'],
    ['{"items":"[]"}', 'items'],
    ['{}', 'items'],
    ['{}', 'constructor'],
    ['{}', '__proto__'],
    ['{"a":"text"}', 'a.length'],
    ['{"items":[1', 'items'],
    ['', 'items'],
    ['<html>', 'items'],
    ['null', 'items'],
    [`${'['.repeat(200_000)}`, '$'],
  ])('%.20s has no list at %s', (body, records) => {
    expect(code(() => open(body, { records }))).toBe('source-garbled');
  });

  test('names that objects inherit are names like any other when they are sent', () => {
    expect(open('{"__proto__":{"constructor":[1]},"x":0}', { records: '__proto__.constructor' }).records).toEqual([1]);
    expect(open('{"items":[]}', { records: 'items', total: '__proto__.total' }).envelope).toEqual({ count: 0 });
    expect(({} as Loose).constructor).toBe(Object);
  });

  test('nesting without end is carried, not run into', () => {
    const deep = `[${'['.repeat(50_000)}${']'.repeat(50_000)}]`;
    expect(open(deep).envelope.count).toBe(1);
  });

  test('a query’s one record may stand alone, and null means none', () => {
    const ask = (body: string) =>
      openPage({ bytes: Buffer.from(body) }, answerPlan(queryConfig('https://x.example', { response: { records: 'veri' } }))).records;
    expect(ask('{"veri":{"a":1}}')).toEqual([{ a: 1 }]);
    expect(ask('{"veri":[{"a":1}]}')).toEqual([{ a: 1 }]);
    expect(ask('{"veri":null}')).toEqual([]);
    expect(code(() => ask('{"veri":"x"}'))).toBe('source-garbled');
    expect(code(() => ask('{}'))).toBe('source-garbled');
  });
});

describe('result codes in the body', () => {
  const response = { records: 'veri', code: { at: 'sonuc.kod', ok: ['00', 1], notFound: ['04'], notAuthorised: ['yetkisiz', 403] } };
  const answered = (kod: unknown) => code(() => open(JSON.stringify({ sonuc: { kod }, veri: [] }), response));

  test.each([
    ['00', 'no failure'],
    [1, 'no failure'],
    ['1', 'no failure'],
    ['04', 'source-not-found'],
    ['yetkisiz', 'source-not-authorised'],
    ['403', 'source-not-authorised'],
    ['99', 'source-fault'],
    [0, 'source-fault'],
    ['0', 'source-fault'],
    [undefined, 'source-garbled'],
    [null, 'source-garbled'],
    [{}, 'source-garbled'],
  ])('%p is %s', (kod, meaning) => {
    expect(answered(kod)).toBe(meaning);
  });

  test('a fault is one even where no records are sent with it, and a long code is not repeated', () => {
    expect(() => open('{"sonuc":{"kod":"99"}}', response)).toThrow('result code 99');
    expect(() => open('{"sonuc":{"kod":"kimlik 17291716060"}}', response)).toThrow(/own \(result code\)/);
  });
});

describe('what a page says of the whole', () => {
  test('total, pages, version, time and the next cursor', () => {
    const body = JSON.stringify({ d: [{ n: 1 }], t: '12', p: 3, v: 7, at: '2026-11-21T03:00:00', c: 9 });
    const response = { records: 'd', total: 't', version: 'v', time: 'at' };
    expect(open(body, response, { paging: { style: 'page', pages: 'p' } }).envelope).toMatchObject({
      count: 1,
      total: 12,
      pages: 3,
      version: '7',
      time: '2026-11-21T00:00:00.000Z',
    });
    expect(open(body, response, { paging: { style: 'cursor', next: 'c' } }).envelope.next).toBe('9');
    expect(open({ bytes: Buffer.from(body), versionHeader: 'W/"a"' }, { records: 'd', version: { header: 'ETag' } }).envelope.version).toBe(
      'W/"a"',
    );
  });

  test.each([['"many"'], ['-1'], ['1.5'], ['[]'], ['true'], ['1e300'], ['"99999999999999999999"']])('a total of %s is garbled', (t) => {
    expect(code(() => open(`{"d":[],"t":${t}}`, { records: 'd', total: 't' }))).toBe('source-garbled');
  });

  test.each([
    ['"2026-11-21T10:00:00Z"', '2026-11-21T10:00:00.000Z'],
    ['"2026-11-21 10:00"', '2026-11-21T07:00:00.000Z'],
    ['"2026-11-21"', '2026-11-20T21:00:00.000Z'],
    ['"21.11.2026 10:00:05"', '2026-11-21T07:00:05.000Z'],
    ['"21.11.2026"', '2026-11-20T21:00:00.000Z'],
    ['1795258800', '2026-11-21T11:00:00.000Z'],
    ['1795258800000', '2026-11-21T11:00:00.000Z'],
    ['null', undefined],
    ['""', undefined],
  ])('the time %s', (at, instant) => {
    expect(open(`{"d":[],"at":${at}}`, { records: 'd', time: 'at' }).envelope.time).toBe(instant);
  });

  test.each([['"yesterday"'], ['"31.31.2026"'], ['{}'], ['1e30']])('the time %s is garbled', (at) => {
    expect(code(() => open(`{"d":[],"at":${at}}`, { records: 'd', time: 'at' }))).toBe('source-garbled');
  });
});
