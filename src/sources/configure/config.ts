import { z } from 'zod';
import { dateFormats } from '../../core/dates';

/**
 * How each dataset's source is reached, without code: one checked YAML or JSON file.
 * docs/sources.md explains it step by step; src/sources/configure/sources.schema.json is generated from it for editors.
 */

const path = z.string().min(1).describe('a place in the JSON answer, such as data.items; "$" is the whole body');
const secret = z
  .union([z.strictObject({ env: z.string().min(1) }), z.strictObject({ file: z.string().min(1) })])
  .describe('a secret stands in an environment variable or in a file of its own, never here');

const auth = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('none') }),
  z.strictObject({ type: z.literal('basic'), username: secret, password: secret }),
  z.strictObject({ type: z.literal('bearer'), token: secret }),
  z.strictObject({ type: z.literal('apiKey'), header: z.string().min(1), key: secret }),
  z.strictObject({ type: z.literal('clientCertificate'), certificate: z.string().min(1), key: z.string().min(1) }),
]);

const paging = z.discriminatedUnion('style', [
  z.strictObject({ style: z.literal('none') }),
  z.strictObject({
    style: z.literal('page'),
    pageParam: z.string().default('page'),
    sizeParam: z.string().optional(),
    firstPage: z.int().nonnegative().default(1),
    pages: path.optional().describe('where the answer says how many pages there are'),
  }),
  z.strictObject({ style: z.literal('offset'), offsetParam: z.string().default('offset'), sizeParam: z.string().default('limit') }),
  z.strictObject({ style: z.literal('cursor'), cursorParam: z.string().default('cursor'), sizeParam: z.string().optional(), next: path }),
  z.strictObject({ style: z.literal('link'), sizeParam: z.string().optional() }),
]);

const scalar = z.union([z.string(), z.number(), z.boolean()]);
const response = z.strictObject({
  records: path.default('$'),
  total: path.optional(),
  version: z
    .union([path, z.strictObject({ header: z.string().min(1) })])
    .optional()
    .describe('a value that changes whenever the source’s data change'),
  time: path.optional().describe('where the answer says as of when its data are'),
  encoding: z.enum(['utf-8', 'windows-1254', 'iso-8859-9']).default('utf-8'),
  code: z
    .strictObject({
      at: path,
      ok: z.array(scalar).min(1),
      notFound: z.array(scalar).default([]),
      notAuthorised: z.array(scalar).default([]),
    })
    .optional()
    .describe('a result code inside the body of a 200 answer; any other value is a service fault'),
});

/** An answer that means something else than its HTTP status says. */
const meaning = z.strictObject({ status: z.int().min(100).max(599), contains: z.string().min(1).optional() });

const mapping = z.union([
  path,
  z.strictObject({
    from: path,
    format: z.enum(dateFormats).optional(),
    values: z.record(z.string(), z.union([scalar, z.null()])).optional(),
    nulls: z.array(scalar).optional().describe('values that mean "not given", besides null and the empty text'),
    accept: z.enum(['number']).optional().describe('the source writes this text as a JSON number'),
  }),
]);

const limits = z.strictObject({
  pageSize: z.int().positive().max(10_000).default(1_000),
  concurrency: z.int().positive().max(8).default(2).describe('pages asked for at once, where the paging style allows'),
  compression: z
    .enum(['gzip', 'none'])
    .default('gzip')
    .describe('what is asked for; on a fast local network none costs less than unpacking'),
  requestsPerSecond: z.number().positive().optional(),
  requestsPerDay: z.int().positive().optional().describe('per day of Europe/Istanbul'),
  timeoutSeconds: z.number().positive().default(30),
  maxBodyBytes: z
    .int()
    .positive()
    .default(32 * 1024 * 1024),
  maxInflatedBytes: z
    .int()
    .positive()
    .default(128 * 1024 * 1024),
});

const common = {
  service: z.string().min(1).describe('the name people know the service by'),
  baseUrl: z.url(),
  allowHttpOnLoopback: z.boolean().default(false),
  ca: z.string().optional().describe('a PEM file of the certificate authority, where it is not a public one'),
  auth: auth.default({ type: 'none' }),
  response: response.prefault({}),
  meanings: z.strictObject({ notFound: z.array(meaning).default([]), notAuthorised: z.array(meaning).default([]) }).prefault({}),
  fields: z.record(z.string(), mapping),
  limits: limits.prefault({}),
  retry: z
    .strictObject({
      attempts: z.int().positive().max(10).default(5),
      firstSeconds: z.number().positive().default(0.5),
      maxSeconds: z.number().positive().default(30),
    })
    .prefault({}),
  breaker: z.strictObject({ failures: z.int().positive().default(10), coolDownSeconds: z.number().positive().default(30) }).prefault({}),
  checkpointHours: z.number().positive().default(24).describe('a pull that rests longer begins anew'),
};

const request = {
  method: z.enum(['GET', 'POST']).default('GET'),
  path: z.string().startsWith('/'),
  query: z.record(z.string(), scalar).default({}),
  headers: z.record(z.string(), z.string()).default({}),
};

export const listingSource = z.strictObject({
  kind: z.literal('listing'),
  ...common,
  request: z.strictObject({ ...request, body: z.record(z.string(), z.json()).optional() }),
  paging,
  consistency: z
    .enum(['version', 'double-read', 'single'])
    .optional()
    .describe(
      'how a state that the source really had is told from a mixture; default: by version where one is configured, else read until two readings agree',
    ),
  split: z
    .discriminatedUnion('by', [
      z.strictObject({ by: z.literal('never') }),
      z.strictObject({ by: z.literal('pages'), records: z.int().positive().default(50_000).describe('records in a part, about') }),
      z.strictObject({
        by: z.literal('query'),
        parameter: z.string().min(1),
        values: z.array(z.string()).min(2).max(200).describe('one part each; together they are the whole'),
      }),
    ])
    .optional()
    .describe(
      'how a pull is split into parts that several workers read at once; default: a big one by pages where paging counts them and more than one worker is there',
    ),
});

export const querySource = z.strictObject({
  kind: z.literal('query'),
  ...common,
  request: z.strictObject({
    ...request,
    method: z.literal('POST').default('POST'),
    body: z.record(z.string(), z.json()).describe('"{id}" stands for the national id; it never goes into a URL'),
  }),
  kinds: z
    .array(z.enum(['tckn', 'ykn', 'vkn']))
    .min(1)
    .default(['tckn'])
    .describe('the kinds of id that the query takes'),
  known: z
    .array(z.union([z.strictObject({ dataset: z.string(), field: z.string() }), z.strictObject({ file: z.string() })]))
    .min(1)
    .describe('where the ids to ask for come from: a field of a pulled dataset, or a file with one id a line'),
});

/** A query that answers look-ups of one person while somebody waits. */
export const lookupSource = querySource.omit({ known: true });

export const sourcesShape = z.strictObject({
  $schema: z.string().optional(),
  sources: z.record(z.string(), z.discriminatedUnion('kind', [listingSource, querySource])),
  lookups: z
    .record(z.string(), lookupSource)
    .default({})
    .describe('by dataset, the query that look-ups of one person go to; a dataset whose source is a query needs none'),
});

export type SourcesFile = z.infer<typeof sourcesShape>;
export type SourceConfig = SourcesFile['sources'][string];
export type ListingConfig = z.infer<typeof listingSource>;
export type QueryConfig = z.infer<typeof querySource>;
export type LookupConfig = z.infer<typeof lookupSource>;
export type FieldMapping = z.infer<typeof mapping>;
