import type { FastifyBaseLogger, FastifyInstance } from 'fastify';
import type { BrokerMetrics } from '../../operations/upkeep/metrics';
import { baseServer } from '../api/base';
import { problemHandler } from '../api/failures';
import { requireOperator } from './credential';
import { healthRoutes } from './health';
import { metricsText, metricsType, processRegistry } from './metrics';
import { patiently } from './patiently';

/** What the operators' listener of a process works with; wired in app.ts. */
export interface OpsDeps {
  /** What this process is, as it tells it: up, api, work, schedule. */
  kind: string;
  /** @throws KopruError that names the part that is not ready: the database, the queue, or this process's own */
  ready(): Promise<void>;
  metrics(): Promise<BrokerMetrics>;
  /** Adds the board of the queues below a path; left out where this process has none. */
  board?: ((app: FastifyInstance, basePath: string) => Promise<void>) | undefined;
  /** The operators' token. */
  token: string;
  log: FastifyBaseLogger;
}

const boardPath = '/board';

/** What the board's page may load: its own files. It writes styles into its page, and asks for a font elsewhere that it can do without. */
const boardPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "font-src 'self'",
  "connect-src 'self'",
  "base-uri 'self'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');
const strictHeaders = { 'Content-Security-Policy': "default-src 'none'; frame-ancestors 'none'", 'Referrer-Policy': 'no-referrer' };

/** The HTTPS server for operators and their monitoring, not yet listening. It takes no orders: everything on it only reads. */
export async function opsServer(deps: OpsDeps, tls: { key: string; cert: string }): Promise<FastifyInstance> {
  const places = ['/health/live', '/health/ready', '/metrics', ...(deps.board ? [`${boardPath}/`] : [])];
  const app = baseServer({ ...deps, elsewhere: `There are ${places.join(', ')}.`, quiet: true }, tls, { bodyLimit: 1024 });
  app.addHook('onRequest', async (_request, reply) => void reply.headers(strictHeaders));
  healthRoutes(app, deps);
  await app.register(async (closed) => {
    requireOperator(closed, deps.token);
    metricsRoute(closed, deps);
    if (deps.board) await boardRoutes(closed, deps, deps.board);
  });
  return app;
}

function metricsRoute(app: FastifyInstance, { metrics, log }: OpsDeps): void {
  const own = processRegistry();
  app.addHook('onClose', async () => own.clear());
  const read = patiently('Reading the metrics', metrics);
  app.get('/metrics', async (_request, reply) => {
    const broker = await read().catch((err: unknown) => {
      log.warn({ err }, 'the broker’s metrics could not be read');
      return undefined;
    });
    return reply.type(metricsType).send(await metricsText(broker, own));
  });
}

async function boardRoutes(closed: FastifyInstance, deps: OpsDeps, board: NonNullable<OpsDeps['board']>): Promise<void> {
  const tell = problemHandler(deps.ready);
  await closed.register(async (app) => {
    app.addHook('onRequest', async (_request, reply) => void reply.header('Content-Security-Policy', boardPolicy));
    // The board tells errors with their own texts, and those might quote anything.
    app.addHook('onRoute', (route) => {
      route.errorHandler = tell;
    });
    await board(app, boardPath);
  });
}
