import { rateLimitHeaders } from '../../src/access/quotas/headers';
import { quotaExceeded, quotaStanding, type Standing } from '../../src/access/quotas/standing';
import { istanbulMidnightAfter } from '../../src/core/dates';

const at = new Date('2026-11-22T20:00:00.001Z');
const standing = (own: Partial<Standing>) => quotaStanding({ scope: 'party', what: 'queries', limit: 100, used: 40, ...own }, at);

test('the next midnight in Istanbul, from both sides', () => {
  const after = (instant: string) => istanbulMidnightAfter(new Date(instant)).toISOString();
  expect(after('2026-11-22T20:59:59.999Z')).toBe('2026-11-22T21:00:00.000Z');
  expect(after('2026-11-22T21:00:00.000Z')).toBe('2026-11-23T21:00:00.000Z');
  expect(after('2026-12-31T22:00:00.000Z')).toBe('2027-01-01T21:00:00.000Z');
});

describe('headers', () => {
  test('tell the tightest limit on queries and the tightest on records', () => {
    const standings = [
      standing({}),
      standing({ scope: 'unit', limit: 50, used: 45 }),
      standing({ scope: 'person', limit: 10, mode: 'instant', used: 1 }),
      standing({ what: 'records', limit: 1_000, used: 1_200 }),
    ];
    expect(rateLimitHeaders(standings, at)).toEqual({
      'RateLimit-Policy': '"unit-queries";q=50;qu="requests";w=86400, "party-records";q=1000;qu="records";w=86400',
      RateLimit: '"unit-queries";r=5;t=3600, "party-records";r=0;t=3600',
    });
  });

  test('of a refusal name the limit that refused, and when to come again', () => {
    const by = standing({ what: 'records', scope: 'person', mode: 'instant', limit: 100, used: 90 });
    expect(rateLimitHeaders([standing({ what: 'records', limit: 10, used: 5 }), by], at, by)).toEqual({
      'RateLimit-Policy': '"person-records-instant";q=100;qu="records";w=86400',
      RateLimit: '"person-records-instant";r=10;t=3600',
      'Retry-After': '3600',
    });
  });

  test('are absent where nothing is limited, and never tell of a time that is over', () => {
    expect(rateLimitHeaders([], at)).toEqual({});
    expect(rateLimitHeaders([standing({})], new Date('2026-11-23T00:00:00Z')).RateLimit).toBe('"party-queries";r=60;t=0');
  });
});

test('a refusal says limit, use, what is left and when it renews', () => {
  const used = quotaExceeded(standing({ used: 100, mode: 'instant' }));
  expect(used).toMatchObject({
    code: 'quota-exceeded',
    message: 'Of the 100 instant queries a day that the owner of the data allows this party, 100 are used.',
    hint: expect.stringContaining('2026-11-22T21:00:00.000Z'),
  });
  expect(quotaExceeded(standing({ what: 'records', scope: 'unit' })).message).toMatch(/this unit, 40 are used, .* the 60 that are left\.$/);
});
