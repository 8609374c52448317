import { type Agreement, type Field, groupsOf } from '../../disclosure/door';
import { exportNames } from '../exported';
import { exampleValue } from './examples/values';

/** The OpenAPI name of a dataset's record. */
export function recordSchemaId(dataset: string): string {
  return `Record.${dataset}`;
}

/** One schema per dataset, from the agreement: types, Turkish labels, articles. A party sees the fields that its grant opens. */
export function recordSchemas(agreement: Agreement): object[] {
  return Object.entries(agreement.datasets).map(([id, dataset]) => ({
    $id: recordSchemaId(id),
    title: dataset.label,
    type: 'object',
    description: `${dataset.label} (${agreement.parties[dataset.owner]?.short ?? dataset.owner}, ${dataset.article}). Only the fields that are open to you, or those that you asked for; what was not reported is null.`,
    additionalProperties: false,
    properties: Object.fromEntries(Object.entries(dataset.fields).map(([name, field]) => [name, fieldSchema(field)])),
  }));
}

/** A record of any dataset. */
export function anyRecord(agreement: Agreement): object {
  return { anyOf: Object.keys(agreement.datasets).map((id) => ({ $ref: `${recordSchemaId(id)}#` })) };
}

function fieldSchema(field: Field): object {
  return { title: field.label, description: `${field.label} (${field.article})`, ...valueSchema(field), examples: examplesOf(field) };
}

function valueSchema(field: Field): object {
  switch (field.type) {
    case 'date':
      return { type: ['string', 'null'], format: 'date' };
    case 'partialDate':
      return { type: ['string', 'null'], pattern: '^\\d{4}(-\\d{2}(-\\d{2})?)?$' };
    case 'integer':
      return { type: ['integer', 'null'] };
    case 'boolean':
      return { type: ['boolean', 'null'] };
    case 'code':
      return { type: ['string', 'null'] };
    case 'province':
      return { type: ['string', 'null'], pattern: '^\\d{2}$' };
    case 'counts':
      return list(
        Object.fromEntries([...groupsOf(field).map((group) => [group, { type: ['string', 'integer', 'null'] }]), ['count', whole]]),
      );
    case 'findings':
      return list({ rule: text, finding: whole });
    case 'phone':
      return { ...object({ e164: { type: ['string', 'null'] }, raw: text }), type: ['object', 'null'] };
    default:
      return { type: ['string', 'null'] };
  }
}

function examplesOf(field: Field): unknown[] {
  return field.type === 'code' ? field.values : [exampleValue(field)];
}

function list(members: Record<string, object>) {
  return { type: ['array', 'null'], items: object(members) };
}

export const text = { type: 'string' } as const;
export const whole = { type: 'integer' } as const;
export const instant = { type: 'string', format: 'date-time' } as const;

/** An object of exactly these members; those named in `optional` may be missing. */
export function object(properties: Record<string, object>, optional: readonly string[] = []) {
  return {
    type: 'object',
    additionalProperties: false,
    required: Object.keys(properties).filter((name) => !optional.includes(name)),
    properties,
  };
}

export const standing = {
  agreement: object({ id: text, status: { ...text, examples: ['in-force'] }, endsOn: { type: ['string', 'null'], format: 'date' } }),
  notice: object({ text: { ...text, examples: ['teyit gerekir'] }, article: text }),
};

export const consents = {
  type: 'array',
  description: 'for each contributing dataset, whose approval a statistic from it needs, and what is approved now (V.Ç.9–10)',
  items: object({
    dataset: text,
    owner: text,
    state: { ...text, enum: ['closed', 'granted'], examples: ['closed'] },
    article: text,
    consents: {
      type: 'array',
      description: 'the consents in force',
      items: object({
        number: { ...whole, minimum: 1, examples: [3] },
        beneficiary: text,
        statistic: text,
        until: { ...text, format: 'date', examples: ['2027-06-30'] },
      }),
    },
  }),
};

export const provenanceSchema = {
  $id: 'Provenance',
  description: 'Where the data come from, as of when, and under which agreement and grant they are released.',
  ...object({
    dataset: text,
    source: object({ party: text, name: text, time: { ...instant, description: 'as of when the source’s data are' } }),
    snapshot: object(
      {
        version: whole,
        publishedAt: instant,
        records: whole,
        digest: { ...text, description: 'SHA-256, hex' },
        inputs: {
          type: 'object',
          description: 'of a derived dataset: the snapshots that it was made of, by dataset',
          additionalProperties: whole,
        },
      },
      ['inputs'],
    ),
    ...standing,
    grant: object({ id: text, article: text }),
    classification: text,
    publicationConsent: consents,
  }),
};

/** Of a look-up's answer: without a snapshot where the source itself answered. */
export const lookupProvenance = object(provenanceSchema.properties, ['snapshot']);

export const provenance = { $ref: 'Provenance#' } as const;

export const datasetParams = {
  type: 'object',
  required: ['dataset'],
  properties: { dataset: { ...text, description: 'a dataset’s id, as GET /v1/datasets lists them' } },
} as const;

/** What a query states: purpose and case. */
export function statedHeaders(agreement: Agreement) {
  return {
    type: 'object',
    properties: {
      'kopru-purpose': {
        ...text,
        maxLength: 100,
        description: 'what for; one of the grant’s purposes',
        examples: Object.keys(agreement.purposes),
      },
      'kopru-case': {
        ...text,
        maxLength: 60,
        description: 'the reference of the case or task that it is for; it is logged, so nothing of a person',
        examples: ['2026/17'],
      },
    },
  } as const;
}

/** Parameters of an address; any other is a mistake that should be heard of. */
export function query(properties: Record<string, object>, required: readonly string[] = []) {
  return { type: 'object', additionalProperties: false, required, properties };
}

export const version = { ...whole, minimum: 1, maximum: 999_999_999 } as const;

/** Parameters that choose a state of the dataset. */
export const atQuery = {
  snapshot: { ...version, description: 'a snapshot’s version; the newest if left out', examples: [3] },
  at: { ...instant, description: 'the snapshot that was the newest at this time', examples: ['2026-03-01T09:00:00Z'] },
} as const;

export const rangeQuery = {
  from: { ...version, description: 'the older snapshot', examples: [2] },
  to: { ...version, description: 'the newer one; the newest if left out', examples: [3] },
} as const;

export const fieldsQuery = {
  fields: { ...text, maxLength: 2000, description: 'names of fields, with commas; all that are open if left out' },
} as const;

export const pageQuery = {
  limit: { ...whole, minimum: 1, maximum: 1000, default: 100, description: 'records per page' },
  after: { ...text, maxLength: 300, description: 'next of the page before, which fixes the snapshot too' },
} as const;

const requestId = { 'Request-Id': { ...text, format: 'uuid', description: 'the request’s number, as in the access log' } };
export const everyHeader = {
  ...requestId,
  RateLimit: { ...text, description: 'what is left of the daily limit of which least is left, where there is one' },
  'RateLimit-Policy': { ...text, description: 'that limit' },
  'Access-Control-Allow-Origin': { ...text, description: 'this server alone: no other page may read its answers' },
};
const link = { Link: { ...text, description: 'the address of the next page, rel="next"; absent at the end' } };

/** The answer of a page route: the header Link leads on like `next`. */
export function page(members: Record<string, object>) {
  return {
    ...object({ provenance, ...members, next: { ...text, description: 'the next page’s after; absent at the end' } }, ['next']),
    description: 'a page',
    headers: { ...everyHeader, ...link },
  };
}

export function answer(description: string, members: Record<string, object>, optional: readonly string[] = []) {
  return { ...object(members, optional), description, headers: everyHeader };
}

/** A streamed export. OpenAPI has no place for trailers, so they are described among the headers. */
export function exported(description: string) {
  const { provenance: origin, statement, records, sha256 } = exportNames;
  const headers = {
    [origin]: { ...text, description: 'the provenance, as base64url of its JSON' },
    [statement]: { ...text, description: 'format, separator, fields, filter and time of the export, as base64url of its JSON' },
    Trailer: { ...text, description: 'the names of the trailers that follow the body' },
    [records]: { ...whole, description: 'a trailer: how many records the body holds' },
    [sha256]: { ...text, pattern: '^[0-9a-f]{64}$', description: 'a trailer: SHA-256 of the body, hex' },
  };
  const content = { 'application/x-ndjson': { schema: text }, 'text/csv': { schema: text } };
  return { description, headers: { ...everyHeader, ...headers }, content };
}

const meanings: Record<number, string> = {
  400: 'malformed',
  401: 'no valid token',
  403: 'the agreement, the grant, the purpose, or who asks does not allow it',
  404: 'no such dataset, snapshot, record or person',
  409: 'the idempotency key stands for another question, or the thing is not in a state that allows this',
  410: 'delivered, expired or withdrawn, and not kept',
  413: 'larger than allowed',
  415: 'not of a content type that is taken here, or compressed',
  429: 'a daily limit of the data’s owner leaves no room for it, or too many requests without a credential came from this address',
  500: 'a fault of the broker, or stored data that do not match their hash; nothing is released',
  502: 'the agency’s service refused, failed or could not be understood',
  503: 'the access cannot be logged or the database is away; nothing is released',
};

/** The refusals that a route can answer. */
export function problems(...statuses: number[]) {
  const retry = { 'Retry-After': { ...whole, description: 'seconds' } };
  // Whoever is known by a token may come to the end of a limit; who is not may ask too often.
  const all = statuses.includes(401) ? [...statuses, 429] : statuses;
  return Object.fromEntries(
    all.map((status) => [
      status,
      {
        description: meanings[status],
        headers: { ...everyHeader, ...(status === 503 || status === 429 ? retry : {}) },
        content: { 'application/problem+json': { schema: { $ref: 'Problem#' } } },
      },
    ]),
  );
}
