import fc from 'fast-check';
import { asRange, isAddress, isWithin, networkOf } from '../../src/core/addresses';

test.each([
  ['10.1.2.3', '10.1.2.3/32'],
  ['10.0.0.0/8', '10.0.0.0/8'],
  ['0.0.0.0/0', '0.0.0.0/0'],
  ['2001:DB8::/32', '2001:db8::/32'],
  ['2001:0db8:0:0:0:0:0:1', '2001:db8::1/128'],
  ['::/0', '::/0'],
  ['::ffff:10.0.0.0/104', '10.0.0.0/8'],
  ['::ffff:10.0.0.1', '10.0.0.1/32'],
])('%s is the range %s', (text, range) => expect(asRange(text)).toBe(range));

test.each([
  '',
  'all',
  '10.0.0.0/',
  '10.0.0.0/33',
  '10.0.0.0/-1',
  '10.0.0.0/08',
  '10.0.0.0/8/8',
  '10.0.0.0 /8',
  '10.0.0/8',
  '010.0.0.0/8',
  '0xa000000/8',
  '10.1.2.3/8',
  '10.0.0.0/255.0.0.0',
  '2001:db8::/129',
  '2001:db8::1/32',
  'fe80::1%eth0/64',
  '::ffff:10.0.0.0/95',
  '::ffff:0:0/64',
  'host.example',
])('%p is no range, and nothing lies in it', (text) => {
  expect(asRange(text)).toBeUndefined();
  expect(isWithin('10.1.2.3', text)).toBe(false);
});

test.each([
  '127.1',
  '1',
  '0x7f.0.0.1',
  '010.0.0.1',
  '256.0.0.1',
  '10.0.0.1:443',
  '[::1]',
  '1::2::3',
  '',
  'unknown',
  '10.0.0.1 ',
  '10.0.0.1/32',
])('%p is no address', (text) => {
  expect(isAddress(text)).toBe(false);
  expect(isWithin(text, '0.0.0.0/0')).toBe(false);
});

test.each<[string, string, boolean]>([
  ['10.1.2.3', '10.0.0.0/8', true],
  ['11.1.2.3', '10.0.0.0/8', false],
  ['10.1.2.3', '10.1.2.3', true],
  ['10.1.2.4', '10.1.2.3', false],
  ['10.1.2.2', '10.1.2.2/31', true],
  ['10.1.2.4', '10.1.2.2/31', false],
  ['255.255.255.255', '0.0.0.0/0', true],
  ['::ffff:10.1.2.3', '10.0.0.0/8', true],
  ['::ffff:0a01:0203', '10.0.0.0/8', true],
  ['::ffff:11.1.2.3', '10.0.0.0/8', false],
  ['::ffff:10.1.2.3', '::/0', false],
  ['10.1.2.3', '::/0', false],
  ['::10.1.2.3', '10.0.0.0/8', false],
  ['2001:db8::1', '2001:db8::/32', true],
  ['2001:db9::1', '2001:db8::/32', false],
  ['2001:db8::1', '0.0.0.0/0', false],
  ['fe80::1%eth0', 'fe80::/10', true],
  ['::1', '::1', true],
])('%s in %s: %p', (address, range, within) => expect(isWithin(address, range)).toBe(within));

const numbers = fc.integer({ min: 0, max: 0xffffffff });
const written = (n: number) => [24, 16, 8, 0].map((shift) => (n >>> shift) & 255).join('.');

test('an IPv4 address lies in a range if their first bits are the same', () => {
  fc.assert(
    fc.property(numbers, numbers, fc.integer({ min: 0, max: 32 }), (address, other, bits) => {
      const mask = bits === 0 ? 0 : (0xffffffff << (32 - bits)) >>> 0;
      const network = (other & mask) >>> 0;
      const range = `${written(network)}/${bits}`;
      expect(asRange(range)).toBe(range);
      expect(isWithin(written(address), range)).toBe((address & mask) >>> 0 === network);
      expect(isWithin(`::ffff:${written(address)}`, range)).toBe((address & mask) >>> 0 === network);
    }),
  );
});

test.each([
  ['192.0.2.7', '192.0.2.7'],
  ['::ffff:192.0.2.7', '192.0.2.7'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::'],
  ['2001:db8:1:2::1', '2001:db8:1:2::'],
  ['fe80::1%eth0', 'fe80::'],
  ['unknown', 'unknown'],
])('the network of %s is %s', (address, network) => expect(networkOf(address)).toBe(network));
