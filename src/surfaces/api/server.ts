import fastifySwagger from '@fastify/swagger';
import fastifySwaggerUi from '@fastify/swagger-ui';
import type { FastifyBaseLogger, FastifyInstance, FastifyRequest } from 'fastify';
import type { Clock } from '../../core/clock';
import type { Agreement, Asker, Door } from '../../disclosure/door';
import { filterNames } from '../../disclosure/filter';
import type { Broker } from '../../operations/broker';
import type { RunView } from '../../operations/runs/runs';
import type { PublicationDeps } from '../../publication/acting';
import type { Shelf } from '../../publication/public/shelf';
import { type Attempts, createAttempts } from './attempts';
import { baseServer, type Reached } from './base';
import { bearerToken } from './bearer';
import { bounded } from './bounds';
import { clientCertificate } from './clientCertificate';
import { dutyRoutes } from './duties';
import { docsPage, openApi } from './openapi';
import { problemSchema } from './problem';
import { querystringParser, strictJsonOnly } from './reading';
import { datasetRoutes } from './routes/datasets';
import { exportRoute } from './routes/export';
import { findingRoutes } from './routes/findings';
import { healthRoutes } from './routes/health';
import { lookupRoutes } from './routes/lookups';
import { publicRoutes } from './routes/public';
import { recordRoutes } from './routes/records';
import { runRoutes } from './routes/runs';
import { signInRoutes, signOutRoute } from './routes/signIn';
import { statisticRoutes } from './routes/statistics';
import { provenanceSchema, recordSchemas } from './schemas';
import { refuseOddCase } from './stated';

/** What the API works with; wired in app.ts. */
export interface ApiDeps {
  door: Door;
  agreement: Agreement;
  /** What the duties of parties' staff work on; nothing is read from it that the door does not open. */
  broker: Broker;
  publication: PublicationDeps;
  /** What is published, for everybody. */
  shelf: Shelf;
  log: FastifyBaseLogger;
  clock: Clock;
  /** How long a look-up's caller waits before it is told to ask again. */
  lookupWaitMillis: number;
  /** Whose a bearer token is, if it is of any use now. */
  whoIs(token: string, came: ReturnType<typeof clientCertificate>): Promise<Pick<Asker, 'who' | 'certificate'> | undefined>;
  runs(datasets: readonly string[], limit: number): Promise<RunView[]>;
  /** Throws if the broker cannot serve now. */
  ready(): Promise<void>;
}

declare module 'fastify' {
  interface FastifyRequest {
    asker: Asker;
    /** What the answer says of quotas. */
    quotas: Record<string, string> | null;
  }
}

/** A look-up's body is a few dozen bytes. */
const maxBody = 1024;

/** The HTTPS server of /v1, not yet listening. */
export async function apiServer(deps: ApiDeps, reached: Reached): Promise<FastifyInstance> {
  const attempts = createAttempts(deps.clock);
  const texts = new Set([...filterNames(deps.agreement).map(({ name }) => name), 'unit', 'document', 'on']);
  const app = baseServer(deps, reached, { bodyLimit: maxBody, routerOptions: { querystringParser: querystringParser(texts) } });
  // Response schemas describe; they do not reshape what disclosure released.
  app.setSerializerCompiler(() => (data) => JSON.stringify(data));
  strictJsonOnly(app);
  app.addHook('onRoute', (route) => {
    route.schema = bounded(route.schema);
  });
  for (const schema of [problemSchema, provenanceSchema, ...recordSchemas(deps.agreement)]) app.addSchema(bounded(schema));
  await app.register(fastifySwagger, openApi(deps.agreement));
  await app.register(fastifySwaggerUi, docsPage);
  app.get('/openapi.json', { exposeHeadRoute: true, schema: { hide: true } }, async () => app.swagger());
  healthRoutes(app, deps);
  publicRoutes(app, deps);
  await app.register(
    async (v1) => {
      v1.decorateRequest('asker', null as never);
      v1.decorateRequest('quotas', null);
      v1.addHook('onRequest', async (request) => {
        request.asker = await asker(deps, attempts, request);
      });
      v1.addHook('onSend', async (request, reply) => void reply.headers(request.quotas ?? {}));
      datasetRoutes(v1, deps);
      recordRoutes(v1, deps);
      lookupRoutes(v1, deps);
      findingRoutes(v1, deps);
      statisticRoutes(v1, deps);
      exportRoute(v1, deps);
      runRoutes(v1, deps);
      dutyRoutes(v1, deps);
      signOutRoute(v1, deps);
    },
    { prefix: '/v1' },
  );
  // Whoever signs in has no token yet.
  await app.register(async (open) => signInRoutes(open, deps, attempts), { prefix: '/v1' });
  return app;
}

async function asker({ door, whoIs }: ApiDeps, attempts: Attempts, request: FastifyRequest): Promise<Asker> {
  const { id: requestId, ip: address, headers } = request;
  const came = clientCertificate(request);
  const token = bearerToken(request);
  const still = token ? () => whoIs(token, came) : undefined;
  const { dataset } = request.params as { dataset?: string };
  const [known, begun] = still ? await Promise.all([still(), door.begin(dataset)]) : [];
  if (!known) {
    // Beyond its share an address does not fill the audit log any more.
    attempts.count(address);
    return door.refuseUnknown({ requestId, address });
  }
  const said = (name: string) => {
    const value = headers[name];
    return typeof value === 'string' && value !== '' ? value : undefined;
  };
  const [purpose, of] = [said('kopru-purpose'), said('kopru-case')];
  refuseOddCase(of);
  const heard = (fields: Record<string, string>) => {
    request.quotas = { ...request.quotas, ...fields };
  };
  const repeatKey = said('idempotency-key');
  return {
    ...known,
    begun,
    address,
    requestId,
    heard,
    ...(still ? { still } : {}),
    ...(repeatKey === undefined ? {} : { repeatKey }),
    ...(purpose === undefined ? {} : { purpose }),
    ...(of === undefined ? {} : { case: of }),
  };
}
