import fastifySwagger from '@fastify/swagger';
import fastifySwaggerUi from '@fastify/swagger-ui';
import type { FastifyBaseLogger, FastifyInstance } from 'fastify';
import type { Agreement, Asker, Door } from '../../disclosure/door';
import type { RunView } from '../../operations/runs';
import { baseServer } from './base';
import { docsPage, openApi } from './openapi';
import { problemSchema } from './problem';
import { querystringParser, strictJsonOnly } from './reading';
import { datasetRoutes } from './routes/datasets';
import { exportRoute } from './routes/export';
import { findingRoutes } from './routes/findings';
import { healthRoutes } from './routes/health';
import { lookupRoutes } from './routes/lookups';
import { recordRoutes } from './routes/records';
import { runRoutes } from './routes/runs';
import { provenanceSchema, recordSchemas } from './schemas';

/** What the API works with; wired in app.ts. */
export interface ApiDeps {
  door: Door;
  agreement: Agreement;
  log: FastifyBaseLogger;
  /** How long a look-up's caller waits before it is told to ask again. */
  lookupWaitMillis: number;
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

/** The HTTPS server of /v1, not yet listening. */
export async function apiServer(deps: ApiDeps, tls: { key: string; cert: string }): Promise<FastifyInstance> {
  const app = baseServer(deps, tls, { bodyLimit: maxBody, routerOptions: { querystringParser } });
  // Response schemas describe; they do not reshape what disclosure released.
  app.setSerializerCompiler(() => (data) => JSON.stringify(data));
  strictJsonOnly(app);
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
      lookupRoutes(v1, deps);
      findingRoutes(v1, deps);
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
