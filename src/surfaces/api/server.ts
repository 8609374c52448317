import { randomUUID } from 'node:crypto';
import fastifySwagger from '@fastify/swagger';
import fastifySwaggerUi from '@fastify/swagger-ui';
import Fastify, { type FastifyBaseLogger, type FastifyInstance } from 'fastify';
import type { Agreement, Asker, Door } from '../../disclosure/door';
import type { RunView } from '../../operations/runs';
import { answerWithProblems, refuseAddress, refuseUnreadable, requireHost } from './failures';
import { docsPage, openApi } from './openapi';
import { commonHeaders, problemSchema } from './problem';
import { querystringParser, strictJsonOnly } from './reading';
import { logAnswers, RequestLog } from './requestLog';
import { datasetRoutes } from './routes/datasets';
import { exportRoute } from './routes/export';
import { healthRoutes } from './routes/health';
import { recordRoutes } from './routes/records';
import { runRoutes } from './routes/runs';
import { provenanceSchema, recordSchemas } from './schemas';

/** What the API works with; wired in app.ts. */
export interface ApiDeps {
  door: Door;
  agreement: Agreement;
  log: FastifyBaseLogger;
  /** The party that a bearer token speaks for. */
  partyOf(token: string): Promise<string | undefined>;
  runs(datasets: readonly string[], limit: number): Promise<RunView[]>;
  /** Throws if the broker cannot serve now. */
  ready(): Promise<void>;
}

declare module 'fastify' {
  interface FastifyRequest {
    asker: Asker;
  }
}

/** A look-up's body is a few dozen bytes. */
const maxBody = 1024;
/** How long a request may take to arrive, and how long a reader may take nothing of its answer. */
const [arrivalMillis, stalledMillis] = [30_000, 120_000];

/** The HTTPS server of /v1, not yet listening. */
export async function apiServer(deps: ApiDeps, tls: { key: string; cert: string }): Promise<FastifyInstance> {
  const app: FastifyInstance = Fastify({
    // Node's own refusal of a request without Host has no body; ours has.
    https: { key: tls.key, cert: tls.cert, minVersion: 'TLSv1.2', requireHostHeader: false },
    loggerInstance: deps.log,
    logController: new RequestLog(),
    genReqId: () => randomUUID(),
    bodyLimit: maxBody,
    requestTimeout: arrivalMillis,
    connectionTimeout: stalledMillis,
    forceCloseConnections: true,
    return503OnClosing: false,
    exposeHeadRoutes: false,
    routerOptions: { maxParamLength: 200, querystringParser },
    frameworkErrors: refuseAddress,
    clientErrorHandler: refuseUnreadable,
    ajv: { customOptions: { removeAdditional: false, coerceTypes: false, allErrors: false } },
  }) as never;

  // Response schemas describe; they do not reshape what disclosure released.
  app.setSerializerCompiler(() => (data) => JSON.stringify(data));
  answerWithProblems(app, deps.ready);
  strictJsonOnly(app);
  logAnswers(app);
  app.addHook('onRequest', async (request, reply) => {
    void reply.headers(commonHeaders(request.id));
    requireHost(request);
  });
  for (const schema of [problemSchema, provenanceSchema, ...recordSchemas(deps.agreement)]) app.addSchema(schema);
  await app.register(fastifySwagger, openApi(deps.agreement));
  await app.register(fastifySwaggerUi, docsPage);
  app.get('/openapi.json', { exposeHeadRoute: true, schema: { hide: true } }, async () => app.swagger());
  healthRoutes(app, deps);
  await app.register(
    async (v1) => {
      v1.decorateRequest('asker', null as never);
      v1.addHook('onRequest', async (request) => {
        request.asker = await asker(deps, request.id, request.headers);
      });
      datasetRoutes(v1, deps);
      recordRoutes(v1, deps);
      exportRoute(v1, deps);
      runRoutes(v1, deps);
    },
    { prefix: '/v1' },
  );
  return app;
}

async function asker({ door, partyOf }: ApiDeps, requestId: string, headers: Record<string, unknown>): Promise<Asker> {
  const token = /^Bearer ([\w~+/.-]{1,200}=*)$/i.exec(String(headers.authorization ?? ''))?.[1];
  const party = token && (await partyOf(token));
  if (!party) return door.refuseUnknown(requestId);
  const purpose = headers['kopru-purpose'];
  return { party, requestId, ...(typeof purpose === 'string' && purpose !== '' ? { purpose } : {}) };
}
