import { createHmac, createSecretKey, randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { keyedHash, keyedIndex, seal, unseal } from '../../src/core/sealing';

const key = createSecretKey(randomBytes(32));
const otherKey = createSecretKey(randomBytes(32));
const context = randomBytes(16);
const text = fc.oneof(fc.string({ unit: 'grapheme' }), fc.constantFrom('', 'ığüşöçİ', '{"a":"\u0000"}'));

test('what was sealed opens with the same key and context', () => {
  fc.assert(fc.property(text, fc.uint8Array(), (t, c) => expect(unseal(key, seal(key, t, c), c)).toBe(t)));
});

test('a wrong key or context opens nothing', () => {
  fc.assert(
    fc.property(text, fc.uint8Array({ minLength: 1 }), (t, c) => {
      const sealed = seal(key, t, c);
      expect(unseal(otherKey, sealed, c)).toBeUndefined();
      expect(
        unseal(
          key,
          sealed,
          Uint8Array.from(c, (b, i) => (i === 0 ? b ^ 1 : b)),
        ),
      ).toBeUndefined();
      expect(unseal(key, sealed, c.subarray(1))).toBeUndefined();
      expect(unseal(key, sealed, new Uint8Array(0))).toBeUndefined();
    }),
  );
});

test('any one flipped bit, in whatever byte, opens nothing', () => {
  const sealed = seal(key, 'a text of some length', context);
  for (let at = 0; at < sealed.length; at += 1) {
    for (const bit of [1, 128]) {
      const spoilt = Buffer.from(sealed);
      spoilt[at] = (spoilt[at] as number) ^ bit;
      expect([at, unseal(key, spoilt, context)]).toEqual([at, undefined]);
    }
  }
  expect(unseal(key, sealed, context)).toBe('a text of some length');
});

test('cut short, lengthened or empty, it opens nothing', () => {
  for (const t of ['', 'text']) {
    const sealed = seal(key, t, context);
    for (let length = 0; length < sealed.length; length += 1) {
      expect(unseal(key, sealed.subarray(0, length), context)).toBeUndefined();
      expect(unseal(key, sealed.subarray(sealed.length - length), context)).toBeUndefined();
    }
    expect(unseal(key, Buffer.concat([sealed, Buffer.from([0])]), context)).toBeUndefined();
  }
});

test('the parts of two sealed texts cannot be exchanged', () => {
  const [a, b] = [seal(key, 'one text', context), seal(key, 'another1', context)];
  expect(unseal(key, Buffer.concat([a.subarray(0, 13), b.subarray(13)]), context)).toBeUndefined();
  expect(unseal(key, Buffer.concat([a.subarray(0, -16), b.subarray(-16)]), context)).toBeUndefined();
});

test('the same text seals differently each time, beyond the batch of initial values', () => {
  const ivs = new Set<string>();
  const whole = new Set<string>();
  for (let i = 0; i < 5000; i += 1) {
    const sealed = seal(key, 'same', context);
    ivs.add(sealed.subarray(1, 13).toString('hex'));
    whole.add(sealed.toString('hex'));
  }
  expect([ivs.size, whole.size]).toEqual([5000, 5000]);
});

test('what was sealed stays as it is while more is sealed', () => {
  const first = seal(key, 'first', context);
  const copy = Buffer.from(first);
  for (let i = 0; i < 3000; i += 1) seal(key, 'more', context);
  expect(first.equals(copy)).toBe(true);
});

test('nothing of the text stands in the sealed bytes', () => {
  const sealed = seal(key, 'A NAME THAT IS LONG ENOUGH', context).toString('latin1');
  expect(sealed).not.toMatch(/NAME|LONG/);
});

test('the keyed index is the head of the HMAC, and another under another key', () => {
  fc.assert(
    fc.property(text, (t) => {
      const hmac = createHmac('sha256', key.export()).update(t, 'utf8').digest();
      expect(keyedHash(key, t).equals(hmac)).toBe(true);
      expect(keyedIndex(key, t).equals(hmac.subarray(0, 16))).toBe(true);
      expect(keyedIndex(otherKey, t).equals(keyedIndex(key, t))).toBe(false);
    }),
  );
});
