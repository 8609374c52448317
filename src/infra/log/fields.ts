/**
 * What may stand in a log line besides its text. Anything else is left out and its name noted, so that a new field is
 * thought about before it is written; none of these can hold a value from a person's record.
 */
const allowed = new Set(
  `component run runId dataset kind mode attempt attempts snapshot version status code queue job jobs slot schedule lookup part parts pass rules opened reopened closed open
   method route ms bytes page pages records quarantined duplicates unknown added changed removed unchanged count total
   source party grant agreement waitMs waitSeconds delayMs afterMs host port pid signal threads reqId file folder migrations adopted
   reason severity err error dropped`.split(/\s+/),
);

const longest = 200;

/** A run of digits as long as a national id or tax number is taken for one, wherever it stands. */
const withoutIds = (text: string): string => text.replace(/\d{10,}/g, '[number]');

export const cleanText = (text: string): string => withoutIds(text).slice(0, longest);

function cleanValue(value: unknown): unknown {
  if (typeof value === 'string') return cleanText(value);
  if (typeof value === 'number') return Math.abs(value) < 1e10 || !Number.isInteger(value) ? value : '[number]';
  if (typeof value === 'bigint') return cleanText(String(value));
  if (typeof value === 'boolean' || value === null) return value;
  return undefined;
}

/** The allowed fields with plain values; errors as `describeError` tells them. */
export function cleanFields(fields: Record<string, unknown>): Record<string, unknown> {
  const clean: Record<string, unknown> = {};
  const dropped: string[] = [];
  for (const [name, value] of Object.entries(fields)) {
    if (value === undefined) continue;
    const kept = !allowed.has(name) ? undefined : name === 'err' || name === 'error' ? describeError(value) : cleanValue(value);
    if (kept === undefined) dropped.push(name.slice(0, longest));
    else clean[name] = kept;
  }
  if (dropped.length > 0) clean['dropped'] = dropped.map(withoutIds).join(' ');
  return clean;
}

/** Properties of foreign errors that name things, not values: PostgreSQL's, Node's, Prisma's, axios's. */
const tellingProperties = [
  'code',
  'severity',
  'schema',
  'table',
  'column',
  'constraint',
  'routine',
  'syscall',
  'port',
  'status',
  'clientVersion',
];
const plainWord = /^[\w.:@/-]{1,80}$/;
const frameLine = /^\s+at .*:\d+:\d+\)?$/;
const keptFrames = 8;
const keptCauses = 5;

/**
 * An error as its class, its code and where it arose. The text of an unknown error may quote a record, so only the
 * broker's own errors, whose text never does, keep theirs.
 */
export function describeError(error: unknown, depth = 0): unknown {
  if (!(error instanceof Error) && !isErrorLike(error)) return typeof error === 'string' ? '[text]' : typeof error;
  const described: Record<string, unknown> = { type: plainWord.test(error.name) ? error.name : 'Error' };
  for (const name of tellingProperties) {
    const value = (error as unknown as Record<string, unknown>)[name];
    if (typeof value === 'number' || (typeof value === 'string' && plainWord.test(value))) described[name] = cleanValue(value);
  }
  if (error.name === 'KopruError') described['message'] = cleanText(error.message);
  else
    described['at'] = (error.stack ?? '')
      .split('\n')
      .filter((line) => frameLine.test(line))
      .slice(0, keptFrames)
      .map((line) => line.trim());
  const causes = error instanceof AggregateError ? error.errors : error.cause === undefined ? [] : [error.cause];
  if (depth < keptCauses && causes.length > 0)
    described['causes'] = causes.slice(0, keptCauses).map((cause) => describeError(cause, depth + 1));
  return described;
}

/** Errors of another realm (jest, worker threads) fail `instanceof`. */
const isErrorLike = (value: unknown): value is Error =>
  typeof value === 'object' && value !== null && typeof (value as Error).name === 'string' && typeof (value as Error).message === 'string';
