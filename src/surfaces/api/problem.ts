import type { FastifyError, FastifyInstance } from 'fastify';
import { type ErrorCode, KopruError, asKopruError, errorCatalogue } from '../../core/errors';

/** A problem document (RFC 9457) with our stable code. Never holds a stack trace or personal data. */
export interface Problem {
  type: string;
  title: string;
  status: number;
  detail: string;
  code: ErrorCode;
  hint?: string;
  instance: string;
}

export function problemOf(error: KopruError, requestId: string): Problem {
  const { status, meaning } = errorCatalogue[error.code];
  return {
    type: `urn:kopru:problem:${error.code}`,
    title: meaning,
    status,
    detail: error.message,
    code: error.code,
    ...(error.hint ? { hint: error.hint } : {}),
    instance: `urn:uuid:${requestId}`,
  };
}

export const problemSchema = {
  $id: 'Problem',
  type: 'object',
  description: 'A problem document (RFC 9457). `code` is stable; docs/errors.md lists them all.',
  required: ['type', 'title', 'status', 'detail', 'code', 'instance'],
  properties: {
    type: { type: 'string', examples: ['urn:kopru:problem:grant-closed'] },
    title: { type: 'string' },
    status: { type: 'integer' },
    detail: { type: 'string' },
    code: { type: 'string', enum: Object.keys(errorCatalogue) },
    hint: { type: 'string' },
    instance: { type: 'string', description: 'the request’s number, as in the header Request-Id' },
  },
} as const;

/** Every error leaves as a problem document. */
export function answerWithProblems(app: FastifyInstance): void {
  app.setErrorHandler((thrown: FastifyError, request, reply) => {
    const error = fromFastify(thrown);
    if (errorCatalogue[error.code].status >= 500) request.log.error({ code: error.code, err: thrown }, 'request failed');
    if (error.code === 'not-authenticated') void reply.header('WWW-Authenticate', 'Bearer realm="kopru"');
    const problem = problemOf(error, request.id);
    return reply.code(problem.status).type('application/problem+json').send(problem);
  });
  app.setNotFoundHandler((request, reply) => {
    const problem = problemOf(new KopruError('not-found', 'There is no such address.', { hint: 'See /docs for what there is.' }), request.id);
    return reply.code(404).type('application/problem+json').send(problem);
  });
}

function fromFastify(thrown: FastifyError): KopruError {
  if (thrown instanceof KopruError) return thrown;
  if (thrown.validation) {
    // The validator's words name places and rules, never the value.
    const where = thrown.validation.map((v) => `${thrown.validationContext ?? 'request'}${v.instancePath} ${v.message ?? 'is wrong'}`).join('; ');
    return new KopruError('request-invalid', `The request is malformed: ${where}.`, { hint: 'See /docs for the shape.' });
  }
  switch (thrown.statusCode) {
    case 413:
      return new KopruError('too-large', 'The request is larger than allowed.', { hint: 'A look-up’s body is a few dozen bytes.' });
    case 415:
      return new KopruError('media-type', 'The request body must be application/json in UTF-8.');
    default:
      if (thrown.statusCode !== undefined && thrown.statusCode >= 400 && thrown.statusCode < 500) {
        return new KopruError('request-invalid', 'The request is malformed.', { hint: 'See /docs for the shape.' });
      }
      return asKopruError(thrown);
  }
}
