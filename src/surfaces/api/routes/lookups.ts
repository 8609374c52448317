import type { FastifyInstance, FastifyReply } from 'fastify';
import type { LookedUp } from '../../../disclosure/door';
import { exampleId } from '../examples/values';
import { answer, anyRecord, datasetParams, everyHeader, lookupProvenance, object, problems, query, statedHeaders, text } from '../schemas';
import type { ApiDeps } from '../server';

const askAgainSeconds = 2;

export function lookupRoutes(app: FastifyInstance, { door, agreement, lookupWaitMillis }: ApiDeps): void {
  const stale = {
    type: 'boolean',
    description: 'the source is down, and the newest snapshot answers; provenance tells its version and time',
    examples: [false],
  };
  const id = { ...text, format: 'uuid' };
  const done = answer('what the source says now', { lookup: id, stale, provenance: lookupProvenance, record: anyRecord(agreement) });
  const pending = {
    ...answer('still under way: ask the address in Location again', { lookup: id, status: { ...text, examples: ['pending'] } }),
    headers: {
      ...everyHeader,
      Location: { ...text, description: 'where to ask for the answer' },
      'Retry-After': { type: 'integer', description: 'seconds' },
    },
  };
  const refusals = problems(400, 401, 403, 404, 409, 410, 413, 415, 500, 502, 503);
  const common = { tags: ['records'] };

  app.post<{ Params: { dataset: string }; Body: { id: string }; Headers: { 'idempotency-key'?: string } }>(
    '/datasets/:dataset/lookups',
    {
      schema: {
        ...common,
        operationId: 'lookUp',
        summary: 'One person, asked of the source at once (anlık)',
        description:
          'Goes to the agency’s query service. An answer is given out once and not kept; with an Idempotency-Key a repeat of the same question within two minutes is answered again without asking the source.',
        headers: {
          ...statedHeaders(agreement),
          properties: {
            ...statedHeaders(agreement).properties,
            'idempotency-key': {
              ...text,
              minLength: 1,
              maxLength: 100,
              description: 'yours for this question; a repeat is free',
              examples: ['case-17'],
            },
          },
        },
        params: datasetParams,
        querystring: query({}),
        // The example passes the check digits and stands for nobody.
        body: object({ id: { ...text, minLength: 1, maxLength: 20, description: 'the national id', examples: [exampleId] } }),
        response: { 200: done, 202: pending, ...refusals },
      },
    },
    async ({ asker, params, body, headers }, reply) =>
      told(
        reply,
        await door.lookup(asker, params.dataset, body.id, { repeatKey: headers['idempotency-key'], waitMillis: lookupWaitMillis }),
      ),
  );

  app.get<{ Params: { lookup: string } }>(
    '/lookups/:lookup',
    {
      schema: {
        ...common,
        operationId: 'lookUpAgain',
        summary: 'The answer of a look-up that took longer',
        params: { type: 'object', required: ['lookup'], properties: { lookup: { ...id, description: 'its number, as Location gave it' } } },
        querystring: query({}),
        response: { 200: done, 202: pending, ...problems(400, 401, 403, 404, 410, 500, 502, 503) },
      },
    },
    async ({ asker, params }, reply) => told(reply, await door.lookupAnswer(asker, params.lookup, lookupWaitMillis)),
  );
}

function told(reply: FastifyReply, found: LookedUp) {
  if (!found.pending) return { lookup: found.id, stale: found.stale, provenance: found.provenance, record: found.record };
  void reply.code(202).header('Location', `/v1/lookups/${found.id}`).header('Retry-After', String(askAgainSeconds));
  return { lookup: found.id, status: 'pending' };
}
