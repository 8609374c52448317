import { randomUUID } from 'node:crypto';
import fastifySwagger from '@fastify/swagger';
import fastifySwaggerUi from '@fastify/swagger-ui';
import Fastify, { type FastifyInstance } from 'fastify';
import type { Logger } from 'pino';
import type { Agreement } from '../../agreements/language';
import { KopruError } from '../../core/errors';
import type { Asker, Door } from '../../disclosure/door';
import type { RunView } from '../../operations/runs';
import { openApi } from './openapi';
import { answerWithProblems, problemSchema } from './problem';
import { datasetRoutes } from './routes/datasets';
import { healthRoutes } from './routes/health';
import { recordRoutes } from './routes/records';
import { runRoutes } from './routes/runs';
import { recordSchemas } from './schemas';

/** What the API works with; wired in app.ts. */
export interface ApiDeps {
  door: Door;
  agreement: Agreement;
  log: Logger;
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

const maxBody = 16 * 1024;

/** The HTTPS server of /v1, not yet listening. */
export async function apiServer(deps: ApiDeps, tls: { key: string; cert: string }): Promise<FastifyInstance> {
  const app = Fastify({
    https: { key: tls.key, cert: tls.cert, minVersion: 'TLSv1.2' },
    loggerInstance: deps.log as never,
    disableRequestLogging: true,
    genReqId: () => randomUUID(),
    bodyLimit: maxBody,
    forceCloseConnections: true,
    routerOptions: { maxParamLength: 200 },
    ajv: { customOptions: { removeAdditional: false, allErrors: false } },
  }) as unknown as FastifyInstance;

  // Response schemas describe; they do not reshape what disclosure released.
  app.setSerializerCompiler(() => (data) => JSON.stringify(data));
  answerWithProblems(app);
  app.addSchema(problemSchema);
  for (const schema of recordSchemas(deps.agreement)) app.addSchema(schema);
  await app.register(fastifySwagger, openApi(deps.agreement));
  await app.register(fastifySwaggerUi, { routePrefix: '/docs', uiConfig: { docExpansion: 'list', deepLinking: true } });

  app.addHook('onRequest', async (request, reply) => {
    void reply.header('Request-Id', request.id).header('Cache-Control', 'no-store').header('X-Content-Type-Options', 'nosniff');
    void reply.header('Strict-Transport-Security', 'max-age=31536000');
  });
  app.addHook('onResponse', async (request, reply) => {
    // The route's pattern, not its address: nothing that a caller wrote is logged.
    request.log.info({ method: request.method, route: request.routeOptions.url, status: reply.statusCode, ms: Math.round(reply.elapsedTime) }, 'answered');
  });

  healthRoutes(app, deps);
  await app.register(
    async (v1) => {
      v1.decorateRequest('asker', null as never);
      v1.addHook('onRequest', async (request) => {
        request.asker = await asker(deps, request.id, request.headers);
      });
      datasetRoutes(v1, deps);
      recordRoutes(v1, deps);
      runRoutes(v1, deps);
    },
    { prefix: '/v1' },
  );
  app.get('/openapi.json', { schema: { hide: true } }, async () => app.swagger());
  return app;
}

async function asker(deps: ApiDeps, requestId: string, headers: Record<string, unknown>): Promise<Asker> {
  const match = /^Bearer ([\w~+/.-]{1,200}=*)$/i.exec(String(headers.authorization ?? ''));
  const party = match && (await deps.partyOf(match[1] as string));
  if (!party) {
    throw new KopruError('not-authenticated', 'No valid credential came with the request.', { hint: 'Send the party’s token as Authorization: Bearer ….' });
  }
  const purpose = headers['kopru-purpose'];
  return { party, requestId, ...(typeof purpose === 'string' && purpose !== '' ? { purpose } : {}) };
}
