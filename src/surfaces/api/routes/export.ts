import { Readable } from 'node:stream';
import type { FastifyInstance } from 'fastify';
import type { Released } from '../../../disclosure/door';
import { atQuery, datasetParams, fieldsQuery, ndjson, problems, purposeHeader, query } from '../schemas';
import type { ApiDeps } from '../server';
import { type AtQuery, at, type FieldsQuery, fields } from './asked';

export function exportRoute(app: FastifyInstance, { door, agreement }: ApiDeps): void {
  app.get<{ Params: { dataset: string }; Querystring: AtQuery & FieldsQuery }>(
    '/datasets/:dataset/export',
    {
      schema: {
        operationId: 'exportSnapshot',
        tags: ['records'],
        summary: 'A whole snapshot as NDJSON, one record a line',
        description:
          'An export that cannot be finished is cut off, so that it never looks whole. The provenance tells how many records there are.',
        headers: purposeHeader(agreement),
        params: datasetParams,
        querystring: query({ ...atQuery, ...fieldsQuery }),
        response: { 200: ndjson('the records'), ...problems(400, 401, 403, 404, 500, 503) },
      },
    },
    async ({ asker, params, query: asked }, reply) => {
      const { provenance, batches } = await door.export(asker, params.dataset, at(asked), fields(asked));
      return reply
        .type('application/x-ndjson; charset=utf-8')
        .header('Kopru-Provenance', Buffer.from(JSON.stringify(provenance)).toString('base64url'))
        .send(Readable.from(lines(batches)));
    },
  );
}

/** Read as fast as the reader takes it; ends with it. */
async function* lines(batches: AsyncIterable<Released[]>): AsyncGenerator<string> {
  for await (const batch of batches) if (batch.length > 0) yield `${batch.map((r) => JSON.stringify(r)).join('\n')}\n`;
}
