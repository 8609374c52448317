import { Readable } from 'node:stream';
import type { FastifyInstance } from 'fastify';
import { KopruError } from '../../../core/errors';
import type { At, Released } from '../../../disclosure/door';
import { atQuery, datasetParams, fieldsQuery, pageQuery, problems, provenanceSchema, recordSchemaId } from '../schemas';
import type { ApiDeps } from '../server';

interface AtQuery {
  snapshot?: number;
  at?: string;
}
interface PageQuery {
  limit: number;
  after?: string;
}
interface FieldsQuery {
  fields?: string;
}
type Params = { dataset: string };

export function recordRoutes(app: FastifyInstance, { door, agreement }: ApiDeps): void {
  const record = { oneOf: Object.keys(agreement.datasets).map((id) => ({ $ref: `${recordSchemaId(id)}#` })) };
  const page = (items: object) => ({ 200: { type: 'object', properties: { provenance: provenanceSchema, ...items, next: { type: 'string' } } }, ...problems });
  const purpose = { type: 'object', properties: { 'kopru-purpose': { type: 'string', maxLength: 100, examples: Object.keys(agreement.purposes) } } };

  app.get<{ Params: Params; Querystring: AtQuery & PageQuery & FieldsQuery }>(
    '/datasets/:dataset/records',
    {
      schema: {
        tags: ['records'],
        summary: 'A page of records',
        headers: purpose,
        params: datasetParams,
        querystring: { type: 'object', properties: { ...atQuery, ...pageQuery, ...fieldsQuery }, additionalProperties: false },
        response: page({ records: { type: 'array', items: record } }),
      },
    },
    async ({ asker, params, query }) => {
      const { provenance, items, next } = await door.records(asker, params.dataset, at(query), { after: query.after, limit: query.limit, fields: fields(query) });
      return { provenance, records: items, ...(next ? { next } : {}) };
    },
  );

  app.post<{ Params: Params; Querystring: AtQuery & FieldsQuery; Body: { id: string } }>(
    '/datasets/:dataset/record',
    {
      schema: {
        tags: ['records'],
        summary: 'One record by its national id',
        headers: purpose,
        params: datasetParams,
        querystring: { type: 'object', properties: { ...atQuery, ...fieldsQuery }, additionalProperties: false },
        body: { type: 'object', required: ['id'], additionalProperties: false, properties: { id: { type: 'string', minLength: 1, maxLength: 20, description: 'the national id' } } },
        response: { 200: { type: 'object', properties: { provenance: provenanceSchema, record } }, ...problems },
      },
    },
    async ({ asker, params, query, body }) => door.record(asker, params.dataset, at(query), body.id, fields(query)),
  );

  app.get<{ Params: Params; Querystring: PageQuery & { from: number; to?: number } }>(
    '/datasets/:dataset/changes',
    {
      schema: {
        tags: ['records'],
        summary: 'What was added, changed and removed between two snapshots',
        headers: purpose,
        params: datasetParams,
        querystring: {
          type: 'object',
          required: ['from'],
          additionalProperties: false,
          properties: { from: { ...atQuery.snapshot, description: 'the older snapshot' }, to: { ...atQuery.snapshot, description: 'the newer one; the newest if left out' }, ...pageQuery },
        },
        response: page({
          from: { type: 'integer' },
          to: { type: 'integer' },
          changes: { type: 'array', items: { type: 'object', properties: { change: { type: 'string', enum: ['added', 'changed', 'removed'] }, record } } },
        }),
      },
    },
    async ({ asker, params, query }) => {
      const { provenance, from, to, items, next } = await door.changes(asker, params.dataset, { from: query.from, to: query.to }, { after: query.after, limit: query.limit });
      return { provenance, from, to, changes: items, ...(next ? { next } : {}) };
    },
  );

  app.get<{ Params: Params; Querystring: AtQuery & FieldsQuery }>(
    '/datasets/:dataset/export',
    {
      schema: {
        tags: ['records'],
        summary: 'A whole snapshot as NDJSON, one record a line',
        description: 'The header Kopru-Provenance holds the provenance as base64url of its JSON.',
        headers: purpose,
        params: datasetParams,
        querystring: { type: 'object', properties: { ...atQuery, ...fieldsQuery }, additionalProperties: false },
        produces: ['application/x-ndjson'],
        response: { 200: { description: 'records', content: { 'application/x-ndjson': { schema: { type: 'string' } } } }, ...problems },
      },
    },
    async ({ asker, params, query }, reply) => {
      const { provenance, batches } = await door.export(asker, params.dataset, at(query), fields(query));
      return reply
        .type('application/x-ndjson; charset=utf-8')
        .header('Kopru-Provenance', Buffer.from(JSON.stringify(provenance)).toString('base64url'))
        .send(Readable.from(lines(batches)));
    },
  );
}

async function* lines(batches: AsyncIterable<Released[]>): AsyncGenerator<string> {
  for await (const batch of batches) if (batch.length > 0) yield `${batch.map((r) => JSON.stringify(r)).join('\n')}\n`;
}

function at(query: AtQuery): At {
  if (query.snapshot !== undefined && query.at !== undefined) {
    throw new KopruError('request-invalid', 'Both snapshot and at were given.', { hint: 'Give one of them.' });
  }
  return { version: query.snapshot, time: query.at === undefined ? undefined : new Date(query.at) };
}

function fields(query: FieldsQuery): string[] | undefined {
  return query.fields?.split(',').map((f) => f.trim());
}
