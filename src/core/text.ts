import { idKind } from './nationalId';

/** Upper case as Turkish writes it (i→İ, ı→I), whatever the host's locale. */
export function upperTr(text: string): string {
  // What the locale tr does, without its cost: only i differs, ı is I everywhere.
  return text.replaceAll('i', 'İ').toUpperCase();
}

export const collatorTr = new Intl.Collator('tr');

/**
 * The form in which two writings of one name compare equal: NFC, Turkish upper case, letters only, single spaces.
 * An i with a combining dot is what lower-casing İ outside Turkish leaves behind; it is an i.
 */
export function nameNormalForm(text: string): string {
  // Most names are plain already, and then the rest would change nothing.
  if (plainName.test(text)) return upperTr(text);
  return upperTr(text.normalize('NFC').replace(/i\u0307/g, 'i'))
    .normalize('NFC')
    .replace(/[^\p{L}\p{M}]+/gu, ' ')
    .trim();
}

const plainName = /^[A-Za-zÇĞİÖŞÜçğıöşü]+(?: [A-Za-zÇĞİÖŞÜçğıöşü]+)*$/;

/** A phone number: its E.164 form where the text names one Turkish number, and always the text as the source gave it. */
export interface Phone {
  e164: string | null;
  raw: string;
}

/** Reads Turkish writings (0532 …, +90 …, 532 …); 444 numbers have seven digits and no area code. Another country's code is kept as raw. */
export function parsePhone(raw: string): Phone {
  if (/^(?:\+|00)(?!90)[1-9]/.test(raw.replace(/[^\d+]/g, ''))) return { e164: null, raw };
  const digits = raw.replace(/[^\d]/g, '');
  const national = digits
    .replace(/^00/, '')
    .replace(/^90(?=0?\d{10}$|\d{7}$)/, '')
    .replace(/^0/, '');
  const known = /^[2345]\d{9}$/.test(national) || /^444\d{4}$/.test(national);
  return { e164: known ? `+90${national}` : null, raw };
}

/** Whether a text can stand in logs as the reference of a case: short, and without a number that might be a person's, however it is parted. */
export function isCaseReference(text: string): boolean {
  if (!/^[A-Za-z0-9][A-Za-z0-9 ./_-]{0,59}$/.test(text)) return false;
  return !holdsId(text.replace(/[ ./_-]/g, ''));
}

/**
 * Whether a text can stand in the clear as a paper's reference or a token's label: one line of letters, digits and the signs of such
 * references, and in it no number that might be a person's. The numbers of papers are long ones, parted by signs, so only spaces are
 * passed over.
 */
export function isReference(text: string): boolean {
  return /^[\p{L}0-9][\p{L}\p{M}0-9 .,:;/()_&'’–-]{0,199}$/u.test(text) && !holdsId(text.replaceAll(' ', ''));
}

function holdsId(text: string): boolean {
  const runs = text.match(/\d{10,}/g) ?? [];
  return runs.some((run) => [10, 11].some((length) => windows(run, length).some((part) => idKind(part) !== undefined)));
}

function windows(text: string, length: number): string[] {
  return Array.from({ length: Math.max(0, text.length - length + 1) }, (_, i) => text.slice(i, i + length));
}
