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
