import { gzipSync } from 'node:zlib';
import { all, cleanUp, connectQuery, listingConfig, never, pull, queryConfig, serve } from '../support';

afterEach(cleanUp);

test.each([
  [400, 'source-fault', 'halt'],
  [401, 'source-not-authorised', 'halt'],
  [403, 'source-not-authorised', 'halt'],
  [404, 'source-not-found', 'halt'],
  [405, 'source-fault', 'halt'],
  [304, 'source-fault', 'halt'],
  [408, 'source-fault', 'retry'],
  [429, 'source-fault', 'retry'],
  [500, 'source-fault', 'retry'],
  [503, 'source-fault', 'retry'],
])('HTTP %i is %s, severity %s', async (status, code, severity) => {
  const { origin, seen } = await serve(() => ({ status, body: '[]' }));
  await expect(pull(listingConfig(origin, { retry: { attempts: 3 } }))).rejects.toMatchObject({ code, severity });
  // Only what may pass is tried again.
  expect(seen).toHaveLength(severity === 'retry' ? 3 : 1);
});

describe('"yetkisiz" sent as a 500', () => {
  const meanings = {
    notAuthorised: [{ status: 500, contains: 'yetkisiz' }],
    notFound: [{ status: 500, contains: 'kayıt bulunamadı' }, { status: 410 }],
  };
  const answer = async (body: string | Buffer, encoding = 'utf-8', headers: Record<string, string> = {}, status = 500) => {
    const { origin } = await serve(() => ({ status, body, headers }));
    return pull(listingConfig(origin, { meanings, response: { encoding }, retry: { attempts: 1 } })).then(
      () => 'read',
      (error: { code: string }) => error.code,
    );
  };

  test.each([
    ['as it is configured', '{"hata":"yetkisiz"}'],
    ['in Turkish capitals', 'HATA: YETKİSİZ ERİŞİM'],
    ['in capitals of a program that knows no Turkish', 'YETKISIZ'],
    ['decomposed', 'YETKİSİZ'.normalize('NFD')],
  ])('is found %s', async (_, body) => {
    expect(await answer(body)).toBe('source-not-authorised');
  });

  test('is found in windows-1254, escaped and packed', async () => {
    expect(await answer(Buffer.from('KAYIT BULUNAMADI', 'latin1'), 'windows-1254')).toBe('source-not-found');
    expect(await answer(Buffer.from('kay\u00fdt bulunamad\u00fd', 'latin1'), 'windows-1254')).toBe('source-not-found');
    expect(await answer('{"m":"kay\\u0131t bulunamad\\u0131"}')).toBe('source-not-found');
    expect(await answer(gzipSync('yetkisiz'), 'utf-8', { 'content-encoding': 'gzip' })).toBe('source-not-authorised');
  });

  test('is not found elsewhere', async () => {
    expect(await answer('bakım')).toBe('source-fault');
    expect(await answer('yetkisiz', 'utf-8', {}, 502)).toBe('source-fault');
    expect(await answer('yetkisiz', 'utf-8', { 'content-encoding': 'gzip' })).toBe('source-fault');
    // Only the beginning of an answer is searched.
    expect(await answer(`${' '.repeat(70_000)}yetkisiz`)).toBe('source-fault');
    expect(await answer('', 'utf-8', {}, 410)).toBe('source-not-found');
  });
});

test('a rule for 200 reads an answer that is otherwise a success', async () => {
  const { origin } = await serve(() => ({ body: { mesaj: 'Yetkisiz kullanıcı' } }));
  const { source, read } = connectQuery(queryConfig(origin, { meanings: { notAuthorised: [{ status: 200, contains: 'YETKİSİZ' }] } }));
  async function* ids() {
    yield '17291716060';
  }
  await expect(all(source.queries(ids(), read, never))).rejects.toMatchObject({ code: 'source-not-authorised' });
});
