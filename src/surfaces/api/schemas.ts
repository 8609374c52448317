import type { Agreement, Field } from '../../disclosure/door';

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
  return { title: field.label, description: `${field.label} (${field.article})`, ...valueSchema(field) };
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
      return { type: ['string', 'null'], examples: field.values };
    case 'province':
      return { type: ['string', 'null'], pattern: '^\\d{2}$' };
    case 'phone':
      return { ...object({ e164: { type: ['string', 'null'] }, raw: text }), type: ['object', 'null'] };
    default:
      return { type: ['string', 'null'] };
  }
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
  description: 'for each contributing dataset, whether statistics from it may be published',
  items: object({ dataset: text, owner: text, state: { ...text, examples: ['closed'] }, article: text }),
};

export const provenanceSchema = {
  $id: 'Provenance',
  description: 'Where the data come from, as of when, and under which agreement and grant they are released.',
  ...object({
    dataset: text,
    source: object({ party: text, name: text, time: { ...instant, description: 'as of when the source’s data are' } }),
    snapshot: object({ version: whole, publishedAt: instant, records: whole, digest: { ...text, description: 'SHA-256, hex' } }),
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

export function purposeHeader(agreement: Agreement) {
  return {
    type: 'object',
    properties: {
      'kopru-purpose': {
        ...text,
        maxLength: 100,
        description: 'what for; one of the grant’s purposes',
        examples: Object.keys(agreement.purposes),
      },
    },
  } as const;
}

/** Parameters of an address; any other is a mistake that should be heard of. */
export function query(properties: Record<string, object>, required: readonly string[] = []) {
  return { type: 'object', additionalProperties: false, required, properties };
}

const version = { ...whole, minimum: 1, maximum: 999_999_999 } as const;

/** Parameters that choose a state of the dataset. */
export const atQuery = {
  snapshot: { ...version, description: 'a snapshot’s version; the newest if left out' },
  at: { ...instant, description: 'the snapshot that was the newest at this time' },
} as const;

export const rangeQuery = {
  from: { ...version, description: 'the older snapshot' },
  to: { ...version, description: 'the newer one; the newest if left out' },
} as const;

export const fieldsQuery = {
  fields: { ...text, maxLength: 2000, description: 'names of fields, with commas; all that are open if left out' },
} as const;

export const pageQuery = {
  limit: { ...whole, minimum: 1, maximum: 1000, default: 100, description: 'records per page' },
  after: { ...text, maxLength: 300, description: 'next of the page before, which fixes the snapshot too' },
} as const;

const requestId = { 'Request-Id': { ...text, format: 'uuid', description: 'the request’s number, as in the access log' } };
const link = { Link: { ...text, description: 'the address of the next page, rel="next"; absent at the end' } };

/** The answer of a page route: the header Link leads on like `next`. */
export function page(members: Record<string, object>) {
  return {
    ...object({ provenance, ...members, next: { ...text, description: 'the next page’s after; absent at the end' } }, ['next']),
    description: 'a page',
    headers: { ...requestId, ...link },
  };
}

export function answer(description: string, members: Record<string, object>, optional: readonly string[] = []) {
  return { ...object(members, optional), description, headers: requestId };
}

export function ndjson(description: string) {
  const encoded = { 'Kopru-Provenance': { ...text, description: 'the provenance, as base64url of its JSON' } };
  return { description, headers: { ...requestId, ...encoded }, content: { 'application/x-ndjson': { schema: text } } };
}

const meanings: Record<number, string> = {
  400: 'malformed',
  401: 'no valid token',
  403: 'the agreement, the grant or the purpose does not allow it',
  404: 'no such dataset, snapshot or record',
  409: 'the idempotency key stands for another question',
  410: 'delivered or expired, and not kept',
  413: 'larger than allowed',
  415: 'not JSON in UTF-8',
  500: 'a fault of the broker, or stored data that do not match their hash; nothing is released',
  502: 'the agency’s service refused, failed or could not be understood',
  503: 'the access cannot be logged or the database is away; nothing is released',
};

/** The refusals that a route can answer. */
export function problems(...statuses: number[]) {
  const retry = { 'Retry-After': { ...whole, description: 'seconds' } };
  return Object.fromEntries(
    statuses.map((status) => [
      status,
      {
        description: meanings[status],
        headers: { ...requestId, ...(status === 503 ? retry : {}) },
        content: { 'application/problem+json': { schema: { $ref: 'Problem#' } } },
      },
    ]),
  );
}
