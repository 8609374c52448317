/**
 * What the caller of a failing step should do next:
 * `retry` the same step may succeed later; `quarantine` set the one record aside and go on;
 * `hold` stop and wait for an operator; `halt` stop, a person must change something first.
 */
export type Severity = 'retry' | 'quarantine' | 'hold' | 'halt';

/** A mistake in a list: in which row and column, and a stable reason; never what stands there. */
export interface Mistake {
  row: number;
  column?: string;
  reason: string;
}

/**
 * The one error that reaches people: one sentence, what to do, and a stable code from `errorCatalogue`.
 * Its text never holds personal data.
 */
export class KopruError extends Error {
  readonly code: ErrorCode;
  readonly hint: string | undefined;
  readonly severity: Severity;
  /** In how many seconds the same may be asked again, where that is known. */
  readonly retryAfter: number | undefined;
  /** Of a list that was refused. */
  readonly mistakes: readonly Mistake[] | undefined;

  constructor(
    code: ErrorCode,
    message: string,
    options: { hint?: string; severity?: Severity; mistakes?: readonly Mistake[]; cause?: unknown; retryAfter?: number } = {},
  ) {
    super(message, { cause: options.cause });
    this.name = 'KopruError';
    this.code = code;
    this.hint = options.hint;
    this.severity = options.severity ?? errorCatalogue[code].severity;
    this.retryAfter = options.retryAfter;
    this.mistakes = options.mistakes;
  }
}

interface CatalogueEntry {
  /** HTTP status where the error reaches an API reader. */
  status: number;
  /** Exit code of the command line, documented in docs/operators.md. */
  exit: number;
  severity: Severity;
  /** What the code means, for docs/errors.md. */
  meaning: string;
}

const entry = (status: number, exit: number, severity: Severity, meaning: string): CatalogueEntry => ({
  status,
  exit,
  severity,
  meaning,
});

/** Every stable code; docs/errors.md is checked against it by a test. */
export const errorCatalogue = {
  'settings-invalid': entry(500, 2, 'halt', 'One or more settings are wrong; all are listed at once.'),
  'agreement-invalid': entry(500, 2, 'halt', 'The agreement file has a mistake.'),
  'sources-invalid': entry(500, 2, 'halt', 'The file of sources has a mistake.'),
  usage: entry(400, 2, 'halt', 'A command was called with wrong words.'),
  'agreement-not-in-force': entry(403, 4, 'halt', 'The agreement is not in force, so nothing is pulled or released.'),
  'grant-closed': entry(403, 4, 'halt', 'No open grant lets this party read this.'),
  'purpose-refused': entry(403, 4, 'halt', 'The stated purpose is not one the grant allows.'),
  'quota-exceeded': entry(429, 4, 'retry', 'A daily limit that the owner of the data set does not leave room for this.'),
  'quota-foreign': entry(403, 4, 'halt', 'Only the owner of a dataset limits how much another party reads of it.'),
  'purpose-missing': entry(403, 4, 'halt', 'A query must name its purpose.'),
  'case-missing': entry(403, 4, 'halt', 'A query must name the case that it is for.'),
  'training-missing': entry(403, 4, 'halt', 'The person’s training is not recorded.'),
  'undertaking-missing': entry(403, 4, 'halt', 'The person has not accepted the undertaking in force.'),
  'role-refused': entry(403, 4, 'halt', 'No role of the person allows this.'),
  'scope-refused': entry(403, 4, 'halt', 'The dataset cannot be read by province, and the person is of one.'),
  'personal-grant-missing': entry(403, 4, 'halt', 'The dataset needs a grant of the person’s own.'),
  'not-authenticated': entry(401, 4, 'halt', 'No valid credential came with the request.'),
  'too-many-attempts': entry(429, 4, 'retry', 'Too many attempts without a valid credential came from one address.'),
  'password-refused': entry(400, 2, 'halt', 'The password does not follow the rules for passwords.'),
  busy: entry(503, 5, 'retry', 'Too much of the same is asked at once.'),
  'not-authorised': entry(403, 4, 'halt', 'The credential does not allow this.'),
  'audit-unavailable': entry(503, 5, 'retry', 'It could not be logged, so nothing was released or done.'),
  'audit-broken': entry(500, 6, 'halt', 'The audit log does not fit its own hashes or its checkpoints.'),
  'timestamp-failed': entry(502, 5, 'retry', 'The time-stamping authority stamped no checkpoint.'),
  'party-foreign': entry(403, 4, 'halt', 'The person belongs to another party, whose own administrators decide.'),
  'approver-refused': entry(403, 4, 'halt', 'Only an approver of the data’s owner approves its release.'),
  'subject-refused': entry(403, 4, 'halt', 'A person’s view is given under a request of that person alone.'),
  'self-refused': entry(403, 4, 'halt', 'Nobody changes what is recorded of themself, nor makes a token for themself.'),
  'certificate-required': entry(403, 4, 'halt', 'The connection came without a client certificate.'),
  'certificate-refused': entry(403, 4, 'halt', 'The client certificate is not one that is accepted here.'),
  'certificate-invalid': entry(400, 2, 'halt', 'The file holds no certificate that can be registered for an institution.'),
  'address-refused': entry(403, 4, 'halt', 'The credential is not used from this address.'),
  'record-tampered': entry(500, 6, 'halt', 'A stored record does not match its own hash or key; it is not released.'),
  'digest-mismatch': entry(500, 6, 'halt', 'A snapshot’s digest does not match its stored records.'),
  'request-invalid': entry(400, 2, 'halt', 'The request is malformed.'),
  'schedule-invalid': entry(400, 2, 'halt', 'The schedule is not well formed, or there is none of this dataset and mode.'),
  'form-invalid': entry(400, 2, 'halt', 'The list of personnel has mistakes; nothing of it was taken.'),
  'id-invalid': entry(400, 2, 'halt', 'The national id is not well formed.'),
  'not-found': entry(404, 3, 'halt', 'There is no such thing, or none that may be seen.'),
  'method-not-allowed': entry(405, 2, 'halt', 'The address is there, but not for this method.'),
  'record-not-found': entry(404, 3, 'halt', 'The snapshot holds no record with this id.'),
  'state-conflict': entry(409, 3, 'halt', 'The thing is not in a state that allows this.'),
  'too-large': entry(413, 2, 'halt', 'The request is larger than allowed.'),
  'media-type': entry(415, 2, 'halt', 'The request body is not of a kind that is taken here.'),
  'source-unreachable': entry(502, 5, 'retry', 'The agency’s service did not answer.'),
  'source-fault': entry(502, 5, 'retry', 'The agency’s service reported a fault of its own (servis hatası).'),
  'source-not-authorised': entry(502, 5, 'halt', 'The agency’s service refused our credentials (yetkisiz).'),
  'source-not-found': entry(404, 3, 'halt', 'The agency’s service knows nothing under this id or address (bulunamadı).'),
  'source-garbled': entry(502, 5, 'retry', 'The agency’s answer could not be read.'),
  'source-too-large': entry(502, 5, 'halt', 'The agency’s answer is larger than the configured bound.'),
  'source-redirected': entry(502, 5, 'halt', 'The agency’s service redirected to another host; credentials do not follow.'),
  'source-limit': entry(503, 5, 'retry', 'The daily limit of the source is used up.'),
  'source-id-refused': entry(400, 3, 'halt', 'The source’s query takes another kind of id.'),
  'lookup-not-offered': entry(404, 3, 'halt', 'The dataset has no query service that a look-up could go to.'),
  'lookup-gone': entry(410, 3, 'halt', 'The look-up’s answer was delivered or has expired, and is not kept.'),
  'export-incomplete': entry(502, 5, 'retry', 'The export did not arrive whole.'),
  'source-incomplete': entry(502, 5, 'hold', 'The source gave fewer records than it said it had.'),
  'source-changing': entry(502, 5, 'hold', 'The source kept changing while it was read.'),
  'source-drift': entry(502, 5, 'hold', 'A field of the source vanished or changed its type.'),
  'snapshot-held': entry(409, 5, 'hold', 'Too many records would vanish or change; an operator decides.'),
  'demo-database': entry(500, 2, 'halt', 'The database holds demo events and the sources are real, or the other way round.'),
  'database-unavailable': entry(503, 5, 'retry', 'PostgreSQL does not answer.'),
  'database-outdated': entry(503, 5, 'halt', 'The database lacks migrations of this version.'),
  'database-rights': entry(503, 5, 'halt', 'The login of this process at PostgreSQL has no right to this.'),
  'queue-unavailable': entry(503, 5, 'retry', 'The queue’s server does not answer.'),
  'not-ready': entry(503, 5, 'retry', 'A part of this process does not work yet, or no longer.'),
  'key-missing': entry(500, 2, 'halt', 'A key needed to open or seal data is missing or unreadable.'),
  'key-wrong': entry(500, 2, 'halt', 'The master key does not fit the keys in the database.'),
  'folder-unusable': entry(500, 2, 'halt', 'A folder cannot be written or entered.'),
  'port-taken': entry(500, 2, 'halt', 'A port is in use.'),
  'already-running': entry(500, 2, 'halt', 'Another broker runs on the same data folder.'),
  'embedded-failed': entry(500, 2, 'halt', 'The embedded PostgreSQL could not be started.'),
  cancelled: entry(409, 3, 'halt', 'The run was cancelled.'),
  'consent-missing': entry(403, 4, 'halt', 'No consent of the data’s owner to publish the statistic is in force.'),
  'approval-missing': entry(403, 4, 'halt', 'An owner whose data the table draws on has not approved it.'),
  'publisher-refused': entry(403, 4, 'halt', 'Only the party that proposed a table publishes it.'),
  'table-changed': entry(409, 3, 'halt', 'The table is not the one that was approved or shown.'),
  'table-refused': entry(409, 3, 'halt', 'The table cannot be shown safe for the people in it, so it is not published.'),
  'publication-withdrawn': entry(410, 3, 'halt', 'The publication was withdrawn.'),
  'table-invalid': entry(500, 2, 'halt', 'The counts for a statistic do not make up a table.'),
  internal: entry(500, 1, 'halt', 'Something unforeseen; the log has the details.'),
} satisfies Record<string, CatalogueEntry>;

export type ErrorCode = keyof typeof errorCatalogue;

/** Connection trouble and a server that is full, starting or stopping, as pg, Node and Prisma tell it. */
const awayCodes = /^(?:08\w{3}|57P0\d|53300|ECONN\w+|EPIPE|ETIMEDOUT|ENOTFOUND|EAI_AGAIN|P1001|P1002|P1008|P1017|P2024)$/;
const awayTexts = /^Connection terminated|^timeout exceeded when trying to connect|^Client has encountered a connection error/;

function isDatabaseAway(error: unknown, depth = 0): boolean {
  if (typeof error !== 'object' || error === null || depth > 3) return false;
  const { code, message, cause } = error as { code?: unknown; message?: unknown; cause?: unknown };
  return (
    (typeof code === 'string' && awayCodes.test(code)) ||
    (typeof message === 'string' && awayTexts.test(message)) ||
    isDatabaseAway(cause, depth + 1)
  );
}

/** PostgreSQL's refusal of what its login may not do (42501), as pg and Prisma tell it. */
function isForbidden(error: unknown, depth = 0): boolean {
  if (typeof error !== 'object' || error === null || depth > 3) return false;
  const { code, originalCode, meta, driverAdapterError, cause } = error as Record<string, unknown>;
  return code === '42501' || originalCode === '42501' || [meta, driverAdapterError, cause].some((inner) => isForbidden(inner, depth + 1));
}

/** Any thrown thing as a KopruError; what is unforeseen becomes `internal` without its own text, which might hold data. */
export function asKopruError(error: unknown): KopruError {
  if (error instanceof KopruError) return error;
  if (isDatabaseAway(error)) {
    return new KopruError('database-unavailable', 'PostgreSQL does not answer, or broke the connection off.', {
      hint: 'It is tried again by itself; if it stays so, look at the server (kopru doctor).',
      cause: error,
    });
  }
  if (isForbidden(error)) {
    return new KopruError('database-rights', 'This process may not do that in the database.', {
      hint: 'Ask an API process that logs in as the tables’ owner.',
      cause: error,
    });
  }
  return new KopruError('internal', 'Something unforeseen went wrong.', {
    hint: 'Look into the log at the same time for the technical cause.',
    cause: error,
  });
}
