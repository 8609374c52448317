import { randomUUID } from 'node:crypto';
import Fastify, { type FastifyBaseLogger, type FastifyInstance, type FastifyServerOptions } from 'fastify';
import { answerWithProblems, refuseAddress, refuseUnreadable, requireHost } from './failures';
import { commonHeaders } from './problem';
import { logAnswers, RequestLog } from './requestLog';

/** How long a request may take to arrive, and how long a reader may take nothing of its answer. */
const [arrivalMillis, stalledMillis] = [30_000, 120_000];

export interface BaseDeps {
  log: FastifyBaseLogger;
  /** Throws if the broker cannot serve now. */
  ready(): Promise<void>;
  /** What to do about an address that is not there. */
  elsewhere?: string;
  /** It is asked all day by machines: an answer that is as it should be is told at debug level only. */
  quiet?: boolean;
}

/** An HTTPS server without addresses: problem documents, a line in the log per answer, the headers of every answer. */
export function baseServer(
  deps: BaseDeps,
  tls: { key: string; cert: string },
  options: Pick<FastifyServerOptions, 'bodyLimit' | 'routerOptions'>,
): FastifyInstance {
  const app: FastifyInstance = Fastify({
    // Node's own refusal of a request without Host has no body; ours has.
    https: { key: tls.key, cert: tls.cert, minVersion: 'TLSv1.2', requireHostHeader: false },
    loggerInstance: deps.log,
    logController: new RequestLog(),
    genReqId: () => randomUUID(),
    bodyLimit: options.bodyLimit,
    requestTimeout: arrivalMillis,
    connectionTimeout: stalledMillis,
    forceCloseConnections: true,
    return503OnClosing: false,
    exposeHeadRoutes: false,
    routerOptions: { maxParamLength: 200, ...options.routerOptions },
    frameworkErrors: refuseAddress,
    clientErrorHandler: refuseUnreadable,
    ajv: { customOptions: { removeAdditional: false, coerceTypes: false, allErrors: false } },
  }) as never;
  answerWithProblems(app, deps.ready, deps.elsewhere);
  logAnswers(app, deps.quiet);
  app.addHook('onRequest', async (request, reply) => {
    void reply.headers(commonHeaders(request.id));
    requireHost(request);
  });
  return app;
}
