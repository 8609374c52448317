import { type ErrorCode, errorCatalogue, KopruError } from '../../../core/errors';
import { type Problem, problemOf } from '../problem';

/** The number of the request in examples. */
export const exampleUuid = '6f1c2d3e-4b5a-4c6d-8e7f-9a0b1c2d3e4f';

/** A usual refusal of each status. */
const usual: Readonly<Record<string, { code: ErrorCode; detail: string; hint?: string }>> = {
  400: { code: 'request-invalid', detail: 'The request is malformed: querystring/limit must be >= 1.', hint: 'See /docs for the shape.' },
  401: {
    code: 'not-authenticated',
    detail: 'No valid credential came with the request.',
    hint: 'Send the party’s token as Authorization: Bearer ….',
  },
  403: {
    code: 'grant-closed',
    detail: 'No open grant lets this party read this dataset.',
    hint: 'See kopru agreement show for what is open to whom.',
  },
  404: {
    code: 'not-found',
    detail: 'There is no such published snapshot.',
    hint: 'List them with GET /v1/datasets/{dataset}/snapshots or kopru snapshots.',
  },
  409: { code: 'state-conflict', detail: 'This idempotency key was used for another look-up.', hint: 'Use a new key for a new question.' },
  410: {
    code: 'lookup-gone',
    detail: 'The answer was delivered or has expired, and is not kept.',
    hint: 'Ask anew, with another idempotency key.',
  },
  413: {
    code: 'too-large',
    detail: 'The request is larger than allowed.',
    hint: 'A look-up’s body is a few dozen bytes, a list of personnel has at most 2 MiB.',
  },
  415: { code: 'media-type', detail: errorCatalogue['media-type'].meaning },
  429: {
    code: 'quota-exceeded',
    detail: 'Of the 1000 queries a day that the owner of the data allows this party, 1000 are used.',
    hint: 'They renew at midnight in Istanbul (2026-03-01T21:00:00.000Z).',
  },
  500: {
    code: 'internal',
    detail: 'Something unforeseen went wrong.',
    hint: 'Look into the log at the same time for the technical cause.',
  },
  502: { code: 'source-unreachable', detail: errorCatalogue['source-unreachable'].meaning, hint: 'Ask again later.' },
  503: {
    code: 'database-unavailable',
    detail: 'PostgreSQL does not answer, or broke the connection off.',
    hint: 'It is tried again by itself; if it stays so, look at the server (kopru doctor).',
  },
};

/** A problem document as it would be answered with this status; undefined if the status is no refusal that is known here. */
export function exampleProblem(status: string): Problem | undefined {
  const found = usual[status];
  if (!found) return undefined;
  const { code, detail, hint } = found;
  return problemOf(new KopruError(code, detail, hint ? { hint } : {}), exampleUuid, Number(status));
}
