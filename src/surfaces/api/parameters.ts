import type { Agreement, Field } from '../../disclosure/door';
import { type FilterName, filterNames } from '../../disclosure/filter';
import { exampleValue } from './examples/values';
import { everyHeader, statedHeaders, text, version } from './schemas';

/** Parameters that choose records by their fields: one for every field of any dataset that can be chosen by. */
export function filterQuery(agreement: Agreement): Record<string, object> {
  return Object.fromEntries(filterNames(agreement).map((filter) => [filter.name, filterParameter(filter)]));
}

function filterParameter({ in: places }: FilterName): object {
  const labels = [...new Set(places.map(({ field }) => field.label))].join(', ');
  const where = places.map(({ dataset }) => dataset).join(', ');
  return {
    ...text,
    maxLength: 2000,
    description: `only records with this value, or with one of several with commas: ${labels} (of ${where})`,
    examples: [filterExample(places[0]?.field)],
  };
}

function filterExample(field: Field | undefined): string {
  if (field?.type === 'code') return field.values.slice(0, 2).join(',');
  return field?.type === 'province' ? '01,63' : String(field && exampleValue(field));
}

export const sinceQuery = {
  changedSince: {
    ...version,
    description: 'only records that are new or other since this published snapshot; what was removed since, the changes tell',
    examples: [2],
  },
} as const;

/** Headers of a reading with tags: the purpose, and what the reader has already. */
export function taggedHeaders(agreement: Agreement) {
  const tags = {
    ...text,
    maxLength: 2000,
    description: 'the tag of an earlier answer (ETag), or several: where one of them still holds the answer is 304',
    examples: ['W/"dGhpcyBpcyBhIHRhZywgbm8gbW9yZSB0"'],
  };
  const { properties, ...rest } = statedHeaders(agreement);
  return { ...rest, properties: { ...properties, 'if-none-match': tags } };
}

const etag = { ETag: { ...text, description: 'the answer’s tag, for If-None-Match the next time' } };

/** An answer that carries a tag, and the one to somebody who has it already. */
export function tagged<T extends { headers: object }>(answer: T) {
  return {
    200: { ...answer, headers: { ...answer.headers, ...etag } },
    304: { type: 'null', description: 'what the request says to have still holds', headers: { ...everyHeader, ...etag } },
  } as const;
}
