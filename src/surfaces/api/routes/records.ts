import type { FastifyInstance } from 'fastify';
import {
  answer,
  anyRecord,
  atQuery,
  datasetParams,
  fieldsQuery,
  object,
  page,
  pageQuery,
  problems,
  provenance,
  purposeHeader,
  query,
  rangeQuery,
  text,
  whole,
} from '../schemas';
import type { ApiDeps } from '../server';
import { type AtQuery, at, type FieldsQuery, fields, linkNext, type PageQuery } from './asked';

type Params = { dataset: string };

export function recordRoutes(app: FastifyInstance, { door, agreement }: ApiDeps): void {
  const record = anyRecord(agreement);
  const common = { tags: ['records'], headers: purposeHeader(agreement), params: datasetParams };

  app.get<{ Params: Params; Querystring: AtQuery & PageQuery & FieldsQuery }>(
    '/datasets/:dataset/records',
    {
      schema: {
        ...common,
        operationId: 'readRecords',
        summary: 'A page of records',
        description:
          'Follow `next` or the header Link to the end: the pages stay in the snapshot in which they began, each record stands on one of them.',
        querystring: query({ ...atQuery, ...pageQuery, ...fieldsQuery }),
        response: { 200: page({ records: { type: 'array', items: record } }), ...problems(400, 401, 403, 404, 500, 503) },
      },
    },
    async ({ asker, params, query: asked }, reply) => {
      const {
        provenance: said,
        items,
        next,
      } = await door.records(asker, params.dataset, at(asked), { after: asked.after, limit: asked.limit, fields: fields(asked) });
      linkNext(reply, `/v1/datasets/${params.dataset}/records`, { ...asked }, next);
      return { provenance: said, records: items, ...(next ? { next } : {}) };
    },
  );

  app.post<{ Params: Params; Querystring: AtQuery & FieldsQuery; Body: { id: string } }>(
    '/datasets/:dataset/record',
    {
      schema: {
        ...common,
        operationId: 'findRecord',
        summary: 'One record by its national id',
        querystring: query({ ...atQuery, ...fieldsQuery }),
        // The example passes the check digits and stands for nobody.
        body: object({ id: { ...text, minLength: 1, maxLength: 20, description: 'the national id', examples: ['11111111110'] } }),
        response: { 200: answer('the record', { provenance, record }), ...problems(400, 401, 403, 404, 413, 415, 500, 503) },
      },
    },
    async ({ asker, params, query: asked, body }) => door.record(asker, params.dataset, at(asked), body.id, fields(asked)),
  );

  const change = object({ change: { ...text, enum: ['added', 'changed', 'removed'] }, record });
  app.get<{ Params: Params; Querystring: PageQuery & { from: number; to?: number } }>(
    '/datasets/:dataset/changes',
    {
      schema: {
        ...common,
        operationId: 'readChanges',
        summary: 'What was added, changed and removed between two snapshots',
        description: 'A removed record stands as it last was.',
        querystring: query({ ...rangeQuery, ...pageQuery }, ['from']),
        response: {
          200: page({ from: whole, to: whole, changes: { type: 'array', items: change } }),
          ...problems(400, 401, 403, 404, 500, 503),
        },
      },
    },
    async ({ asker, params, query: asked }, reply) => {
      const { provenance: said, from, to, items, next } = await door.changes(asker, params.dataset, asked, asked);
      linkNext(reply, `/v1/datasets/${params.dataset}/changes`, { ...asked }, next);
      return { provenance: said, from, to, changes: items, ...(next ? { next } : {}) };
    },
  );
}
