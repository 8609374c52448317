import fc from 'fast-check';
import { completeTckn, completeVkn, idKind, isDummyId } from '../../src/core/nationalId';

const digit = fc.integer({ min: 0, max: 9 });
const nine = fc.tuple(fc.integer({ min: 1, max: 9 }), ...Array.from({ length: 8 }, () => digit)).map((d) => d.join(''));
const anyNine = fc.tuple(...Array.from({ length: 9 }, () => digit)).map((d) => d.join(''));

/** The text with the digit at `at` moved on by 1 to 9, so that it is another digit. */
function altered(text: string, at: number, by: number): string {
  return text.slice(0, at) + ((Number(text[at]) + by) % 10) + text.slice(at + 1);
}

/** The check digits as the population office's usual form has them, written apart from the code: 7·odd − even, brought above zero. */
function officialTail(nineDigits: string): string {
  const d = [...nineDigits].map(Number) as [number, number, number, number, number, number, number, number, number];
  const tenth = ((((d[0] + d[2] + d[4] + d[6] + d[8]) * 7 - (d[1] + d[3] + d[5] + d[7])) % 10) + 10) % 10;
  return `${tenth}${(d.reduce((a, b) => a + b) + tenth) % 10}`;
}

describe('citizens’ and foreigners’ numbers', () => {
  test.each(['17291716060', '10000000146', '19090909018'])('%s is valid', (id) => {
    expect(idKind(id)).toBe('tckn');
    expect(isDummyId(id)).toBe(false);
  });

  test('nine digits are always completed to a valid number, in the office’s way', () => {
    fc.assert(
      fc.property(nine, (digits) => {
        const id = completeTckn(digits);
        expect(id).toBe(digits + officialTail(digits));
        expect(idKind(id)).toBe(digits.startsWith('99') ? 'ykn' : 'tckn');
      }),
      { numRuns: 2000 },
    );
  });

  test('one wrong digit is always caught', () => {
    fc.assert(
      fc.property(nine, fc.nat(10), fc.integer({ min: 1, max: 9 }), (digits, at, by) => {
        expect(idKind(altered(completeTckn(digits), at, by))).toBeUndefined();
      }),
      { numRuns: 2000 },
    );
  });

  test('of the hundred endings of nine digits exactly one is valid', () => {
    const head = '172917160';
    const valid = Array.from({ length: 100 }, (_, i) => head + String(i).padStart(2, '0')).filter((id) => idKind(id));
    expect(valid).toEqual([completeTckn(head)]);
  });

  test('swapped neighbours can pass: the checksum is no proof of a person', () => {
    const [a, b, c, ...rest] = '17291716060';
    expect(idKind([a, c, b, ...rest].join(''))).toBe('tckn');
  });

  test('a number that begins with 99 is a foreigner’s', () => {
    fc.assert(fc.property(nine, (digits) => expect(idKind(completeTckn(`99${digits.slice(2)}`))).toBe('ykn')));
    expect(idKind(completeTckn('989999999'))).toBe('tckn');
  });

  test('a first digit 0 is refused, whatever follows', () => {
    fc.assert(fc.property(nine, (digits) => expect(idKind(completeTckn(`0${digits.slice(1)}`))).toBeUndefined()));
  });

  test.each([
    ['empty', ''],
    ['ten of the digits', '1729171606'],
    ['twelve digits', '172917160600'],
    ['a space before', ' 17291716060'],
    ['a line end after', '17291716060\n'],
    ['a line end for the last digit', '1729171606\n'],
    ['spaces between', '172 917 160 60'],
    ['full-width digits', '１７２９１７１６０６０'],
    ['Arabic-Indic digits', '١٧٢٩١٧١٦٠٦٠'],
    ['a sign', '+7291716060'],
    ['an exponent for the check digits', '1729171606e'],
    ['a blank for the zero of the check digits', '1000000014 '],
    ['letters', 'ABCDEFGHIJK'],
  ])('%s: no id', (_what, text) => {
    expect(idKind(text)).toBeUndefined();
  });

  test('numbers of one repeated digit pass the checksum and are dummies', () => {
    for (const digit of '123456789') {
      const id = completeTckn(digit.repeat(9));
      expect(id).toBe(`${digit.repeat(10)}0`);
      expect(idKind(id)).toBeDefined();
      expect(isDummyId(id)).toBe(true);
    }
  });

  test('nothing else is a dummy', () => {
    fc.assert(
      fc.property(nine, (digits) => {
        expect(isDummyId(completeTckn(digits))).toBe(new Set(digits).size === 1);
      }),
    );
    expect(isDummyId('1'.repeat(10))).toBe(false);
    expect(isDummyId(`${'1'.repeat(10)}x0`)).toBe(false);
  });
});

describe('tax numbers', () => {
  test.each(['4540536920', '5400623453', '1000000018'])('%s is valid', (id) => {
    expect(idKind(id)).toBe('vkn');
    expect(isDummyId(id)).toBe(false);
  });

  test('the well-known wrong one', () => expect(idKind('1234567801')).toBeUndefined());

  test('nine digits are always completed to a valid number', () => {
    fc.assert(
      fc.property(anyNine, (digits) => {
        const id = completeVkn(digits);
        expect(id).toMatch(/^\d{10}$/);
        expect(id.slice(0, 9)).toBe(digits);
        expect(idKind(id)).toBe('vkn');
      }),
      { numRuns: 2000 },
    );
  });

  test('one wrong digit is always caught', () => {
    fc.assert(
      fc.property(anyNine, fc.nat(9), fc.integer({ min: 1, max: 9 }), (digits, at, by) => {
        expect(idKind(altered(completeVkn(digits), at, by))).toBeUndefined();
      }),
      { numRuns: 2000 },
    );
  });

  test.each(['', '454053692', '45405369200', '454053692O', '454053692\n', '٤٥٤٠٥٣٦٩٢٠'])('%j: no id', (text) => {
    expect(idKind(text)).toBeUndefined();
  });
});

test('any text at all: an id is digits only, of a known length', () => {
  const texts = fc.oneof(fc.string(), fc.string({ unit: fc.constantFrom(...'0123456789٠ \n'), maxLength: 12 }));
  fc.assert(
    fc.property(texts, (text) => {
      if (idKind(text) !== undefined) expect(text).toMatch(/^(?:\d{10}|\d{11})(?![\s\S])/);
    }),
    { numRuns: 3000 },
  );
});
