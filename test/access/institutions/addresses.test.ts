import { type AddressRule, addressAllowed, rulesFor } from '../../../src/access/institutions/addresses';

const rule = (id: number, party: string, unit: string | null, cidr: string): AddressRule => ({ id, party, unit, cidr });
const ofAll = [
  rule(1, 'a', null, '10.0.0.0/8'),
  rule(2, 'a', null, '2001:db8::/32'),
  rule(3, 'a', 'adana', '10.1.0.0/16'),
  rule(4, 'b', 'only', '192.0.2.0/24'),
];

test.each<[string, Parameters<typeof rulesFor>[1], number[]]>([
  ['a party’s own', { party: 'a' }, [1, 2]],
  ['a unit’s own, which replace its party’s', { party: 'a', unit: 'adana' }, [3]],
  ['a unit without its own: its party’s', { party: 'a', unit: 'bursa' }, [1, 2]],
  ['a party of which only a unit has some: none', { party: 'b' }, []],
  ['another unit of that party: none', { party: 'b', unit: 'other' }, []],
  ['the same unit’s name at another party: its party’s', { party: 'a', unit: 'only' }, [1, 2]],
  ['a party without any', { party: 'c', unit: null }, []],
])('%s', (_, who, ids) => expect(rulesFor(ofAll, who).map(({ id }) => id)).toEqual(ids));

test.each<[string, string[], boolean]>([
  ['10.1.2.3', ['10.0.0.0/8', '2001:db8::/32'], true],
  ['2001:db8::7', ['10.0.0.0/8', '2001:db8::/32'], true],
  ['::ffff:10.1.2.3', ['10.0.0.0/8'], true],
  ['11.1.2.3', ['10.0.0.0/8', '2001:db8::/32'], false],
  ['2001:db9::7', ['10.0.0.0/8', '2001:db8::/32'], false],
  ['203.0.113.9', [], true],
  ['2001:db9::7', [], true],
  ['unknown', [], false],
  ['', [], false],
  ['10.0.0.1:443', ['0.0.0.0/0', '::/0'], false],
  ['10.1.2.3', ['broken'], false],
])('%s under %p: %p', (address, cidrs, allowed) => {
  expect(
    addressAllowed(
      address,
      cidrs.map((cidr) => ({ cidr })),
    ),
  ).toBe(allowed);
});
