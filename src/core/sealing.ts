import { createCipheriv, createDecipheriv, createHmac, hash, type KeyObject, randomBytes } from 'node:crypto';

/** HMAC-SHA-256 of a text, 32 bytes. */
export function keyedHash(key: KeyObject, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}

/** The first 16 bytes of the HMAC: the keyed index under which a national id or a name is found. */
export function keyedIndex(key: KeyObject, text: string): Buffer {
  return keyedHash(key, text).subarray(0, 16);
}

/**
 * `keyedHash` for a million texts under one key: HMAC (RFC 2104) from two one-shot hashes, without a native object and a
 * buffer for each text, which take two thirds of its time. The bytes are good until the next call.
 */
export function keyedHasher(key: Uint8Array): (text: string) => Buffer {
  const pad = (byte: number) => Buffer.alloc(hashBlock, byte).map((b, i) => b ^ (key[i] ?? 0));
  const outer = Buffer.alloc(hashBlock + 32);
  outer.set(pad(0x5c));
  let inner = Buffer.alloc(1024);
  inner.set(pad(0x36));
  const out = Buffer.alloc(32);
  return (text) => {
    const most = hashBlock + text.length * 3;
    if (most > inner.length) inner = Buffer.concat([inner.subarray(0, hashBlock), Buffer.alloc(most)]);
    const length = inner.write(text, hashBlock, 'utf8');
    // Digests as latin1 texts: bytes without a buffer each, and without the detour over hex.
    outer.write(hashText('sha256', inner.subarray(0, hashBlock + length), 'latin1'), hashBlock, 'latin1');
    out.write(hashText('sha256', outer, 'latin1'), 'latin1');
    return out;
  };
}

/** Node's one-shot hash takes any encoding; its types know only some. */
const hashText = hash as unknown as (algorithm: string, data: Uint8Array, encoding: 'latin1') => string;

/** Of SHA-256; a key is at most as long. */
const hashBlock = 64;

/** `keyedIndex` for a million texts under one key. */
export function keyedIndexer(key: Uint8Array): (text: string) => Uint8Array {
  const hashed = keyedHasher(key);
  // Sixteen bytes on the heap of the collector, where they cost next to nothing.
  return (text) => new Uint8Array(hashed(text).subarray(0, 16));
}

const alone = 1;
const amongMany = 2;

/**
 * Seals one text with AES-256-GCM: format byte, 12 bytes iv, ciphertext, 16 bytes tag.
 * `context` binds it to its row: it opens only with the same context.
 */
export function seal(key: KeyObject, text: string, context: Uint8Array): Buffer {
  const iv = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', key, iv).setAAD(context);
  const body = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
  return Buffer.concat([Buffer.from([alone]), iv, body, cipher.getAuthTag()]);
}

/** The text that `seal` sealed; undefined if key, context or bytes do not fit. */
export function unseal(key: KeyObject, sealed: Uint8Array, context: Uint8Array): string | undefined {
  if (sealed.length < 29 || sealed[0] !== alone) return undefined;
  try {
    const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(1, 13)).setAAD(context);
    decipher.setAuthTag(sealed.subarray(sealed.length - 16));
    return decipher.update(sealed.subarray(13, sealed.length - 16), undefined, 'utf8') + decipher.final('utf8');
  } catch {
    return undefined;
  }
}

/** Bytes that a text sealed among many is longer than its UTF-8: format byte and counter block. */
export const sealedOverhead = 17;
const blockBytes = 16;

/**
 * Seals many texts in one pass of AES-256-CTR, each to a blob of its own: format byte, counter block, ciphertext.
 * A cipher object per text costs ten times what the cipher does. A blob has no authenticator of its own: whoever opens
 * it must hold the text against its keyed hash, as `openStored` does, which also binds it to its row.
 */
export class Sealer {
  private buffer = Buffer.alloc(1 << 18);
  private end = 0;
  private readonly places: { at: number; length: number }[] = [];

  constructor(private readonly key: KeyObject) {}

  /** Takes a text to be sealed; returns the length of its blob. */
  add(text: string): number {
    const most = text.length * 3 + blockBytes;
    if (this.end + most > this.buffer.length) {
      const bigger = Buffer.alloc(Math.max(this.buffer.length * 2, this.end + most));
      this.buffer.copy(bigger, 0, 0, this.end);
      this.buffer = bigger;
    }
    const length = this.buffer.write(text, this.end, 'utf8');
    this.places.push({ at: this.end, length });
    // The next text begins a block of the key stream.
    this.end += Math.ceil(length / blockBytes) * blockBytes;
    return sealedOverhead + length;
  }

  /** Writes the blob of each text, in order, where `place` says; then the sealer is empty again. */
  finish(place: (i: number) => { into: Buffer; at: number }): void {
    if (this.places.length === 0) return;
    const iv = Buffer.alloc(blockBytes);
    // 12 random bytes for the pass and 4 that count its blocks: no block of the key stream is used twice.
    randomBytes(12).copy(iv);
    const sealed = createCipheriv('aes-256-ctr', this.key, iv).update(this.buffer.subarray(0, this.end));
    this.places.forEach(({ at, length }, i) => {
      const target = place(i);
      target.into[target.at] = amongMany;
      iv.writeUInt32BE(at / blockBytes, 12);
      iv.copy(target.into, target.at + 1);
      sealed.copy(target.into, target.at + sealedOverhead, at, at + length);
    });
    this.buffer.fill(0, 0, this.end);
    this.end = 0;
    this.places.length = 0;
  }
}

/**
 * What blobs of `Sealer` hold under this key, undefined for what is none; whether it is what was sealed, only their keyed hashes can tell.
 * The counter blocks of all of them are enciphered in one pass, for the same reason as there.
 */
export function openUnproven(key: KeyObject, blobs: readonly Uint8Array[]): (string | undefined)[] {
  const blocksOf = (blob: Uint8Array) => Math.ceil(Math.max(0, blob.length - sealedOverhead) / blockBytes);
  const counters = Buffer.alloc(blobs.reduce((sum, blob) => sum + blocksOf(blob), 0) * blockBytes);
  let end = 0;
  for (const blob of blobs) {
    const first = new DataView(blob.buffer, blob.byteOffset, blob.length);
    for (let i = 0; i < blocksOf(blob); i += 1, end += blockBytes) {
      counters.set(blob.subarray(1, 13), end);
      counters.writeUInt32BE((first.getUint32(13) + i) >>> 0, end + 12);
    }
  }
  const stream = createCipheriv('aes-256-ecb', key, null).setAutoPadding(false).update(counters);
  let at = 0;
  return blobs.map((blob) => {
    const from = at;
    at += blocksOf(blob) * blockBytes;
    if (blob.length < sealedOverhead || blob[0] !== amongMany) return undefined;
    const text = stream.subarray(from, from + blob.length - sealedOverhead);
    for (let i = 0; i < text.length; i += 1) text[i] = (text[i] as number) ^ (blob[i + sealedOverhead] as number);
    return text.toString('utf8');
  });
}
