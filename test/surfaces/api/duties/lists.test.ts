import { createHash } from 'node:crypto';
import { bounds } from '../../../../src/access/people/form';
import { reasons } from '../../../../src/access/people/form/reasons';
import { completeTckn } from '../../../../src/core/nationalId';
import { csv, type Filled, headings, idOf, rowOf, turkishBytes, xlsx } from '../../../access/people/support/forms';
import { page } from '../../../docs/support/pages';
import { somebody } from '../../../support/people';
import { closeClean, expectProblem, loggedFor, logOf } from '../support';
import { auditText, csvType, type Duties, duties, type Somebody, xlsxType } from './administrators';

const where = (query = '') => `/v1/personnel/lists?document=${encodeURIComponent('Ek-3/1 sayılı yazı')}${query}`;
const list = (...rows: string[][]) => csv([headings, ...rows]);

describe('a list of personnel over the API', () => {
  let all: Duties;
  let cgm: Somebody;

  beforeAll(async () => {
    all = await duties();
    cgm = all.administrators.cgm;
  });
  afterAll(async () => {
    const [log, audit] = [logOf(all.broker), await auditText(all)];
    for (const secret of ['Işıkoğlu', 'Gizlisöz', 'kurum.example', 'Uzman', idOf(1), idOf(2)])
      for (const text of [log, audit]) expect(text).not.toContain(secret);
    await closeClean(all.broker);
  });

  const send = (body: Buffer | string, headers: Record<string, string> = csvType, query = '', as = cgm) =>
    all.ask(as, where(query), { body, headers });
  const take = (body: Buffer, headers = csvType, query = '', as = cgm) => all.done('importPersonnel', as, where(query), { body, headers });
  const people = async (as = cgm) => (await all.done('listPersonnel', as, '/v1/personnel?names=true')).personnel;
  const stored = async () => {
    const { rows } = await all.broker.database.db.pool.query(
      `select (select count(*) from person) as people, (select count(*) from person_version) as versions,
              (select count(*) from person_token where revoked_at is not null) as ended,
              (select count(*) from audit_entry where kind = 'operation') as operations`,
    );
    return rows[0];
  };

  test('in CSV and XLSX it is the same: what was sent can be read again, and was done by the administrator', async () => {
    const over: Filled = { İl: 'Adana', IP: '10.1.0.0/16', 'Bitiş Tarihi': '31.01.2027', 'Eğitim Tarihi': '05.02.2026' };
    const rows = [rowOf(1, over), rowOf(2)];
    const bytes = list(...rows);
    const before = (await people()).length;
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    expect(await take(bytes)).toEqual({
      ...{ listed: 2, added: 2, changed: 0, same: 0, removed: 0, unlisted: before, tokensEnded: 0 },
      ...{ sha256, dryRun: false },
    });
    const found = await people();
    expect(found.slice(before)).toEqual([
      {
        id: expect.any(Number),
        unit: 'Bilgi İşlem',
        province: '01',
        roles: ['query', 'statistics'],
        addresses: ['10.1.0.0/16'],
        validFrom: '2026-02-01',
        validUntil: '2027-01-31',
        trainedOn: '2026-02-05',
        undertaking: null,
        acceptedOn: null,
        standing: 'undertaking-missing',
        name: 'Örnekb Işıkoğlu',
        title: 'Uzman',
        email: 'kisi1@kurum.example',
      },
      expect.objectContaining({ name: 'Örnekc Işıkoğlu', standing: 'untrained', province: null }),
    ]);
    for (const [body, type] of [
      [xlsx([headings, ...rows]), xlsxType],
      [turkishBytes(bytes.toString()), { 'content-type': 'text/csv; charset=windows-1254' }],
      [turkishBytes(bytes.toString()), { 'content-type': 'Text/CSV;charset="ISO-8859-9"' }],
      [bytes, { 'content-type': 'text/csv; charset=UTF-8' }],
      [bytes, { ...csvType, 'transfer-encoding': 'chunked' }],
    ] as const)
      expect(await take(body, type as never)).toMatchObject({ added: 0, changed: 0, same: 2 });
    expect(await people()).toEqual(found);
    const { rows: versions } = await all.broker.database.db.pool.query(
      'select distinct document, document_sha256, by from person_version where document_sha256 is not null',
    );
    expect(versions).toEqual([{ document: 'Ek-3/1 sayılı yazı', document_sha256: sha256, by: `person:${cgm.id}` }]);
  });

  test('goes to the own party alone', async () => {
    const before = await people();
    expect(await take(list(rowOf(1)), csvType, '', all.administrators.iskur)).toMatchObject({ added: 1 });
    expect(await people()).toEqual(before);
    expectProblem(await all.ask(cgm, where('&party=iskur'), { body: list(rowOf(1)), headers: csvType }), 400, 'request-invalid');
  });

  test('a dry run tells what it would do and writes nothing', async () => {
    const before = await stored();
    expect(await take(list(rowOf(1), rowOf(5)), csvType, '&dryRun=true')).toMatchObject({ added: 1, changed: 1, dryRun: true });
    expect(await stored()).toEqual(before);
  });

  test('mistakes refuse all of it, each told by row, column and a stable reason, and never with what stands there', async () => {
    const before = await stored();
    const secret = '<Gizlisöz';
    const rows = [
      rowOf(11, { 'Ad Soyad': secret, Roller: 'Yönetici' }),
      rowOf(12),
      rowOf(13, { 'T.C. Kimlik No': completeTckn('991234567') }),
      rowOf(12, { Birim: '' }),
      rowOf(12),
      [...rowOf(14), 'x'],
    ];
    const wanted = [
      { row: 2, column: 'Ad Soyad', reason: 'name-malformed' },
      { row: 2, column: 'Roller', reason: 'role-unknown' },
      { row: 4, column: 'T.C. Kimlik No', reason: 'id-other-kind' },
      { row: 5, column: 'Birim', reason: 'empty' },
      { row: 6, column: 'T.C. Kimlik No', reason: 'id-twice' },
      { row: 7, reason: 'heading-missing' },
    ];
    for (const [body, type] of [
      [list(...rows), csvType],
      [xlsx([headings, ...rows]), xlsxType],
    ] as const) {
      const answer = await send(body, type);
      expectProblem(answer, 400, 'form-invalid');
      all.contract.expectPromised('importPersonnel', answer);
      expect(answer.json.mistakes).toEqual(wanted);
      expect(answer.text).not.toMatch(/Gizlisöz|Işıkoğlu|Yönetici|\d{6}(?![\w-]*")/);
      expect((await loggedFor(all.broker, answer)).map((l) => l.code)).toEqual([null, 'form-invalid']);
    }
    expect(await stored()).toEqual(before);
  });

  test('so many mistakes that they are not all told are bounded', async () => {
    const rows = Array.from({ length: 600 }, (_, i) => rowOf(i, { Birim: '' }));
    const answer = await send(list(...rows));
    expect(answer.json.mistakes).toHaveLength(500);
    expect(answer.json.detail).toMatch(/; and 570 more\.$/);
    all.contract.expectPromised('importPersonnel', answer);
  });

  test('a complete one removes whoever is not in it, and the tokens end; but not who sends it', async () => {
    const { broker } = all.broker.app;
    const nationalId = idOf(77);
    const own = { 'Ad Soyad': 'Deneme Kişisi', 'T.C. Kimlik No': nationalId, Birim: 'Merkez', Roller: 'Personel yönetimi' };
    const dates = { 'Başlangıç Tarihi': '2000-01-01', 'E-posta': 'yonetici@ornek.example' };
    const iskur = await somebody(broker, 'iskur', { nationalId, roles: ['personnel'], email: 'yonetici@ornek.example' });
    const other = await somebody(broker, 'iskur');
    await take(list(rowOf(1)), csvType, '', iskur);
    const before = await stored();
    const without = await send(list(rowOf(1)), csvType, '&complete=true', iskur);
    expectProblem(without, 403, 'self-refused');
    all.contract.expectPromised('importPersonnel', without);
    const wider = await send(list(rowOf(1), rowOf(77, { ...own, ...dates, Roller: 'Personel yönetimi, Sorgulama' })), csvType, '', iskur);
    expectProblem(wider, 403, 'self-refused');
    expect(await stored()).toEqual(before);
    expect((await all.ask(other, '/v1/datasets')).status).toBe(200);
    const done = await take(list(rowOf(1), rowOf(77, { ...own, ...dates })), csvType, '&complete=true', iskur);
    expect(done).toMatchObject({ same: 2, added: 0, changed: 0, unlisted: 0 });
    expect(done.tokensEnded).toBe(done.removed);
    expectProblem(await all.ask(other, '/v1/datasets'), 401, 'not-authenticated');
    expect((await all.ask(iskur, '/v1/tokens')).status).toBe(200);
  });

  test.each<[string, () => Buffer, Record<string, string>, number, string]>([
    ['nothing', () => Buffer.alloc(0), csvType, 400, 'form-invalid'],
    ['empty lines', () => Buffer.from('\n'.repeat(50)), csvType, 400, 'form-invalid'],
    ['headings alone', () => list(), csvType, 400, 'form-invalid'],
    ['binary', () => Buffer.from([0, 1, 2, 3, 0xff]), csvType, 400, 'form-invalid'],
    ['UTF-16', () => Buffer.from(`\ufeff${list(rowOf(9))}`, 'utf16le'), csvType, 400, 'form-invalid'],
    ['100,000 rows', () => Buffer.from('x;y\n'.repeat(100_000)), csvType, 413, 'too-large'],
    ['100,000 empty rows', () => Buffer.from('\n'.repeat(100_000)), csvType, 413, 'too-large'],
    ['too many people', () => xlsx([headings, ...Array.from({ length: bounds.rows + 1 }, (_, i) => rowOf(i))]), xlsxType, 413, 'too-large'],
    ['more than 2 MiB', () => Buffer.alloc(2 * 1024 * 1024 + 1, 'x'), csvType, 413, 'too-large'],
    ['a zip bomb', () => xlsx([], { sheetXml: ' '.repeat(bounds.inflatedBytes + 1) }), xlsxType, 413, 'too-large'],
    ['a cut workbook', () => xlsx([headings, rowOf(9)]).subarray(0, 400), xlsxType, 400, 'form-invalid'],
    [
      'entities',
      () => xlsx([], { sheetXml: '<!DOCTYPE x [<!ENTITY a "aaaa">]><worksheet>&a;</worksheet>' }),
      xlsxType,
      400,
      'form-invalid',
    ],
    ['one row too many, the last one wrong', () => list(rowOf(21), rowOf(22), rowOf(23, { İl: '99' })), csvType, 400, 'form-invalid'],
    ['UTF-8 called windows-1254', () => list(rowOf(9)), { 'content-type': 'text/csv; charset=windows-1254' }, 415, 'media-type'],
    [
      'windows-1254 called UTF-8',
      () => turkishBytes(list(rowOf(9)).toString()),
      { 'content-type': 'text/csv;charset=utf-8' },
      415,
      'media-type',
    ],
    ['in another character set', () => list(rowOf(9)), { 'content-type': 'text/csv; charset=utf-16' }, 415, 'media-type'],
    ['compressed', () => list(rowOf(9)), { ...csvType, 'content-encoding': 'gzip' }, 415, 'media-type'],
    ['JSON', () => Buffer.from('{"document":"x"}'), { 'content-type': 'application/json' }, 415, 'media-type'],
    ['a form', () => Buffer.from('a=b'), { 'content-type': 'application/x-www-form-urlencoded' }, 415, 'media-type'],
    ['in parts', () => list(rowOf(9)), { 'content-type': 'multipart/form-data; boundary=x' }, 415, 'media-type'],
    ['of no type', () => list(rowOf(9)), {}, 415, 'media-type'],
  ])('a body that is %s is refused and leaves nothing behind', async (_what, make, headers, status, code) => {
    const before = await stored();
    const answer = await send(make(), headers);
    expectProblem(answer, status, code);
    all.contract.expectPromised('importPersonnel', answer);
    expect(answer.text).not.toMatch(/Işıkoğlu|kurum\.example/);
    expect(await stored()).toEqual(before);
  });

  test('no other route takes such a body', async () => {
    for (const [other, headers] of [
      ['/v1/datasets/iskur.agents/record', csvType],
      [`/v1/personnel/${cgm.id}/training`, xlsxType],
      ['/v1/tokens/1/revocation', csvType],
    ] as const)
      expectProblem(await all.ask(cgm, other, { body: list(rowOf(9)), headers }), 415, 'media-type');
  });

  test('without a body or a document there is nothing to take', async () => {
    expectProblem(await all.ask(cgm, where(), { method: 'POST' }), 415, 'media-type');
    expectProblem(await all.ask(cgm, '/v1/personnel/lists', { body: list(rowOf(9)), headers: csvType }), 400, 'request-invalid');
    expect(await take(list(rowOf(1)), csvType, '&dryRun=true')).toMatchObject({ listed: 1 });
    const number = await all.ask(cgm, '/v1/personnel/lists?document=2026&dryRun=true', { body: list(rowOf(1)), headers: csvType });
    expect(number.status).toBe(200);
  });
});

test('api.md tells every reason why a row cannot stand, and none that is not there', () => {
  const table = /\| reason \|.*\n\|[-|]+\n((?:\|.*\n)+)/.exec(page('docs/api.md'))?.[1] ?? '';
  const told = [...table.matchAll(/^\| ([^|]*) \|/gm)].flatMap(([, names]) =>
    [...(names as string).matchAll(/`([a-z-]+)`/g)].map((m) => m[1]),
  );
  expect(told.sort()).toEqual(Object.keys(reasons).sort());
});
