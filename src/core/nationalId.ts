/**
 * Turkish identity numbers. `tckn`: citizens, 11 digits. `ykn`: foreigners, a TCKN beginning with 99.
 * `vkn`: taxpayers (legal persons), 10 digits.
 */
export const idKinds = ['tckn', 'ykn', 'vkn'] as const;
export type IdKind = (typeof idKinds)[number];

const zero = 48;

/** The last two digits that make nine digits a TCKN: d10 = (7·odd + 9·even) mod 10, d11 = sum mod 10. */
function tcknTail(text: string): number {
  let odd = 0;
  let even = 0;
  for (let i = 0; i < 9; i += 2) odd += text.charCodeAt(i) - zero;
  for (let i = 1; i < 8; i += 2) even += text.charCodeAt(i) - zero;
  const tenth = (7 * odd + 9 * even) % 10;
  return tenth * 10 + ((odd + even + tenth) % 10);
}

function vknTail(text: string): number {
  let sum = 0;
  for (let i = 1; i <= 9; i += 1) {
    const t = (text.charCodeAt(i - 1) - zero + 10 - i) % 10;
    if (t === 0) continue;
    const c = (t * 2 ** (10 - i)) % 9;
    sum += c === 0 ? 9 : c;
  }
  return (10 - (sum % 10)) % 10;
}

function allDigits(text: string, length: number): boolean {
  if (text.length !== length) return false;
  for (let i = 0; i < length; i += 1) {
    const code = text.charCodeAt(i);
    if (code < zero || code > 57) return false;
  }
  return true;
}

/** Which kind of number a text is, check digits included; undefined if it is none. A checksum is no proof of a person. */
export function idKind(text: string): IdKind | undefined {
  if (text.length === 11) {
    if (text.charCodeAt(0) === zero || !allDigits(text, 11) || Number(text.slice(9)) !== tcknTail(text)) return undefined;
    return text.startsWith('99') ? 'ykn' : 'tckn';
  }
  if (text.length === 10 && allDigits(text, 10) && Number(text[9]) === vknTail(text)) return 'vkn';
  return undefined;
}

/** Numbers such as 11111111110 that pass the checksum but stand for nobody. */
export function isDummyId(text: string): boolean {
  return text.length === 11 && /^(\d)\1{9}/.test(text);
}

/** Nine digits (the first not 0) completed to a TCKN or YKN with valid check digits; for made-up people. */
export function completeTckn(nine: string): string {
  return nine + String(tcknTail(nine)).padStart(2, '0');
}

/** Nine digits completed to a VKN with a valid check digit. */
export function completeVkn(nine: string): string {
  return nine + vknTail(nine);
}
