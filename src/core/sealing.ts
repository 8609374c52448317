import { type KeyObject, createCipheriv, createDecipheriv, createHmac, randomFillSync } from 'node:crypto';

/** Random initial values, drawn in batches: drawing one at a time costs a third of sealing. */
const ivs = Buffer.alloc(12 * 1024);
let drawn = ivs.length;

function nextIv(): Buffer {
  if (drawn === ivs.length) {
    randomFillSync(ivs);
    drawn = 0;
  }
  const iv = ivs.subarray(drawn, drawn + 12);
  drawn += 12;
  return iv;
}

const format = 1;

/**
 * Seals a text with AES-256-GCM: format byte, 12 bytes iv, ciphertext, 16 bytes tag.
 * `context` binds it to its row: it opens only with the same context.
 */
export function seal(key: KeyObject, text: string, context: Uint8Array): Buffer {
  const iv = nextIv();
  const cipher = createCipheriv('aes-256-gcm', key, iv).setAAD(context);
  const body = cipher.update(text, 'utf8');
  cipher.final();
  const sealed = Buffer.allocUnsafe(29 + body.length);
  sealed[0] = format;
  iv.copy(sealed, 1);
  body.copy(sealed, 13);
  cipher.getAuthTag().copy(sealed, 13 + body.length);
  return sealed;
}

/** The sealed text; undefined if key, context or bytes do not fit. */
export function unseal(key: KeyObject, sealed: Uint8Array, context: Uint8Array): string | undefined {
  if (sealed.length < 29 || sealed[0] !== format) return undefined;
  try {
    const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(1, 13)).setAAD(context);
    decipher.setAuthTag(sealed.subarray(sealed.length - 16));
    return decipher.update(sealed.subarray(13, sealed.length - 16), undefined, 'utf8') + decipher.final('utf8');
  } catch {
    return undefined;
  }
}

/** HMAC-SHA-256 of a text, 32 bytes. */
export function keyedHash(key: KeyObject, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}

/** The first 16 bytes of the HMAC: the keyed index under which a national id or a name is found. */
export function keyedIndex(key: KeyObject, text: string): Buffer {
  return keyedHash(key, text).subarray(0, 16);
}
