import { createAttempts } from '../../../src/surfaces/api/attempts';

let now = new Date('2026-11-22T09:00:00Z');
const refused = (work: () => void) => {
  try {
    work();
    return undefined;
  } catch (error) {
    return (error as { code: string }).code;
  }
};

test('a hundred attempts a minute from one address, and another address has its own', () => {
  const attempts = createAttempts(() => now);
  for (let i = 0; i < 100; i += 1) expect(refused(() => attempts.count('192.0.2.1'))).toBeUndefined();
  expect(refused(() => attempts.count('192.0.2.1'))).toBe('too-many-attempts');
  expect(refused(() => attempts.count('192.0.2.2'))).toBeUndefined();
  now = new Date(now.getTime() + 59_999);
  expect(refused(() => attempts.count('192.0.2.1'))).toBe('too-many-attempts');
  now = new Date(now.getTime() + 1);
  expect(refused(() => attempts.count('192.0.2.1'))).toBeUndefined();
});

test('it remembers a bounded number of addresses', () => {
  const attempts = createAttempts(() => now);
  for (let i = 0; i < 100; i += 1) attempts.count('198.51.100.1');
  for (let i = 0; i < 10_000; i += 1) attempts.count(`2001:db8::${i.toString(16)}`);
  expect(refused(() => attempts.count('198.51.100.1'))).toBeUndefined();
});
