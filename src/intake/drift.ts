import type { PageStats } from './stats';

/** Per field name, the share of a reading's records that had no value there. */
export function missingShares(names: readonly string[], stats: PageStats): Record<string, number> {
  return Object.fromEntries(names.map((name, i) => [name, stats.records === 0 ? 0 : (stats.missing[i] ?? 0) / stats.records]));
}

/**
 * Whether the source's shape drifted: a field whose values cannot stand there in more than `share` of the records,
 * or that is missing in that many more of them than in the last snapshot. A sentence, or undefined.
 */
export function driftReason(
  names: readonly string[],
  stats: PageStats,
  before: Record<string, number> | undefined,
  share: number,
): string | undefined {
  if (stats.records === 0) return undefined;
  const now = missingShares(names, stats);
  const findings: string[] = [];
  names.forEach((name, i) => {
    const wrong = (stats.wrong[i] ?? 0) / stats.records;
    if (wrong > share) findings.push(`${name} cannot be read in ${percent(wrong)} of the records`);
    const vanished = (now[name] ?? 0) - (before?.[name] ?? now[name] ?? 0);
    if (vanished > share)
      findings.push(`${name} has no value in ${percent(now[name] ?? 0)} of the records, before in ${percent(before?.[name] ?? 0)}`);
  });
  return findings.length === 0 ? undefined : `drift: ${findings.join(', ')}`;
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)}%`;
}
