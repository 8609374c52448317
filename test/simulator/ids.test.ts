import { completeTckn, idKind, isDummyId } from '../../src/core/nationalId';
import { nineAt, type Owner, owners, slots, spaces, tckn, vkn, ykn } from '../../src/simulator/population/ids';

const ownerNames = Object.keys(owners) as Owner[];
const sample = 20_000;

describe.each([
  ['tckn', tckn],
  ['ykn', ykn],
  ['vkn', vkn],
] as const)('%s', (kind, make) => {
  it('has valid check digits, and no number comes twice, not even between owners', () => {
    const seen = new Set<string>();
    for (const owner of ownerNames) {
      for (let i = 0; i < sample; i += 1) {
        const id = make(7, owner, i);
        if (idKind(id) !== kind) throw new Error(`${kind} of ${owner} ${i} is no such number`);
        seen.add(id);
      }
    }
    expect(seen.size).toBe(ownerNames.length * sample);
  });

  it('is another one with another seed', () => {
    expect(make(7, 'worker', 5)).not.toBe(make(8, 'worker', 5));
    expect(make(7, 'worker', 5)).toBe(make(7, 'worker', 5));
  });
});

it('stays in range up to the last place', () => {
  for (const owner of ownerNames) {
    expect(idKind(completeTckn(String(nineAt('tckn', owner, spaces.tckn.prime - 1))))).toBe('tckn');
    expect(idKind(completeTckn(String(nineAt('ykn', owner, spaces.ykn.prime - 1))))).toBe('ykn');
    expect(nineAt('vkn', owner, spaces.vkn.prime - 1)).toBeLessThan(1e9);
  }
});

it('never makes a dummy number, and gives its place to a number nobody else has', () => {
  const { low, prime } = spaces.tckn;
  let tried = 0;
  for (const owner of ownerNames) {
    for (let digit = 1; digit <= 8; digit += 1) {
      const x = (digit * 111_111_111 - low - owners[owner]) / slots;
      if (!Number.isInteger(x)) continue;
      tried += 1;
      const nine = nineAt('tckn', owner, x);
      expect(isDummyId(completeTckn(String(nine)))).toBe(false);
      expect((nine - low - owners[owner]) / slots).toBeGreaterThanOrEqual(prime);
      expect(idKind(completeTckn(String(nine)))).toBe('tckn');
    }
  }
  expect(tried).toBeGreaterThan(2);
});
