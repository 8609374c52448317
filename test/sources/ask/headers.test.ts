import { retryAfterSeconds } from '../../../src/sources/ask/retryAfter';
import { nextLink } from '../../../src/sources/paging/link';

test.each([
  ['</a>; rel="next"', '/a'],
  ['</a>;rel=next', '/a'],
  ['</a>; REL="NEXT"', '/a'],
  ['</p>; rel="prev", </a?x=1,2;3>; rel="next"', '/a?x=1,2;3'],
  ['</a>; title="a, b; rel=x"; rel="last next"', '/a'],
  ['</a>; title="rel=\\"next\\""', undefined],
  ['</a>; rel="nextish"', undefined],
  ['</a>; rel="prev"; rel="next"', undefined],
  ['</a>; rel="next"; anchor="/other"', undefined],
  ['/a; rel="next"', undefined],
  ['', undefined],
  [undefined, undefined],
])('the next link of %s', (header, expected) => {
  expect(nextLink(header)).toBe(expected);
});

test('a hostile Link header costs no time', () => {
  const began = performance.now();
  nextLink(`<a>${'; '.repeat(100_000)}`);
  nextLink(`<a>${';a=" '.repeat(100_000)}`);
  nextLink('<'.repeat(100_000));
  expect(performance.now() - began).toBeLessThan(1000);
});

test.each([
  ['0', 0],
  [' 7 ', 7],
  ['Sat, 21 Nov 2026 12:00:30 GMT', 30],
  ['Saturday, 21-Nov-26 12:00:30 GMT', 30],
  ['Sat Nov 21 12:00:30 2026', undefined],
  ['1.5', undefined],
  ['99999999999', undefined],
  ['Sat, 99 Nov 2026 12:00:30 GMT', undefined],
  ['', undefined],
  [undefined, undefined],
])('Retry-After %p', (header, seconds) => {
  expect(retryAfterSeconds(header, new Date('2026-11-21T12:00:00Z'))).toBe(seconds);
});
