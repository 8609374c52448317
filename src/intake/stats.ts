/** What was counted while reading; adds up over pages. */
export interface PageStats {
  records: number;
  unchanged: number;
  quarantined: number;
  /** Ids of a kind that a query-only source does not take. */
  refused: number;
  /** Per field position: records without a value, and with one that cannot stand there. */
  missing: number[];
  wrong: number[];
  /** Upstream values that no mapping takes, which are dropped, and some of their names. */
  unknown: { count: number; names: string[] };
  /** Order-free sum of the records' keyed hashes, four 32-bit words: two readings of one state have the same. */
  sum: number[];
}

export function emptyStats(fields: number): PageStats {
  return {
    records: 0,
    unchanged: 0,
    quarantined: 0,
    refused: 0,
    missing: Array(fields).fill(0),
    wrong: Array(fields).fill(0),
    unknown: { count: 0, names: [] },
    sum: [0, 0, 0, 0],
  };
}

/** A source that invents names without end must not fill the checkpoint. */
const maxUnknown = 50;

/** Adds a page's counts to a pull's. */
export function addStats(into: PageStats, page: PageStats): void {
  into.records += page.records;
  into.unchanged += page.unchanged;
  into.quarantined += page.quarantined;
  into.refused += page.refused;
  page.missing.forEach((n, i) => {
    into.missing[i] = (into.missing[i] ?? 0) + n;
  });
  page.wrong.forEach((n, i) => {
    into.wrong[i] = (into.wrong[i] ?? 0) + n;
  });
  const names = new Set([...into.unknown.names, ...page.unknown.names]);
  into.unknown = { count: into.unknown.count + page.unknown.count, names: [...names].slice(0, maxUnknown) };
  into.sum = into.sum.map((word, i) => (word + (page.sum[i] as number)) >>> 0);
}
