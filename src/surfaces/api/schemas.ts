import type { Agreement, Field } from '../../agreements/language';

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
    description: `${dataset.label} (${agreement.parties[dataset.owner]?.short ?? dataset.owner}, ${dataset.article})`,
    properties: Object.fromEntries(Object.entries(dataset.fields).map(([name, field]) => [name, fieldSchema(field)])),
  }));
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
      return { type: ['object', 'null'], properties: { e164: { type: ['string', 'null'] }, raw: { type: 'string' } } };
    default:
      return { type: ['string', 'null'] };
  }
}

const text = { type: 'string' } as const;
const whole = { type: 'integer' } as const;

export const provenanceSchema = {
  type: 'object',
  description: 'Where the data come from, as of when, and under which agreement and grant they are released.',
  properties: {
    dataset: text,
    source: { type: 'object', properties: { party: text, name: text, time: { ...text, format: 'date-time' } } },
    snapshot: { type: 'object', properties: { version: whole, publishedAt: { ...text, format: 'date-time' }, records: whole, digest: text } },
    agreement: { type: 'object', properties: { id: text, status: text, endsOn: { type: ['string', 'null'], format: 'date' } } },
    grant: { type: 'object', properties: { id: text, article: text } },
    classification: text,
    notice: { type: 'object', properties: { text, article: text } },
    publicationConsent: { type: 'array', items: { type: 'object', properties: { dataset: text, owner: text, state: text, article: text } } },
  },
} as const;

export const snapshotSchema = {
  type: 'object',
  properties: {
    version: whole,
    sourceTime: { ...text, format: 'date-time' },
    publishedAt: { ...text, format: 'date-time' },
    records: whole,
    added: whole,
    changed: whole,
    removed: whole,
    quarantined: whole,
    digest: text,
  },
} as const;

export const datasetParams = { type: 'object', required: ['dataset'], properties: { dataset: { ...text, description: 'a dataset’s id, as GET /v1/datasets lists them' } } } as const;

/** Parameters that choose a state of the dataset. */
export const atQuery = {
  snapshot: { ...whole, minimum: 1, maximum: 999_999_999, description: 'a snapshot’s version; the newest if left out' },
  at: { ...text, format: 'date-time', description: 'the snapshot that was the newest at this time' },
} as const;

export const fieldsQuery = { fields: { ...text, maxLength: 2000, description: 'names of fields, with commas; all that are open if left out' } } as const;

export const pageQuery = {
  limit: { ...whole, minimum: 1, maximum: 1000, default: 100 },
  after: { ...text, maxLength: 60, description: 'next of the page before' },
} as const;

export const problems = Object.fromEntries(
  (['400', '401', '403', '404'] as const).map((status) => [status, { description: 'problem', content: { 'application/problem+json': { schema: { $ref: 'Problem#' } } } }]),
);
