/** Seconds to wait by a Retry-After header (a number of seconds or an HTTP date); undefined where it says neither. */
export function retryAfterSeconds(header: string | undefined, now: Date): number | undefined {
  const text = header?.trim();
  if (!text) return undefined;
  if (/^\d{1,9}$/.test(text)) return Number(text);
  if (!/^[A-Z][a-z]{2,8}, .+ GMT$/.test(text)) return undefined;
  const then = Date.parse(text);
  return Number.isNaN(then) ? undefined : Math.max(0, (then - now.getTime()) / 1000);
}
