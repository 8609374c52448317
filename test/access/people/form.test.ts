import { strToU8 } from 'fflate';
import { bounds, readForm } from '../../../src/access/people/form';
import { roles } from '../../../src/access/people/person';
import type { KopruError } from '../../../src/core/errors';
import { completeTckn, completeVkn } from '../../../src/core/nationalId';
import { hasOffice, savedInOffice } from '../../support/office';
import { csv, type Filled, headings, idOf, rowOf, turkishBytes, xlsx } from './support/forms';

const context = { today: '2026-11-22', undertakings: new Set([1, 2]) };
const read = (bytes: Uint8Array) => readForm(bytes, context);

function refusal(bytes: Uint8Array): KopruError {
  try {
    read(bytes);
  } catch (error) {
    return error as KopruError;
  }
  throw new Error('the form was taken');
}
const one = (over: Filled) => csv([headings, rowOf(1, over)]);
const reason = (over: Filled) => refusal(one(over)).message;

const full: Filled = {
  İl: 'Adana',
  IP: '10.1.0.0/16, 192.0.2.7, 2001:DB8::/32',
  'Bitiş Tarihi': '2027-01-31',
  'Eğitim Tarihi': '05.02.2026',
  'Taahhütname Sürümü': '2',
  'Taahhütname Tarihi': '06.02.2026',
};
const filled = {
  name: 'Örnekb Işıkoğlu',
  nationalId: idOf(1),
  title: 'Uzman',
  email: 'kisi1@kurum.example',
  unit: 'Bilgi İşlem',
  province: '01',
  roles: ['query', 'statistics'],
  addresses: ['10.1.0.0/16', '192.0.2.7/32', '2001:db8::/32'],
  validFrom: '2026-02-01',
  validUntil: '2027-01-31',
  trainedOn: '2026-02-05',
  undertaking: 2,
  acceptedOn: '2026-02-06',
};

describe('a form in CSV', () => {
  test('gives a person for each row, with what the columns say and no more', () => {
    expect(read(csv([headings, rowOf(1, full), rowOf(2)]))).toEqual([
      filled,
      {
        name: 'Örnekc Işıkoğlu',
        nationalId: idOf(2),
        title: 'Uzman',
        email: 'kisi2@kurum.example',
        unit: 'Bilgi İşlem',
        roles: ['query', 'statistics'],
        addresses: [],
        validFrom: '2026-02-01',
      },
    ]);
  });

  test.each([
    ['with semicolons', csv([headings, rowOf(1, full)])],
    ['with commas', csv([headings, rowOf(1, full)], ',')],
    ['with a byte order mark', Buffer.concat([Buffer.from('\ufeff'), csv([headings, rowOf(1, full)])])],
    ['in windows-1254', turkishBytes(csv([headings, rowOf(1, full)]).toString())],
    ['below a title and an empty row, with empty rows after it', csv([['EK-3, 2026 yılı'], [], headings, rowOf(1, full), [], []])],
    ['with columns in another order', csv([[...headings].reverse(), rowOf(1, full).reverse()])],
    ['with headings in capitals', csv([headings.map((h) => h.toLocaleUpperCase('tr')), rowOf(1, full)])],
    ['with headings in small letters', csv([headings.map((h) => h.toLocaleLowerCase('tr')), rowOf(1, full)])],
    ['with headings in small letters of another language', csv([headings.map((h) => h.toLowerCase()), rowOf(1, full)])],
    [
      'with line feeds alone',
      Buffer.from(
        csv([headings, rowOf(1, full)])
          .toString()
          .replaceAll('\r', ''),
      ),
    ],
  ])('%s it is the same', (_, bytes) => expect(read(bytes)).toEqual([filled]));

  test.each([
    [{ İl: '1' }, { province: '01' }],
    [{ İl: '81' }, { province: '81' }],
    [{ İl: 'istanbul' }, { province: '34' }],
    [{ İl: 'HAKKARİ' }, { province: '30' }],
    [{ İl: 'Iğdır' }, { province: '76' }],
    [{ İl: 'merkez' }, { province: undefined }],
    [{ Roller: 'denetim, SORGULAMA, sorgulama' }, { roles: ['query', 'auditor'] }],
    [{ Roller: 'İşletim,onay,Personel Yönetimi,statistics,query,auditor' }, { roles: [...roles] }],
    [{ IP: '::ffff:10.0.0.1' }, { addresses: ['10.0.0.1/32'] }],
    [{ 'Bitiş Tarihi': '01.02.2026' }, { validUntil: '2026-02-01' }],
    [
      { Unvan: '', 'E-posta': '' },
      { title: undefined, email: undefined },
    ],
    [{ 'Ad Soyad': '  Ayşe  Nur\u00a0Işık-Öz ' }, { name: 'Ayşe Nur Işık-Öz' }],
  ] as [Filled, object][])('%j is read as %j', (over, wanted) => {
    const [person] = read(one(over));
    for (const [name, value] of Object.entries(wanted)) expect(person?.[name as 'name']).toEqual(value);
  });
});

describe('a form in XLSX', () => {
  const texts = [headings, rowOf(1, full)];

  test('is the same as in CSV', () => expect(read(xlsx(texts))).toEqual([filled]));

  test('numbers and days that a spreadsheet counts are read as what their column holds', () => {
    const cells = rowOf(1, full).map((text, i) => {
      const days: Record<string, number> = { '01.02.2026': 46054, '2027-01-31': 46418, '05.02.2026': 46058, '06.02.2026': 46059 };
      if (days[text] !== undefined) return days[text];
      return headings[i] === 'T.C. Kimlik No' || headings[i] === 'Taahhütname Sürümü' ? Number(text) : text;
    });
    expect(read(xlsx([headings, cells]))).toEqual([filled]);
    const since1904 = cells.map((cell) => (typeof cell === 'number' && cell > 46000 && cell < 47000 ? cell - 1462 : cell));
    expect(read(xlsx([headings, since1904], { workbookPr: '<workbookPr date1904="1"/>' }))).toEqual([filled]);
  });

  (hasOffice ? test : test.skip)('as LibreOffice saves it, the number and the days as numbers, it is the same', () => {
    const bytes = savedInOffice(csv([['EK-3'], headings, rowOf(1, { ...full, 'Bitiş Tarihi': '31.01.2027' })]));
    expect(read(bytes)).toEqual([filled]);
    const dates = { 'Başlangıç Tarihi': '31.12.2027', 'Bitiş Tarihi': '01.01.2027' };
    expect(refusal(savedInOffice(csv([headings, rowOf(1, dates)]))).message).toContain('row 2: "Bitiş Tarihi" is before the beginning');
  });

  test('texts in runs, in the cell itself and without their readings are read whole', () => {
    const row = rowOf(1, full).map((text, i) => {
      if (headings[i] === 'Birim')
        return { xml: '<c r="AT" t="inlineStr"><is><r><t>Bilgi </t></r><r><t>İşlem</t></r><rPh sb="0"><t>x</t></rPh></is></c>' };
      if (headings[i] === 'Unvan') return { xml: '<c r="AT" t="inlineStr"><is><t><![CDATA[Uzman]]></t></is></c>' };
      return text;
    });
    expect(read(xlsx([headings, row]))).toEqual([filled]);
  });

  test('a calculated cell is refused, whatever it shows', () => {
    const row = rowOf(1).map((text, i) =>
      headings[i] === 'Roller' ? { xml: `<c r="AT" t="str"><f>"Sorgu"&amp;"lama"</f><v>Sorgulama</v></c>` } : text,
    );
    expect(refusal(xlsx([headings, row]))).toMatchObject({
      code: 'form-invalid',
      message: expect.stringContaining('row 2: "Roller" is calculated'),
    });
  });

  test('a sheet that is hidden is not read', () => {
    expect(refusal(xlsx(texts, { state: 'state="hidden"' })).message).toContain('no sheet that is shown');
  });

  test.each<[string, () => Buffer]>([
    ['cut off', () => xlsx(texts).subarray(0, 400)],
    ['without its end', () => xlsx(texts).subarray(0, -30)],
    ['a zip of something else', () => xlsx([], { parts: { 'xl/workbook.xml': strToU8('<html/>') } })],
    ['not well-formed', () => xlsx([], { sheetXml: '<worksheet><sheetData>' })],
    ['with entities of its own', () => xlsx([], { sheetXml: '<!DOCTYPE x [<!ENTITY a "aaaa">]><worksheet>&a;</worksheet>' })],
    ['with a cell nowhere', () => xlsx([], { sheetXml: '<worksheet><row r="1"><c r="1"><v>1</v></c></row></worksheet>' })],
  ])('%s is refused', (_, make) => expect(refusal(make()).code).toBe('form-invalid'));
});

describe('a hostile or wrong file', () => {
  test.each<[string, () => Buffer, string]>([
    ['empty', () => Buffer.alloc(0), 'form-invalid'],
    ['binary', () => Buffer.from([0, 1, 2, 3, 0xff]), 'form-invalid'],
    ['UTF-16', () => Buffer.from(`\ufeff${csv([headings, rowOf(1)])}`, 'utf16le'), 'form-invalid'],
    ['PDF', () => Buffer.from('%PDF-1.7\n1 0 obj\n<< /Type /Catalog >>'), 'form-invalid'],
    ['old .xls', () => Buffer.from([0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1]), 'form-invalid'],
    ['open quote', () => Buffer.from(`${csv([headings])}"${'x;'.repeat(50)}`), 'form-invalid'],
    ['too large', () => Buffer.alloc(bounds.fileBytes + 1, 'x'), 'too-large'],
    ['too many rows', () => csv([headings, ...Array.from({ length: bounds.rows + 1 }, () => rowOf(1))]), 'too-large'],
    ['endless rows', () => Buffer.from('a;b\n'.repeat(bounds.rows * 3)), 'too-large'],
    ['zip bomb', () => xlsx([], { sheetXml: ' '.repeat(bounds.inflatedBytes + 1) }), 'too-large'],
    [
      'zip of many parts',
      () => xlsx([], { parts: Object.fromEntries(Array.from({ length: bounds.parts }, (_, i) => [`x${i}`, strToU8('')])) }),
      'too-large',
    ],
    ['deep XML', () => xlsx([], { sheetXml: `<worksheet>${'<a>'.repeat(bounds.depth)}` }), 'too-large'],
    ['endless elements', () => xlsx([], { sheetXml: `<worksheet>${'<a/>'.repeat(bounds.elements)}</worksheet>` }), 'too-large'],
    ['far column', () => xlsx([], { sheetXml: '<worksheet><row r="1"><c r="XFD1"><v>1</v></c></row></worksheet>' }), 'too-large'],
  ])('%s is refused', (_, make, code) => expect(refusal(make()).code).toBe(code));

  test('a zip that announces less than it holds gets no more room than it announced', () => {
    const bytes = xlsx([], { sheetXml: ' '.repeat(8_000_000) });
    // The announced size, in the part's own header and in the directory at the end.
    const small = Buffer.alloc(4);
    small.writeUInt32LE(100);
    const announced = Buffer.alloc(4);
    announced.writeUInt32LE(8_000_000);
    const places = [...Array(bytes.length - 4).keys()].filter((at) => bytes.subarray(at, at + 4).equals(announced));
    expect(places.length).toBeGreaterThan(0);
    for (const at of places) small.copy(bytes, at);
    expect(refusal(bytes).code).toBe('form-invalid');
  });

  test('CSV cells that a spreadsheet would calculate are refused', () => {
    for (const cell of ['=1+1', '+1', '-1', '@x', '=HYPERLINK("http://x.example")']) {
      expect(reason({ Birim: cell })).toContain('row 2: "Birim"');
      expect(reason({ 'Ad Soyad': cell })).toContain('row 2: "Ad Soyad"');
    }
  });
});

describe('headings', () => {
  test('of which some are missing are named', () => {
    const rest = headings.filter((h) => h !== 'IP' && h !== 'İl');
    expect(refusal(csv([rest, rowOf(1).slice(0, rest.length)])).message).toBe('The form lacks columns: İl, IP.');
  });
  test('of training and undertaking may be missing', () => {
    const few = headings.slice(0, 10);
    expect(read(csv([few, rowOf(1).slice(0, 10)]))).toHaveLength(1);
  });
  test('that stand twice are named', () => {
    expect(refusal(csv([[...headings, 'birim'], rowOf(1)])).message).toBe('The form has columns twice: Birim.');
  });
  test('that are not known are named', () => {
    expect(refusal(csv([[...headings, 'Maaş', 'Sicil 123456'], rowOf(1)])).message).toBe(
      'The form has columns that are not known: "Maaş", "Sicil …".',
    );
  });
  test('that are not there at all: what stands in their place is not told', () => {
    const { message } = refusal(csv([rowOf(1), rowOf(2)]));
    expect(message).toContain('no row of headings');
    expect(message).not.toMatch(/Işıkoğlu|kurum|\d{6}/);
  });
  test('without anybody below are refused', () => expect(refusal(csv([headings])).message).toBe('The form lists nobody.'));
});

describe('a row that cannot stand', () => {
  const other = idOf(7);
  test.each<[string, Filled, string]>([
    ['no name', { 'Ad Soyad': '' }, '"Ad Soyad" is empty'],
    ['half a name', { 'Ad Soyad': 'Ayşe' }, '"Ad Soyad" is no first name and surname'],
    ['no number', { 'T.C. Kimlik No': ' ' }, '"T.C. Kimlik No" is empty'],
    [
      'wrong check digits',
      { 'T.C. Kimlik No': `${other.slice(0, 10)}${(Number(other[10]) + 1) % 10}` },
      '"T.C. Kimlik No" has not 11 digits, or wrong check digits',
    ],
    ['a foreigner’s number', { 'T.C. Kimlik No': completeTckn('991234567') }, '"T.C. Kimlik No" is no T.C. number'],
    ['a tax number', { 'T.C. Kimlik No': completeVkn('123456789') }, '"T.C. Kimlik No" is no T.C. number'],
    ['a dummy', { 'T.C. Kimlik No': completeTckn('222222222') }, '"T.C. Kimlik No" is a number that stands for nobody'],
    ['no unit', { Birim: '' }, '"Birim" is empty'],
    ['plate 82', { İl: '82' }, '"İl" is none of the plates'],
    ['an unknown province', { İl: 'Atlantis' }, '"İl" is no province'],
    ['no e-mail', { 'E-posta': 'kurum.example' }, '"E-posta" is no e-mail address'],
    ['two e-mails', { 'E-posta': 'a@b.example, c@d.example' }, '"E-posta" is no e-mail address'],
    ['no role', { Roller: '' }, '"Roller" is empty'],
    ['an unknown role', { Roller: 'Sorgulama, Yönetici' }, '"Roller" takes these'],
    ['no address', { IP: '10.0.0' }, '"IP" has something'],
    ['an octal address', { IP: '010.0.0.1' }, '"IP" has something'],
    ['bits beyond the mask', { IP: '10.1.2.3/8' }, '"IP" has something'],
    ['the whole world', { IP: '0.0.0.0/0' }, '"IP" has a range wider'],
    ['the whole world in IPv6', { IP: '::/0' }, '"IP" has a range wider'],
    ['no day', { 'Başlangıç Tarihi': '31.02.2026' }, '"Başlangıç Tarihi" is no day'],
    ['a day of another country', { 'Başlangıç Tarihi': '02/13/2026' }, '"Başlangıç Tarihi" is no day'],
    ['an end before the beginning', { 'Bitiş Tarihi': '31.01.2026' }, '"Bitiş Tarihi" is before the beginning'],
    ['training to come', { 'Eğitim Tarihi': '23.11.2026' }, '"Eğitim Tarihi" is still to come'],
    [
      'an unknown undertaking',
      { 'Taahhütname Sürümü': '3', 'Taahhütname Tarihi': '01.03.2026' },
      '"Taahhütname Sürümü" is none that is recorded',
    ],
    ['an undertaking without its day', { 'Taahhütname Sürümü': '1' }, '"Taahhütname Tarihi" is empty'],
    ['a day without its undertaking', { 'Taahhütname Tarihi': '01.03.2026' }, '"Taahhütname Sürümü" is empty'],
  ])('%s', (_, over, wanted) => expect(reason(over)).toContain(`row 2: ${wanted}`));

  test('a cell under no heading', () => {
    expect(refusal(csv([headings, [...rowOf(1), 'x']])).message).toContain('row 2: has a cell under no heading');
  });

  test('somebody who is listed twice', () => {
    expect(refusal(csv([headings, rowOf(1), rowOf(2), rowOf(1, { Birim: 'Başka' })])).message).toContain(
      'row 4: "T.C. Kimlik No" is the same as in row 2',
    );
  });

  test('every mistake is told at once, with the row as the spreadsheet counts it, up to a number', () => {
    const { message } = refusal(csv([['Liste'], headings, rowOf(1, { Roller: 'x', İl: '99' }), [], rowOf(2, { Birim: '' })]));
    expect(message).toMatch(/row 3: "İl"[^;]*; row 3: "Roller"[^;]*; row 5: "Birim" is empty\.$/);
    const many = Array.from({ length: 100 }, (_, i) => rowOf(i, { Birim: '' }));
    expect(refusal(csv([headings, ...many])).message).toMatch(/; and 70 more\.$/);
  });

  test('no message holds what a cell holds', () => {
    const secret = 'Gizlisöz';
    for (const heading of headings) {
      const { message, hint, cause } = refusal(one({ [heading]: `<${secret} ${idOf(9)}` }));
      expect(message).toContain(`row 2: "${heading}"`);
      for (const text of [message, hint, String(cause)]) expect(text).not.toMatch(/Gizlisöz|\d{6}/);
    }
  });
});
