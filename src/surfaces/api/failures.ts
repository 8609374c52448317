import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { asKopruError, errorCatalogue, KopruError } from '../../core/errors';
import { rawProblem, refusedBy, sendProblem } from './problem';

/**
 * Every error leaves as a problem document. `ready` throws if the broker cannot serve at all; `elsewhere` tells what to do about
 * an address that is not there.
 */
export function answerWithProblems(app: FastifyInstance, ready: () => Promise<void>, elsewhere?: string): void {
  const methodsOf = knownMethods(app);
  app.setErrorHandler(problemHandler(ready));
  app.setNotFoundHandler((request, reply) => {
    const methods = methodsOf(request.raw.url ?? '');
    if (methods.length === 0 || methods.includes(request.method)) return sendProblem(reply, refusedBy(404, elsewhere));
    void reply.header('Allow', methods.join(', '));
    return sendProblem(
      reply,
      new KopruError('method-not-allowed', 'This address is not for this method.', { hint: `It takes ${methods.join(', ')}.` }),
    );
  });
  app.server.on('connect', (_request: IncomingMessage, socket: Duplex) => hangUp(socket, 405));
  app.server.on('checkExpectation', (request: IncomingMessage) => hangUp(request.socket, 417));
}

/** Tells whatever a handler threw; also for addresses of a plugin that would tell it in a way of its own. */
export function problemHandler(ready: () => Promise<void>) {
  return async (thrown: FastifyError, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
    const { status, ...told } = toldAs(thrown);
    const error = told.error.code === 'internal' ? await causeOf(ready, told.error) : told.error;
    if (errorCatalogue[error.code].status >= 500) request.log.error({ code: error.code, err: thrown }, 'request failed');
    return sendProblem(reply, error, status);
  };
}

/** Fastify’s own refusals before any route is found, such as an address that cannot be decoded. */
export function refuseAddress(error: FastifyError, _request: unknown, reply: FastifyReply): void {
  const status = error.statusCode ?? 400;
  sendProblem(reply, refusedBy(status), status);
}

/** A request that node could not read: answered if nothing was sent on the connection yet, and hung up. */
export function refuseUnreadable(error: NodeJS.ErrnoException, socket: Duplex): void {
  const status = { HPE_HEADER_OVERFLOW: 431, HPE_CHUNK_EXTENSIONS_OVERFLOW: 413, ERR_HTTP_REQUEST_TIMEOUT: 408 }[error.code ?? ''] ?? 400;
  // An answer that has begun must not have another one in its middle.
  const begun = (socket as { _httpMessage?: ServerResponse | null })._httpMessage?.headersSent;
  if (error.code === 'ECONNRESET' || begun || !socket.writable) socket.destroy();
  else hangUp(socket, status);
}

const lingerMillis = 1000;

/** Says why and ends the connection. A moment is left for the answer to arrive: an end with bytes unread would take it back. */
function hangUp(socket: Duplex, status: number): void {
  const error = status === 405 ? new KopruError('method-not-allowed', 'This address is not for this method.') : refusedBy(status);
  socket.on('error', () => socket.destroy());
  socket.end(rawProblem(error, randomUUID(), status));
  setTimeout(() => socket.destroy(), lingerMillis).unref();
}

function toldAs(thrown: FastifyError): { error: KopruError; status?: number } {
  if (thrown instanceof KopruError) return { error: thrown };
  if (thrown.validation) {
    // The validator's words name places and rules, never the value.
    const where = thrown.validation
      .map((v) => `${thrown.validationContext ?? 'request'}${v.instancePath} ${v.message ?? 'is wrong'}`)
      .join('; ');
    return { error: new KopruError('request-invalid', `The request is malformed: ${where}.`, { hint: 'See /docs for the shape.' }) };
  }
  const status = thrown.statusCode;
  // The page's files: a path that leads out of their folder.
  if (status === 403) return { error: refusedBy(404) };
  if (status !== undefined && status >= 400 && status < 500) return { error: refusedBy(status), status };
  return { error: asKopruError(thrown) };
}

/** Something unforeseen while the database is away is the database's absence. */
async function causeOf(ready: () => Promise<void>, unforeseen: KopruError): Promise<KopruError> {
  try {
    await ready();
    return unforeseen;
  } catch (error) {
    return error instanceof KopruError ? error : unforeseen;
  }
}

/** The methods that an address is served for. */
function knownMethods(app: FastifyInstance): (address: string) => string[] {
  const known: { pattern: RegExp; methods: string[] }[] = [];
  app.addHook('onRoute', ({ url, method }) => {
    const text = url
      .replace(/[.+?^$()|[\]\\]/g, '\\$&')
      .replace(/:[^/]+/g, '[^/]+')
      .replace(/\*$/, '.*');
    known.push({ pattern: new RegExp(`^${text}$`), methods: [method].flat() });
  });
  return (address) => {
    const path = address.split('?')[0] as string;
    return [...new Set(known.flatMap(({ pattern, methods }) => (pattern.test(path) ? methods : [])))].sort();
  };
}

/** A request of HTTP/1.1 names its host (RFC 9112, 3.2). */
export function requireHost({ raw }: FastifyRequest): void {
  if (raw.httpVersion === '1.1' && !raw.headers.host)
    throw new KopruError('request-invalid', 'The request has no header Host.', { hint: 'Name the broker’s host.' });
}
