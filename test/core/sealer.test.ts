import { createSecretKey, randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { keyedHash, keyedHasher, keyedIndex, keyedIndexer, openUnproven, Sealer } from '../../src/core/sealing';

const raw = randomBytes(32);
const key = createSecretKey(raw);
const texts = fc.array(
  fc.oneof(fc.string({ unit: 'grapheme' }), fc.constantFrom('', 'ığüşöçİ', 'x'.repeat(15), 'x'.repeat(16), 'x'.repeat(17))),
  { maxLength: 40 },
);

/** Seals all in one pass; returns the blobs. */
function sealAll(sealer: Sealer, all: readonly string[]): Buffer[] {
  const blobs = all.map((text) => Buffer.alloc(sealer.add(text)));
  sealer.finish((i) => ({ into: blobs[i] as Buffer, at: 0 }));
  return blobs;
}

test('each of many opens by itself, whatever their lengths, pass after pass', () => {
  const sealer = new Sealer(key);
  fc.assert(
    fc.property(texts, (all) => {
      expect(openUnproven(key, sealAll(sealer, all))).toEqual(all);
    }),
  );
});

test('more than the first buffer holds', () => {
  const all = Array.from({ length: 3000 }, (_, i) => `${i} ${'ş'.repeat(100)}`);
  expect(openUnproven(key, sealAll(new Sealer(key), all))).toEqual(all);
});

test('no key stream is used twice: equal texts give different blobs, within a pass and between passes', () => {
  const sealer = new Sealer(key);
  const all = Array.from({ length: 500 }, () => 'the same text of more than a block');
  const blobs = [...sealAll(sealer, all), ...sealAll(sealer, all)];
  expect(new Set(blobs.map((blob) => blob.subarray(17).toString('hex'))).size).toBe(1000);
  expect(new Set(blobs.map((blob) => blob.subarray(1, 17).toString('hex'))).size).toBe(1000);
});

test('another key, or a cut blob, gives another text or none', () => {
  const [blob] = sealAll(new Sealer(key), ['a text of some length']) as [Buffer];
  expect(openUnproven(createSecretKey(randomBytes(32)), [blob])[0]).not.toBe('a text of some length');
  expect(openUnproven(key, [blob.subarray(0, 10), blob])).toEqual([undefined, 'a text of some length']);
  expect(blob.toString('latin1')).not.toContain('text');
});

test('an indexer gives the same index as the HMAC', () => {
  const index = keyedIndexer(raw);
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', maxLength: 400 }), (text) =>
      expect(Buffer.from(index(text)).equals(keyedIndex(key, text))).toBe(true),
    ),
  );
});

test('a hasher gives the same bytes as the HMAC, for short keys and long texts too', () => {
  for (const length of [16, 32, 64]) {
    const own = randomBytes(length);
    const hashed = keyedHasher(own);
    for (const text of ['', 'a', 'ş'.repeat(700), 'x'.repeat(5000)])
      expect(hashed(text).equals(keyedHash(createSecretKey(own), text))).toBe(true);
  }
});
