import { STATUS_CODES } from 'node:http';
import type { FastifyReply } from 'fastify';
import { type ErrorCode, errorCatalogue, KopruError, type Mistake } from '../../core/errors';

/** A problem document (RFC 9457) with our stable code. Never holds a stack trace, personal data or what the caller sent. */
export interface Problem {
  type: string;
  title: string;
  status: number;
  detail: string;
  code: ErrorCode;
  hint?: string;
  /** Of a list that was refused. */
  mistakes?: readonly Mistake[];
  instance: string;
}

export const problemType = 'application/problem+json';

/** An error as it is answered; `status` is HTTP's own finer one where it has one. */
export function problemOf(error: KopruError, requestId: string, status: number = errorCatalogue[error.code].status): Problem {
  return {
    type: `urn:kopru:problem:${error.code}`,
    title: errorCatalogue[error.code].meaning,
    status,
    detail: error.message,
    code: error.code,
    ...(error.hint ? { hint: error.hint } : {}),
    ...(error.mistakes ? { mistakes: error.mistakes } : {}),
    instance: `urn:uuid:${requestId}`,
  };
}

export const problemSchema = {
  $id: 'Problem',
  type: 'object',
  description: 'A problem document (RFC 9457). `code` is stable; docs/errors.md lists them all.',
  required: ['type', 'title', 'status', 'detail', 'code', 'instance'],
  additionalProperties: false,
  properties: {
    type: { type: 'string', examples: ['urn:kopru:problem:grant-closed'] },
    title: { type: 'string' },
    status: { type: 'integer' },
    detail: { type: 'string' },
    code: { type: 'string', enum: Object.keys(errorCatalogue) },
    hint: { type: 'string' },
    mistakes: {
      type: 'array',
      description: 'of a list that was refused: in which row and column each mistake stands, with a stable reason; never what stands there',
      items: {
        type: 'object',
        additionalProperties: false,
        required: ['row', 'reason'],
        properties: { row: { type: 'integer' }, column: { type: 'string' }, reason: { type: 'string', examples: ['id-malformed'] } },
      },
    },
    instance: { type: 'string', description: 'the request’s number, as in the header Request-Id' },
  },
} as const;

/** What goes with every answer. */
export function commonHeaders(requestId: string, host?: string): Record<string, string> {
  return {
    // This server's own pages alone; what is no host is not said again.
    ...(host && /^[\w.:[\]-]{1,255}$/.test(host) ? { 'Access-Control-Allow-Origin': `https://${host}` } : {}),
    'Request-Id': requestId,
    'Cache-Control': 'no-store',
    'X-Content-Type-Options': 'nosniff',
    'Strict-Transport-Security': 'max-age=31536000',
  };
}

const retryAfterSeconds = 10;

function problemHeaders(error: KopruError, { status }: Problem, reply: FastifyReply): Record<string, string> {
  return {
    // Who asks for another credential than a party's token has said so before.
    ...(status === 401 && !reply.hasHeader('WWW-Authenticate') ? { 'WWW-Authenticate': 'Bearer realm="kopru"' } : {}),
    ...(error.retryAfter !== undefined ? { 'Retry-After': String(error.retryAfter) } : {}),
    ...(status === 503 && error.severity === 'retry' ? { 'Retry-After': String(retryAfterSeconds) } : {}),
  };
}

export function sendProblem(reply: FastifyReply, error: KopruError, status?: number): FastifyReply {
  const { id, host } = reply.request;
  const problem = problemOf(error, id, status);
  return reply
    .code(problem.status)
    .headers({ ...commonHeaders(id, host), ...problemHeaders(error, problem, reply) })
    .type(problemType)
    .send(JSON.stringify(problem));
}

/** A whole HTTP answer as bytes, for a connection whose request could not be read; it is the connection's last. */
export function rawProblem(error: KopruError, requestId: string, status?: number): string {
  const problem = problemOf(error, requestId, status);
  const body = JSON.stringify(problem);
  const headers = {
    ...commonHeaders(requestId),
    'Content-Type': problemType,
    'Content-Length': String(Buffer.byteLength(body)),
    Connection: 'close',
  };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  return [`HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status]}`, ...lines, '', body].join('\r\n');
}

/** What an HTTP status of the server's own means; it says nothing of what was sent. */
export function refusedBy(status: number, elsewhere = 'See /docs for what there is.'): KopruError {
  switch (status) {
    case 404:
      return new KopruError('not-found', 'There is no such address.', { hint: elsewhere });
    case 413:
      return new KopruError('too-large', 'The request is larger than allowed.', {
        hint: 'A look-up’s body is a few dozen bytes, a list of personnel has at most 2 MiB.',
      });
    case 414:
    case 431:
      return new KopruError('too-large', 'The address or the headers are longer than allowed.', { hint: 'See /docs for the shape.' });
    case 415:
      return new KopruError('media-type', 'The request body must be application/json in UTF-8.');
    case 408:
      return new KopruError('request-invalid', 'The request did not arrive in time.', { hint: 'Send it again, in one piece.' });
    case 417:
      return new KopruError('request-invalid', 'The header Expect asks for something that is not there.', { hint: 'Leave it out.' });
    default:
      return new KopruError('request-invalid', 'The request is malformed.', { hint: 'See /docs for the shape.' });
  }
}
