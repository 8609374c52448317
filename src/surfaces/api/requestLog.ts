import { type FastifyInstance, type FastifyReply, type FastifyRequest, LogController } from 'fastify';
import { asKopruError } from '../../core/errors';

/** Fastify's own lines show addresses; ours do not. What it alone notices is told in our way. */
export class RequestLog extends LogController {
  constructor() {
    super({ disableRequestLogging: true });
  }

  /** An answer that broke off in its middle: the connection is destroyed, so the reader sees that it is not whole. */
  override streamError(error: NodeJS.ErrnoException, request: FastifyRequest): void {
    if (error.code === 'ERR_STREAM_PREMATURE_CLOSE') return;
    request.log.error({ code: asKopruError(error).code, err: error }, 'the answer was broken off');
  }

  override writeHeadError(error: Error, _request: FastifyRequest, reply: FastifyReply): void {
    reply.log.error({ err: error }, 'the answer could not begin');
  }
}

/** One line per answer, with the route's pattern instead of its address: nothing that a caller wrote is logged. */
export function logAnswers(app: FastifyInstance, quiet = false): void {
  app.addHook('onResponse', async (request, reply) => {
    const whole = reply.raw.writableFinished;
    request.log[quiet && whole && reply.statusCode < 400 ? 'debug' : 'info'](
      { method: request.method, route: request.routeOptions.url, status: reply.statusCode, ms: Math.round(reply.elapsedTime) },
      whole ? 'answered' : 'not taken to its end',
    );
  });
}
