import type { FastifyInstance } from 'fastify';
import { KopruError } from '../../core/errors';
import { sendProblem } from '../api/problem';
import { patiently } from './patiently';
import type { OpsDeps } from './server';

/** Live: the process answers. Ready: it can do its part; else it says which part is missing. Open to whoever reaches the listener. */
export function healthRoutes(app: FastifyInstance, { kind, ready }: Pick<OpsDeps, 'kind' | 'ready'>): void {
  const check = patiently('The look whether this process is ready', ready);
  app.get('/health/live', { exposeHeadRoute: true }, async () => ({ status: 'live', kind }));
  app.get('/health/ready', { exposeHeadRoute: true }, async (request, reply) => {
    try {
      await check();
      return { status: 'ready', kind };
    } catch (thrown) {
      const error =
        thrown instanceof KopruError ? thrown : new KopruError('not-ready', 'Something unforeseen keeps this process from being ready.');
      request.log.warn({ code: error.code, err: thrown }, 'not ready');
      return sendProblem(reply, error, 503);
    }
  });
}
