import { inspect } from 'node:util';
import { asKopruError, type ErrorCode, errorCatalogue, KopruError } from '../../src/core/errors';

const entries = Object.entries(errorCatalogue) as [ErrorCode, (typeof errorCatalogue)[ErrorCode]][];

/** The codes for which something does not hold. */
const failing = (holds: (entry: { code: ErrorCode; status: number; exit: number; severity: string; meaning: string }) => boolean) =>
  entries.filter(([code, e]) => !holds({ code, ...e })).map(([code]) => code);

describe('every code of the catalogue', () => {
  test('there are some', () => expect(entries.length).toBeGreaterThan(30));

  test('is written in lower case and means one sentence', () => {
    expect(failing(({ code, meaning }) => /^[a-z]+(?:-[a-z]+)*$/.test(code) && /^[A-Z].{10,}\.$/.test(meaning))).toEqual([]);
  });

  test('has a status that the API gives', () => {
    expect(failing(({ status }) => [400, 401, 403, 404, 405, 409, 410, 413, 415, 429, 500, 502, 503].includes(status))).toEqual([]);
  });

  test('that may work later says so with a gateway’s or a service’s status, or that the asker asked too much', () => {
    expect(failing(({ severity, status }) => severity !== 'retry' || [429, 502, 503].includes(status))).toEqual([]);
  });

  test('that waits for an operator is neither retried nor the asker’s mistake', () => {
    expect(failing(({ severity, status }) => severity !== 'hold' || [409, 502].includes(status))).toEqual([]);
  });

  test('has an exit code that goes with its status', () => {
    expect(failing(({ exit }) => Number.isInteger(exit) && exit >= 1 && exit <= 6)).toEqual([]);
    expect(failing(({ exit, status }) => (exit === 4) === [401, 403, 429].includes(status))).toEqual([]);
    expect(failing(({ exit, status }) => ![404, 409].includes(status) || [3, 5].includes(exit))).toEqual([]);
    expect(failing(({ exit, status }) => ![502, 503].includes(status) || exit === 5)).toEqual([]);
    expect(failing(({ code, exit }) => exit !== 1 || code === 'internal')).toEqual([]);
  });

  test('of a source never lets an agency’s refusal look like the asker’s own', () => {
    expect(failing(({ code, status }) => !code.startsWith('source-') || ![401, 403].includes(status))).toEqual([]);
  });

  test('means something of its own', () => expect(new Set(entries.map(([, e]) => e.meaning)).size).toBe(entries.length));

  test('gives an error its severity, unless that says otherwise', () => {
    expect(failing(({ code, severity }) => new KopruError(code, 'x').severity === severity)).toEqual([]);
    expect(new KopruError('not-found', 'x', { severity: 'quarantine' }).severity).toBe('quarantine');
  });
});

test('the three refusals of an agency stay three', () => {
  const told = (['source-not-found', 'source-not-authorised', 'source-fault'] as const).map(
    (c) => `${errorCatalogue[c].status} ${errorCatalogue[c].severity}`,
  );
  expect(new Set(told).size).toBe(3);
  expect(entries.filter(([, e]) => /bulunamadı|yetkisiz|servis hatası/.test(e.meaning))).toHaveLength(3);
});

describe('an unforeseen thing', () => {
  const secret = 'a name of a person';
  const thrown: [string, unknown][] = [
    ['an error', new TypeError(secret)],
    ['an error with a cause', new Error('x', { cause: new Error(secret) })],
    ['a text', secret],
    ['an object', { message: secret, code: 'not-found' }],
    ['an error that has one of our codes', Object.assign(new Error(secret), { code: 'grant-closed', hint: secret })],
    ['undefined', undefined],
    ['null', null],
  ];

  test.each(thrown)('%s becomes internal and tells nothing of itself', (_what, thing) => {
    const error = asKopruError(thing);
    expect(error).toBeInstanceOf(KopruError);
    expect(error.code).toBe('internal');
    expect(error.severity).toBe('halt');
    for (const told of [error.message, error.hint, String(error), error.stack, JSON.stringify(error), JSON.stringify({ ...error })])
      expect(told).not.toContain(secret);
    // For the log alone.
    expect(error.cause).toBe(thing);
    if (typeof thing === 'string') expect(inspect(error)).toContain(secret);
  });

  test('one of ours stays itself', () => {
    const error = new KopruError('not-found', 'There is none.', { hint: 'Look again.' });
    expect(asKopruError(error)).toBe(error);
  });
});
