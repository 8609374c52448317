import type { FastifyInstance } from 'fastify';
import { answer, problems, text } from '../schemas';
import type { ApiDeps } from '../server';

/** Live: the process answers. Ready: it can serve. */
export function healthRoutes(app: FastifyInstance, deps: ApiDeps): void {
  const common = { tags: ['health'], security: [] };
  const ok = (status: string) => ({ 200: answer(status, { status: { ...text, examples: [status] } }) });
  app.get(
    '/health/live',
    {
      exposeHeadRoute: true,
      schema: { ...common, operationId: 'healthLive', summary: 'The process answers', response: { ...ok('live'), ...problems(400, 500) } },
    },
    async () => ({
      status: 'live',
    }),
  );
  app.get(
    '/health/ready',
    {
      exposeHeadRoute: true,
      schema: {
        ...common,
        operationId: 'healthReady',
        summary: 'The broker can serve',
        response: { ...ok('ready'), ...problems(400, 500, 503) },
      },
    },
    async () => {
      await deps.ready();
      return { status: 'ready' };
    },
  );
}
