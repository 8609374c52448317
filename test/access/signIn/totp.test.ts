import { Secret } from 'otpauth';
import { newSecret, secretUri, stepOf } from '../../../src/access/signIn/totp';

/** RFC 6238, appendix B, for SHA-1: of its eight digits the last six. */
const secret = Secret.fromLatin1('12345678901234567890').base32;
const vectors: [seconds: number, code: string][] = [
  [59, '287082'],
  [1_111_111_109, '081804'],
  [1_111_111_111, '050471'],
  [1_234_567_890, '005924'],
  [2_000_000_000, '279037'],
  [20_000_000_000, '353130'],
];
const at = (seconds: number) => new Date(seconds * 1000);

test.each(vectors)('at %d seconds the code is %s', (seconds, code) => {
  expect(stepOf(secret, code, { now: at(seconds), after: 0 })).toBe(Math.floor(seconds / 30));
});

test('one step early or late is taken as the step that it is, two are not', () => {
  const [seconds, code] = [1_234_567_890, '005924'];
  const step = seconds / 30;
  const taken = (late: number) => stepOf(secret, code, { now: at(seconds + late), after: 0 });
  expect([taken(-31), taken(-30), taken(-1), taken(0), taken(59), taken(60)]).toEqual([undefined, step, step, step, step, undefined]);
});

test('no code of the step that was used last, or of one before', () => {
  const [seconds, code] = [1_234_567_890, '005924'];
  const step = seconds / 30;
  for (const [after, taken] of [[step - 1, step] as const, [step, undefined] as const, [step + 1, undefined] as const])
    expect(stepOf(secret, code, { now: at(seconds), after })).toBe(taken);
});

test('nothing near it', () => {
  for (const code of ['005925', '5924', '0005924', '', ' 005924', '００５９２４'])
    expect(stepOf(secret, code, { now: at(1_234_567_890), after: 0 })).toBeUndefined();
});

test('a secret has 160 bits, is another each time, and its address says what an app must know', () => {
  const [one, other] = [newSecret(), newSecret()];
  expect(one).toMatch(/^[A-Z2-7]{32}$/);
  expect(one).not.toBe(other);
  const uri = new URL(secretUri(one, { issuer: 'Köprü', label: 'cgm-7' }));
  expect([uri.protocol, decodeURIComponent(uri.pathname)]).toEqual(['otpauth:', '/Köprü:cgm-7']);
  expect(Object.fromEntries(uri.searchParams)).toEqual({ issuer: 'Köprü', secret: one, algorithm: 'SHA1', digits: '6', period: '30' });
});
