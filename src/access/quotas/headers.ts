import { type QuotaStanding, quotaName } from './standing';

const daySeconds = 86_400;
const units = { queries: 'requests', records: 'records' };

/**
 * The fields `RateLimit-Policy` and `RateLimit` (draft-ietf-httpapi-ratelimit-headers-11, structured fields of RFC 9651) for the limit
 * on queries and the one on records of which least is left, and for a refusal `Retry-After` in seconds. No fields where nothing is
 * limited. The draft registers no unit for records; `records` is ours.
 */
export function rateLimitHeaders(standings: readonly QuotaStanding[], at: Date, refusedBy?: QuotaStanding): Record<string, string> {
  const shown = (['queries', 'records'] as const).flatMap((what) => {
    if (refusedBy?.what === what) return [refusedBy];
    return tightest(standings.filter((s) => s.what === what));
  });
  if (shown.length === 0) return {};
  const seconds = (s: QuotaStanding) => Math.max(0, Math.ceil((s.renewsAt.getTime() - at.getTime()) / 1000));
  return {
    'RateLimit-Policy': shown.map((s) => `"${quotaName(s)}";q=${s.limit};qu="${units[s.what]}";w=${daySeconds}`).join(', '),
    RateLimit: shown.map((s) => `"${quotaName(s)}";r=${s.remaining};t=${seconds(s)}`).join(', '),
    ...(refusedBy ? { 'Retry-After': String(seconds(refusedBy)) } : {}),
  };
}

function tightest(standings: readonly QuotaStanding[]): QuotaStanding[] {
  const least = Math.min(...standings.map((s) => s.remaining));
  return standings.filter((s) => s.remaining === least).slice(0, 1);
}
