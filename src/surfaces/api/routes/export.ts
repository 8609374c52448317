import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { KopruError } from '../../../core/errors';
import type { Released } from '../../../disclosure/door';
import { csvOf } from '../../csv';
import {
  type ExportFormat,
  encoded,
  exportFormats,
  exportNames,
  type Separator,
  type Statement,
  separators,
  type Writing,
} from '../../exported';
import { filterQuery, sinceQuery, tagged, taggedHeaders } from '../parameters';
import { atQuery, datasetParams, exported, fieldsQuery, problems, query } from '../schemas';
import type { ApiDeps } from '../server';
import { type AtQuery, at, type FieldsQuery, fields, filterReader, type SinceQuery } from './asked';
import { answeredByTag, has } from './tags';

interface ExportQuery extends AtQuery, FieldsQuery, SinceQuery {
  format: ExportFormat;
  separator?: Separator;
}

const exportQuery = {
  format: { type: 'string', enum: exportFormats, default: 'ndjson', description: 'NDJSON for programs, CSV for spreadsheets' },
  separator: {
    type: 'string',
    enum: Object.keys(separators),
    description: 'what stands between the cells of a CSV; semicolon if left out, as Turkish spreadsheets expect it',
  },
} as const;

export function exportRoute(app: FastifyInstance, { door, agreement }: ApiDeps): void {
  const filterOf = filterReader(agreement);
  app.get<{ Params: { dataset: string }; Querystring: ExportQuery }>(
    '/datasets/:dataset/export',
    {
      schema: {
        operationId: 'exportSnapshot',
        tags: ['records'],
        summary: 'A whole snapshot as NDJSON or CSV, one record a line',
        description:
          'Two trailers after the body tell how many records it holds and its SHA-256. An export that cannot be finished is cut off and has none, so that it never looks whole.',
        headers: taggedHeaders(agreement),
        params: datasetParams,
        querystring: query({ ...exportQuery, ...atQuery, ...fieldsQuery, ...sinceQuery, ...filterQuery(agreement) }),
        response: { ...tagged(exported('the records')), ...problems(400, 401, 403, 404, 500, 503) },
      },
    },
    async (request, reply) => {
      const {
        asker,
        params: { dataset },
        query: asked,
      } = request;
      const separator = separatorOf(asked);
      // Whatever else is asked for, such as another format, makes another answer.
      const form = JSON.stringify(asked);
      const choice = { by: filterOf(asked), changedSince: asked.changedSince, form, has: has(request) };
      const released = await door.export(asker, dataset, at(asked), fields(asked), choice);
      if (answeredByTag(reply, released)) return reply;
      const { format, separator: _, fields: _fields, snapshot: _snapshot, at: _at, ...filter } = asked;
      const exportedAt = released.at.toISOString();
      const chosen = { ...filter, ...released.within };
      const statement: Statement = { format, separator, fields: released.fields, filter: chosen, exportedAt };
      const writing = separator ? csvOf(agreement.datasets[dataset]?.fields ?? {}, released.fields, separator) : ndjson;
      const body = Readable.from(whole(released.batches, writing, announced(reply)));
      // A reader may be gone before anything was read for it.
      body.once('close', () => void released.batches.return?.().catch(() => undefined));
      return reply
        .type(separator ? 'text/csv; charset=utf-8; header=present' : 'application/x-ndjson; charset=utf-8')
        .header(exportNames.provenance, encoded(released.provenance))
        .header(exportNames.statement, encoded(statement))
        .send(body);
    },
  );
}

function separatorOf({ format, separator }: ExportQuery): Separator | null {
  if (format === 'csv') return separator ?? 'semicolon';
  if (separator === undefined) return null;
  throw new KopruError('request-invalid', 'A separator was given, and NDJSON has none.', {
    hint: 'Leave it out, or ask for format=csv.',
  });
}

const ndjson: Writing = {
  heading: '',
  lines: (records) => records.map((record) => `${JSON.stringify(record)}\n`).join(''),
};

/**
 * Announces the trailers; what is returned sets them. Fastify's own `trailer` lists the names without commas, and sends chunks to
 * readers of HTTP/1.0, who know neither.
 */
function announced(reply: FastifyReply): (records: number, sha256: string) => void {
  if (reply.request.raw.httpVersion === '1.0') return () => undefined;
  void reply.header('Trailer', `${exportNames.records}, ${exportNames.sha256}`);
  return (records, sha256) => reply.raw.addTrailers({ [exportNames.records]: String(records), [exportNames.sha256]: sha256 });
}

/** Read as fast as the reader takes it; ends with it. At its end, and only there, it tells what it was. */
async function* whole(
  batches: AsyncIterable<Released[]>,
  { heading, lines }: Writing,
  tell: (records: number, sha256: string) => void,
): AsyncGenerator<Buffer> {
  const hash = createHash('sha256');
  let records = 0;
  const part = (text: string) => {
    const bytes = Buffer.from(text);
    hash.update(bytes);
    return bytes;
  };
  if (heading !== '') yield part(heading);
  for await (const batch of batches) {
    records += batch.length;
    if (batch.length > 0) yield part(lines(batch));
  }
  tell(records, hash.digest('hex'));
}
