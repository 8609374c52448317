import fc from 'fast-check';
import type { Field } from '../../src/disclosure/door';
import { csvOf, headings, textCell } from '../../src/surfaces/csv';
import { separators } from '../../src/surfaces/exported';
import { parseCsv } from '../support/csv';

const field = (type: string, label = 'Ad'): Field => ({ type, label, sensitivity: 'open', required: false, article: 'policy' }) as Field;
const sign = /^[=+\-@＝＋－＠−]/;
/** Text with much of what makes trouble in it. */
const hostile = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        '=',
        '+',
        '-',
        '@',
        '＝',
        '＋',
        '－',
        '＠',
        '−',
        "'",
        '"',
        ';',
        ',',
        '\t',
        '\r',
        '\n',
        ' ',
        '\u00a0',
        '\u200b',
        '\ufeff',
      ),
      fc.constantFrom('0', '12', 'a', 'ş', 'İ', 'ı', '|', '#', '()', 'SUM(A1)', "cmd|'/C calc'!A0"),
      fc.string({ unit: 'grapheme' }),
    ),
  )
  .map((parts) => parts.join(''));

describe('a text cell', () => {
  test.each([
    ['=1+1', "'=1+1"],
    ['+1+1', "'+1+1"],
    ['-1+1', "'-1+1"],
    ['-', "'-"],
    ['@SUM(A1)', "'@SUM(A1)"],
    ['\t=1', "'\t'=1"],
    ['\rx', "'\rx"],
    ['\nx', "'\nx"],
    ['\u0001x', "'\u0001x"],
    ['  =1+1', "'  =1+1"],
    ['\u00a0=1+1', "'\u00a0=1+1"],
    ['\u200b\ufeff=1+1', "'\u200b\ufeff=1+1"],
    ['＝1+1', "'＝1+1"],
    ['＋1', "'＋1"],
    ['－1', "'－1"],
    ['＠A1', "'＠A1"],
    ['−1', "'−1"],
    ['=HYPERLINK("https://x.invalid","a")', '\'=HYPERLINK("https://x.invalid","a")'],
    ["=cmd|'/C calc'!A0", "'=cmd|'/C calc'!A0"],
    // What another separator would make a cell's beginning.
    ['a;=1+1;b', "\ta;'=1+1;b"],
    ['a, -x', "a,' -x"],
    ['a\r\n"=1', '\ta\r\n\'"=1'],
  ])('%j has no formula: %j', (text, written) => expect(textCell(text)).toBe(written));

  test.each(['01', '00123456789', '+905321234567', '+49 151 1234', '0532 123 45 67', '1990-05', '1E5', '3-4', '12:30', '%5', '٣', '½'])(
    '%s stays as it is written',
    (text) => expect(textCell(text)).toBe(`\t${text}`),
  );
  test.each(['TRUE', 'false', 'DOĞRU', 'Yanlış', 'YANLIŞ', '#N/A'])('%s stays a word', (text) => expect(textCell(text)).toBe(`\t${text}`));

  test.each([
    'Şükrü Işık',
    'ığüşöç İĞÜŞÖÇ',
    'Tarım Hizmetleri – Adana Şubesi',
    "Tarım'da; Ltd. Şti.",
    'a-b',
    'e-posta@x',
    'x = y',
    "'x",
    '',
  ])('%j is not touched', (text) => expect(textCell(text)).toBe(text));

  test('no character that is normalised to a sign slips through', () => {
    const through: string[] = [];
    for (let code = 0; code < 0x30000; code += 1) {
      const character = String.fromCodePoint(code);
      const isSurrogate = code >= 0xd800 && code < 0xe000;
      const forms = isSurrogate ? [] : (['NFKC', 'NFKD'] as const).map((form) => character.normalize(form)[0] ?? '');
      if (forms.some((form) => /[=+\-@]/.test(form)) && !/^'/.test(textCell(`${character}1`)) && !/[≠≮≯]/.test(character))
        through.push(code.toString(16));
    }
    // A plus before nothing but digits is a number.
    expect(through).toEqual(['2b']);
  });

  test('whatever it holds: no formula begins in it, at whatever separator it is split', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        const cell = textCell(text);
        for (const piece of cell.split(/[;,\t\r\n]/)) {
          const begin = piece.replace(/^[\s\p{C}"]+/u, '');
          if (sign.test(begin)) expect(begin).toMatch(/^\+\d[\d ]*$/);
        }
        expect(cell).not.toMatch(/^[\r\n]/);
        if (cell.startsWith('\t')) expect(cell.slice(1)).not.toMatch(/^[=\-@＝＋－＠−\t]/);
      }),
      { numRuns: 5000 },
    );
  });

  test('nothing is lost: without its marks it is the text', () => {
    fc.assert(
      fc.property(hostile, (given) => {
        const text = given.replaceAll("'", '');
        const cell = textCell(text);
        expect((cell.startsWith('\t') ? cell.slice(1) : cell).replaceAll("'", '')).toBe(text);
      }),
    );
  });
});

describe('CSV', () => {
  const fields = {
    id: field('nationalId', 'T.C. Kimlik No'),
    name: field('text', 'Ad Soyad'),
    born: field('partialDate', 'Doğum Tarihi'),
    since: field('date', 'Başlangıç'),
    count: field('integer', 'Sayı'),
    helped: field('boolean', 'Yönlendirildi'),
    province: field('province', 'İl'),
    phone: field('phone', 'Telefon'),
    status: field('code', 'Durum'),
  };
  const names = Object.keys(fields);

  test('has a byte order mark, Turkish headings, CRLF, and each type in its form', () => {
    const { heading, lines } = csvOf(fields, names, 'semicolon');
    expect(heading).toBe('\ufeff"T.C. Kimlik No";"Ad Soyad";"Doğum Tarihi";"Başlangıç";"Sayı";"Yönlendirildi";"İl";"Telefon";"Durum"\r\n');
    const record = {
      id: '1234567890',
      name: 'Ümmü "Gül" Işık',
      born: '1990-05-01',
      since: '2026-01-15',
      count: 0,
      helped: true,
      province: '01',
      phone: { e164: '+905321234567', raw: '0532 123 45 67' },
      status: 'AKTİF',
    };
    expect(lines([record])).toBe(
      '"\t1234567890";"Ümmü ""Gül"" Işık";"1990-05-01";"2026-01-15";0;"Evet";"\t01";"\t+905321234567";"AKTİF"\r\n',
    );
    const partial = { id: '1234567890', name: 'a', born: '1990-05', count: -3, helped: false, phone: { e164: null, raw: 'yok' } };
    expect(lines([partial as never, { ...partial, born: '1990' } as never])).toBe(
      '"\t1234567890";"a";"\t1990-05";;-3;"Hayır";;"yok";\r\n"\t1234567890";"a";"\t1990";;-3;"Hayır";;"yok";\r\n',
    );
  });

  test('has the fields that are given, in their order', () => {
    const { heading, lines } = csvOf(fields, ['province', 'name'], 'comma');
    expect(heading + lines([{ name: 'a,b', province: '06', id: 'no' }])).toBe('\ufeff"İl","Ad Soyad"\r\n"\t06","a,b"\r\n');
    expect(lines([])).toBe('');
  });

  test('a line that holds one empty cell is a line', () => {
    expect(csvOf(fields, ['name'], 'semicolon').lines([{ name: null }, { name: 'a' }])).toBe('""\r\n"a"\r\n');
  });

  test('a form that fits no date is no date, whatever its field', () => {
    expect(csvOf(fields, ['since', 'name'], 'comma').lines([{ since: '=1-1', name: '2026-01-15' }])).toBe('"\'=1-1","\t2026-01-15"\r\n');
  });

  test('whatever it holds, a reader of RFC 4180 gets the cells back', () => {
    const record = fc.record({ name: fc.option(hostile), status: fc.option(hostile), count: fc.option(fc.integer()) });
    const asked = fc.uniqueArray(fc.constantFrom('name', 'status', 'count'), { minLength: 1 });
    fc.assert(
      fc.property(fc.array(record), asked, fc.constantFrom('semicolon', 'comma'), (records, some, separator) => {
        const { heading, lines } = csvOf(fields, some, separator as 'comma');
        const [first, ...rest] = parseCsv(heading + lines(records), separators[separator as 'comma']);
        expect(first).toEqual(some.map((name) => fields[name as 'name'].label));
        const told = (value: string | number | null) => (typeof value === 'string' ? textCell(value) : value === null ? '' : String(value));
        expect(rest).toEqual(records.map((r) => some.map((name) => told(r[name as 'name']))));
      }),
    );
  });
});

describe('headings', () => {
  test('are the labels; two fields of one label are told apart by their names', () => {
    expect(headings({ a: { label: 'Ad' }, b: { label: 'İl' }, c: { label: 'Ad' } })).toEqual({ a: 'Ad (a)', b: 'İl', c: 'Ad (c)' });
    expect(headings({ a: { label: 'Ad' }, b: { label: 'Ad' }, c: { label: 'Ad (a)' } })).toEqual({
      a: 'Ad (a)',
      b: 'Ad (b)',
      c: 'Ad (a) (c)',
    });
  });

  test('always differ', () => {
    const label = fc.constantFrom('Ad', 'İl', 'Ad (a)', 'Ad (b)', 'İl (a)', 'İl (a) (b)');
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom('a', 'b', 'c', 'd', 'e'), fc.record({ label })), (dataset) => {
        const all = Object.values(headings(dataset));
        expect(new Set(all).size).toBe(all.length);
      }),
    );
  });
});
