import type { FastifyInstance } from 'fastify';
import { undertakings } from '../../../operations/people/undertakings';
import { answer, object, problems, query, text } from '../schemas';
import type { ApiDeps } from '../server';
import { common, day, number } from './shapes';

/** The versions of the own party's undertaking (Ek-2 9). To record one is the operator's. */
export function undertakingRoute(app: FastifyInstance, { broker }: ApiDeps): void {
  const version = object({
    version: { ...number, examples: [1] },
    effectiveOn: { ...day, description: 'from this day on, the institution’s staff must have accepted it' },
    document: { ...text, description: 'the reference of the paper', examples: ['E-2026/4, 02.01.2026'] },
  });
  app.get(
    '/undertakings',
    {
      schema: {
        ...common,
        operationId: 'listUndertakings',
        summary: 'The versions of your institution’s undertaking, oldest first',
        querystring: query({}),
        response: {
          200: answer('the versions', { undertakings: { type: 'array', items: version } }),
          ...problems(400, 401, 403, 500, 503),
        },
      },
    },
    async ({ asker }) => ({
      undertakings: (await undertakings(broker, asker.who.person.party)).map(({ version, effectiveOn, document }) => ({
        version,
        effectiveOn,
        document,
      })),
    }),
  );
}
