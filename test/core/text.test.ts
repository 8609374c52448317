import fc from 'fast-check';
import { provinces } from '../../src/core/provinces';
import { collatorTr, nameNormalForm, parsePhone, upperTr } from '../../src/core/text';
import { onHost } from './support/onHost';

describe('Turkish letters', () => {
  test.each([
    ['ılık İstanbul', 'ILIK İSTANBUL'],
    ['diyarbakır', 'DİYARBAKIR'],
    ['şğüöç', 'ŞĞÜÖÇ'],
    ['Iğdır', 'IĞDIR'],
  ])('%s in upper case is %s', (text, expected) => expect(upperTr(text)).toBe(expected));

  test('sorting is Turkish: ç after c, ğ after g, ı before i, ö after o, ş after s, ü after u', () => {
    const sorted = 'a b c ç d e f g ğ h ı i j k l m n o ö p r s ş t u ü v y z'.split(' ');
    expect([...sorted].reverse().sort(collatorTr.compare)).toEqual(sorted);
  });

  test.each(['tr_TR.UTF-8', 'en_US.UTF-8', 'C', 'lt_LT.UTF-8', 'az_AZ.UTF-8'])('under the host’s locale %s all is the same', (locale) => {
    const seen = onHost(
      { LANG: locale, LC_ALL: locale, LANGUAGE: locale },
      'src/core/text.ts',
      (m: typeof import('../../src/core/text')) => [
        m.upperTr('iı'),
        m.nameNormalForm('Iğdır-lı  ibrahim'),
        ['i', 'ı', 'h', 'j'].sort(m.collatorTr.compare),
        m.parsePhone('0532 123 45 67').e164,
      ],
    );
    expect(seen).toEqual(['İI', 'IĞDIR LI İBRAHİM', ['h', 'ı', 'i', 'j'], '+905321234567']);
  });
});

describe('the normal form of names', () => {
  test.each([
    ['İbrahim Işık', 'İBRAHİM IŞIK'],
    ['ibrahim  ışık', 'İBRAHİM IŞIK'],
    ['\u0130BRAH\u0130M I\u015EIK', 'İBRAHİM IŞIK'],
    // Written apart: the letters and their marks.
    ['I\u0307BRAHI\u0307M IS\u0327IK', 'İBRAHİM IŞIK'],
    // What toLowerCase() makes of İ outside Turkish.
    ['i\u0307brahi\u0307m ışık', 'İBRAHİM IŞIK'],
    [' Ayşe-Nur\tO’Brien. ', 'AYŞE NUR O BRİEN'],
    ['Hakkâri', 'HAKKÂRİ'],
    ['...', ''],
    ['', ''],
  ])('%j is %s', (text, expected) => expect(nameNormalForm(text)).toBe(expected));

  test('dotted and dotless stay apart', () => {
    expect(nameNormalForm('Halil')).not.toBe(nameNormalForm('Halıl'));
    expect(nameNormalForm('SİNAN')).not.toBe(nameNormalForm('SINAN'));
  });

  test('it is its own normal form, composed or not', () => {
    const letters = fc.string({
      unit: fc.constantFrom(...'aiıİIşŞğĞçÇöÖüÜâîûΐǰßﬁ', '\u0307', '\u0327', '\u0301', ' ', '-', '’'),
      maxLength: 20,
    });
    fc.assert(
      fc.property(fc.oneof(letters, fc.string({ unit: 'grapheme' })), (text) => {
        const form = nameNormalForm(text);
        expect(nameNormalForm(form)).toBe(form);
        expect(nameNormalForm(text.normalize('NFD'))).toBe(form);
        expect(form).not.toMatch(/ {2}|^ | $|\d/);
      }),
      { numRuns: 2000 },
    );
  });
});

describe('phones', () => {
  const mobile = '+905321234567';
  test.each([
    ['0532 123 45 67', mobile],
    ['532 123 45 67', mobile],
    ['5321234567', mobile],
    ['+90 532 123 45 67', mobile],
    ['90 532 123 45 67', mobile],
    ['0090 (532) 123-45-67', mobile],
    ['(0532) 123.45.67', mobile],
    ['+90 (0)532 123 45 67', mobile],
    ['0322 123 45 67', '+903221234567'],
    ['0412-123 45 67', '+904121234567'],
    ['444 1 234', '+904441234'],
    ['0 444 1 234', '+904441234'],
    ['+90 444 1234', '+904441234'],
    // Other countries' numbers can have ten digits too.
    ['+32 2 123 45 67', null],
    ['0032 2 123 45 67', null],
    ['(+32) 2 123 45 67', null],
    ['+963 11 123 4567', null],
    ['+1 532 123 4567', null],
    // Too short, too long, no such range.
    ['532 123 45 6', null],
    ['532 123 45 678', null],
    ['0632 123 45 67', null],
    ['0132 123 45 67', null],
    ['900 123 45 67', null],
    ['900 444 12 34', null],
    ['445 1234', null],
    ['0532 123 45 67 / 0533 123 45 67', null],
    ['0312 123 45 67 dahili 12', null],
    ['yok', null],
    ['', null],
    ['٠٥٣٢١٢٣٤٥٦٧', null],
  ])('%j: %s', (raw, e164) => expect(parsePhone(raw)).toEqual({ e164, raw }));

  test('whatever comes: raw stays as it was, E.164 has Turkey’s form or is null', () => {
    const text = fc.oneof(fc.string(), fc.string({ unit: fc.constantFrom(...'0123456789+ ()-'), maxLength: 20 }));
    fc.assert(
      fc.property(text, (raw) => {
        const phone = parsePhone(raw);
        expect(phone.raw).toBe(raw);
        if (phone.e164 !== null) expect(phone.e164).toMatch(/^\+90(?:[2345]\d{9}|444\d{4})$/);
      }),
      { numRuns: 2000 },
    );
  });

  test('an E.164 form reads as itself', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2_000_000_000, max: 5_999_999_999 }), (n) => {
        expect(parsePhone(`+90${n}`).e164).toBe(`+90${n}`);
        expect(parsePhone(`0${n}`).e164).toBe(`+90${n}`);
      }),
    );
  });
});

describe('provinces', () => {
  test('there are 81, from 01 to 81, all different', () => {
    expect(Object.keys(provinces).sort()).toEqual(Array.from({ length: 81 }, (_, i) => String(i + 1).padStart(2, '0')));
    expect(new Set(Object.values(provinces)).size).toBe(81);
  });

  test.each([
    ['01', 'Adana'],
    ['06', 'Ankara'],
    ['16', 'Bursa'],
    ['21', 'Diyarbakır'],
    ['31', 'Hatay'],
    ['33', 'Mersin'],
    ['34', 'İstanbul'],
    ['35', 'İzmir'],
    ['42', 'Konya'],
    ['46', 'Kahramanmaraş'],
    ['52', 'Ordu'],
    ['61', 'Trabzon'],
    ['63', 'Şanlıurfa'],
    ['67', 'Zonguldak'],
    ['73', 'Şırnak'],
    ['80', 'Osmaniye'],
    ['81', 'Düzce'],
  ])('%s is %s', (code, name) => expect(provinces[code]).toBe(name));

  // Up to Zonguldak the codes follow the alphabet of the names of their time.
  test('the first 67 stand in Turkish alphabetical order, apart from those renamed since', () => {
    const old: Record<string, string> = { '03': 'Afyon', '33': 'İçel', '46': 'Maraş', '63': 'Urfa', '41': 'Kocaeli' };
    const names = Array.from({ length: 67 }, (_, i) => String(i + 1).padStart(2, '0')).map(
      (code) => old[code] ?? (provinces[code] as string),
    );
    expect(names).toEqual([...names].sort(collatorTr.compare));
  });
});
