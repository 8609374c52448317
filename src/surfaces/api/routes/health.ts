import type { FastifyInstance } from 'fastify';
import type { ApiDeps } from '../server';

/** Live: the process answers. Ready: it can serve. */
export function healthRoutes(app: FastifyInstance, deps: ApiDeps): void {
  const ok = { 200: { type: 'object', properties: { status: { type: 'string' } } } };
  app.get('/health/live', { schema: { tags: ['health'], summary: 'The process answers', security: [], response: ok } }, async () => ({ status: 'live' }));
  app.get('/health/ready', { schema: { tags: ['health'], summary: 'The broker can serve', security: [], response: ok } }, async () => {
    await deps.ready();
    return { status: 'ready' };
  });
}
