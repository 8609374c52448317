import type { FastifyInstance } from 'fastify';
import { exampleId } from '../examples/values';
import { filterQuery, sinceQuery, tagged, taggedHeaders } from '../parameters';
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
  query,
  rangeQuery,
  statedHeaders,
  text,
  whole,
} from '../schemas';
import type { ApiDeps } from '../server';
import { type AtQuery, at, type FieldsQuery, fields, filterReader, linkNext, type PageQuery, type SinceQuery } from './asked';
import { answeredByTag, has } from './tags';

type Params = { dataset: string };

export function recordRoutes(app: FastifyInstance, { door, agreement }: ApiDeps): void {
  const record = anyRecord(agreement);
  const common = { tags: ['records'], params: datasetParams };
  const filters = filterQuery(agreement);
  const filterOf = filterReader(agreement);

  app.get<{ Params: Params; Querystring: AtQuery & PageQuery & FieldsQuery & SinceQuery }>(
    '/datasets/:dataset/records',
    {
      schema: {
        ...common,
        operationId: 'readRecords',
        summary: 'A page of records',
        description:
          'Follow `next` or the header Link to the end: the pages stay in the snapshot in which they began, each record stands on one of them. Chosen by fields, and by what changed since a snapshot, the pages hold those records alone; a field that is not open to you is refused as a filter, too.',
        headers: taggedHeaders(agreement),
        querystring: query({ ...atQuery, ...pageQuery, ...fieldsQuery, ...sinceQuery, ...filters }),
        response: { ...tagged(page({ records: { type: 'array', items: record } })), ...problems(400, 401, 403, 404, 500, 503) },
      },
    },
    async (request, reply) => {
      const { asker, params, query: asked } = request;
      const { after, limit, changedSince } = asked;
      const wish = { after, limit, fields: fields(asked), changedSince, by: filterOf(asked), has: has(request) };
      const found = await door.records(asker, params.dataset, at(asked), wish);
      if (answeredByTag(reply, found)) return reply;
      const { provenance: said, items, next } = found;
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
        headers: statedHeaders(agreement),
        querystring: query({ ...atQuery, ...fieldsQuery }),
        // The example passes the check digits and stands for nobody.
        body: object({ id: { ...text, minLength: 1, maxLength: 20, description: 'the national id', examples: [exampleId] } }),
        response: { 200: answer('the record', { provenance, record }), ...problems(400, 401, 403, 404, 413, 415, 500, 503) },
      },
    },
    async ({ asker, params, query: asked, body }) => door.record(asker, params.dataset, at(asked), body.id, fields(asked)),
  );

  const change = object({ change: { ...text, enum: ['added', 'changed', 'removed'] }, record });
  const changes = { from: { ...whole, examples: [2] }, to: { ...whole, examples: [3] }, changes: { type: 'array', items: change } };
  app.get<{ Params: Params; Querystring: PageQuery & { from: number; to?: number } }>(
    '/datasets/:dataset/changes',
    {
      schema: {
        ...common,
        operationId: 'readChanges',
        summary: 'What was added, changed and removed between two snapshots',
        description:
          'A removed record stands as it last was. Chosen by fields, a changed record is among them if it has the values in the newer snapshot or had them in the older one.',
        headers: taggedHeaders(agreement),
        querystring: query({ ...rangeQuery, ...pageQuery, ...filters }, ['from']),
        response: { ...tagged(page(changes)), ...problems(400, 401, 403, 404, 500, 503) },
      },
    },
    async (request, reply) => {
      const { asker, params, query: asked } = request;
      const { after, limit } = asked;
      const found = await door.changes(asker, params.dataset, asked, { after, limit, by: filterOf(asked), has: has(request) });
      if (answeredByTag(reply, found)) return reply;
      const { provenance: said, from, to, items, next } = found;
      linkNext(reply, `/v1/datasets/${params.dataset}/changes`, { ...asked }, next);
      return { provenance: said, from, to, changes: items, ...(next ? { next } : {}) };
    },
  );
}
