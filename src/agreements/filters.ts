import { countable } from './fields';
import type { Agreement, Field } from './language';

/** Names that queries have a meaning of their own for; a field that records are chosen by must not be called so. */
export const reservedNames: readonly string[] = [
  'after',
  'at',
  'changedSince',
  'fields',
  'format',
  'from',
  'limit',
  'separator',
  'snapshot',
  'to',
];

/** A field by which records may be chosen, with the datasets that have it. */
export interface FilterName {
  name: string;
  in: { dataset: string; field: Field }[];
}

/** Every field of any dataset by which records may be chosen: readable at rest, and of few values. */
export function filterNames({ datasets }: Agreement): FilterName[] {
  const found = new Map<string, FilterName>();
  for (const [dataset, { fields }] of Object.entries(datasets)) {
    for (const [name, field] of Object.entries(fields)) {
      if (!countable(field)) continue;
      const known = found.get(name) ?? { name, in: [] };
      known.in.push({ dataset, field });
      found.set(name, known);
    }
  }
  return [...found.values()];
}

/** What must not be called as it is; each problem is a sentence that names its place. */
export function filterProblems(agreement: Agreement): string[] {
  return filterNames(agreement).flatMap(({ name, in: places }) =>
    reservedNames.includes(name)
      ? places.map(
          ({ dataset }) =>
            `datasets.${dataset}.fields.${name}: records can be chosen by this field, and in a query "${name}" means something else; give it another name`,
        )
      : [],
  );
}
