export type Charset = 'utf-8' | 'windows-1254' | 'iso-8859-9';

/** Where Turkish stands instead of Icelandic letters of Latin-1. */
const turkish = 'Ğ\xd0İ\xddŞ\xdeğ\xf0ı\xfdş\xfe';
/** What windows-1254 has between 0x80 and 0x9f, of the letters and signs that names hold. */
const windows = '€\x80‚\x82„\x84…\x85‘\x91’\x92“\x93”\x94•\x95–\x96—\x97Œ\x8cœ\x9cŠ\x8aš\x9aŸ\x9f';

function table(pairs: string): Uint8Array {
  const out = new Uint8Array(0x1_0000);
  for (let i = 0; i < 0x80; i += 1) out[i] = i;
  for (let i = 0xa0; i < 0x100; i += 1) out[i] = i;
  for (let i = 0; i < pairs.length; i += 2) {
    out[pairs.charCodeAt(i + 1)] = 0;
    out[pairs.charCodeAt(i)] = pairs.charCodeAt(i + 1);
  }
  return out;
}

const tables = { 'iso-8859-9': table(turkish), 'windows-1254': table(turkish + windows) };

/** Text in an encoding that Node itself writes only in part. Throws a RangeError for a letter the encoding lacks. */
export function encodeText(text: string, charset: Charset): Buffer {
  if (charset === 'utf-8') return Buffer.from(text);
  const bytes = tables[charset];
  const out = Buffer.allocUnsafe(text.length);
  for (let i = 0; i < text.length; i += 1) {
    const code = text.charCodeAt(i);
    const byte = bytes[code] as number;
    if (byte === 0 && code !== 0) throw new RangeError(`${charset} has no sign for U+${code.toString(16).padStart(4, '0')}`);
    out[i] = byte;
  }
  return out;
}
