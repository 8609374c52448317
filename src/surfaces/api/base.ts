import { constants, randomUUID } from 'node:crypto';
import type { ServerOptions } from 'node:https';
import Fastify, { type FastifyBaseLogger, type FastifyInstance, type FastifyServerOptions } from 'fastify';
import { type ClientTls, requireClientCertificate } from './clientCertificate';
import { answerWithProblems, refuseAddress, refuseUnreadable, requireHost } from './failures';
import { commonHeaders } from './problem';
import { logAnswers, RequestLog } from './requestLog';

/** Where everybody may read, without login. */
export const publicPath = '/public/';

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

/** How a server is reached. */
export interface Reached {
  key: string;
  cert: string;
  /** Whether clients show a certificate, too; left out where they are not asked. */
  clients?: ClientTls | undefined;
  /** Ranges of the proxies whose X-Forwarded-For is believed; none if left out, and then a request’s address is its socket’s. */
  proxies?: readonly string[] | undefined;
}

/** With TLS 1.2 or newer, only ciphers with forward secrecy and authentication (policy; V.B.1 asks for encrypted transport). */
const ciphers = [
  'TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256:TLS_AES_128_GCM_SHA256',
  ...['AES256-GCM-SHA384', 'CHACHA20-POLY1305', 'AES128-GCM-SHA256'].flatMap((one) => [`ECDHE-ECDSA-${one}`, `ECDHE-RSA-${one}`]),
].join(':');

function tlsOptions({ key, cert, clients }: Reached): ServerOptions {
  // A session that is taken up again skips the handshake's look at the certificate, and Node then takes one without any for
  // accepted (nodejs/node#35317): where certificates are asked for, every connection is a whole handshake.
  const resumption = clients ? constants.SSL_OP_NO_TICKET : 0;
  return {
    key,
    cert,
    minVersion: 'TLSv1.2',
    ciphers,
    secureOptions: constants.SSL_OP_NO_RENEGOTIATION | resumption,
    // A certificate that is not accepted is told so in a problem document; a broken handshake tells nobody anything.
    ...(clients ? { requestCert: true, rejectUnauthorized: false, ca: clients.authorities } : {}),
  };
}

/** An HTTPS server without addresses: problem documents, a line in the log per answer, the headers of every answer. */
export function baseServer(
  deps: BaseDeps,
  reached: Reached,
  options: Pick<FastifyServerOptions, 'bodyLimit' | 'routerOptions'>,
): FastifyInstance {
  const app: FastifyInstance = Fastify({
    // Node's own refusal of a request without Host has no body; ours has.
    https: { ...tlsOptions(reached), requireHostHeader: false },
    trustProxy: reached.proxies?.length ? [...reached.proxies] : false,
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
    void reply.headers(commonHeaders(request.id, request.host));
    requireHost(request);
    // What is published is for everybody, whoever they are.
    if (reached.clients && !request.url.startsWith(publicPath)) requireClientCertificate(request, reached.clients);
  });
  return app;
}
