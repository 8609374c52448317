import type { FastifyInstance } from 'fastify';
import { problems } from '../schemas';
import type { ApiDeps } from '../server';

export function runRoutes(app: FastifyInstance, { door, runs }: ApiDeps): void {
  const run = {
    type: 'object',
    properties: {
      id: { type: 'integer' },
      dataset: { type: 'string' },
      kind: { type: 'string' },
      mode: { type: 'string' },
      status: { type: 'string' },
      records: { type: 'integer' },
      quarantined: { type: 'integer' },
      snapshot: { type: ['integer', 'null'] },
    },
  };
  app.get<{ Querystring: { limit: number } }>(
    '/runs',
    {
      schema: {
        tags: ['runs'],
        summary: 'Recent runs of the datasets that this party may read',
        querystring: { type: 'object', additionalProperties: false, properties: { limit: { type: 'integer', minimum: 1, maximum: 100, default: 20 } } },
        response: { 200: { type: 'object', properties: { runs: { type: 'array', items: run } } }, ...problems },
      },
    },
    async ({ asker, query }) => {
      const readable = (await door.datasets(asker.party)).filter((d) => d.decision.allow).map((d) => d.id);
      return { runs: await runs(readable, query.limit) };
    },
  );
}
