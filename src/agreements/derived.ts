import { z } from 'zod';
import type { Agreement, Dataset, Field } from './language';
import { ages, datasetsOf, place, type Rule, type RulePlace, where } from './rules';
import { datasetId, fieldName, id } from './words';

/** How a dataset that no source sends comes from others, as data. */
export const derivation = z.strictObject({
  of: datasetId.describe('one row for each of its records'),
  referredBy: z.array(place).default([]).describe('and one for whom these ids name and that dataset does not list'),
});

/** How a field of such a dataset is made. */
export const fieldDerivation = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('listed') }).describe('whether the dataset lists it'),
  z.strictObject({ kind: z.literal('copy'), field: fieldName }),
  z.strictObject({ kind: z.literal('yearsAfter'), field: fieldName, years: z.int().positive() }),
  z
    .strictObject({
      kind: z.literal('count'),
      by: place,
      groups: z.array(fieldName).max(3).default([]).describe('counted by these fields; one number if left out'),
      where: where.optional(),
      ages: z.strictObject({ birth: fieldName, ...ages.omit({ name: true }).shape }).optional(),
    })
    .describe('how many records refer to it'),
  z
    .strictObject({ kind: z.literal('findings'), rules: z.array(id).min(1) })
    .describe('open findings about it; each released as its rule is'),
]);
export type FieldDerivation = z.infer<typeof fieldDerivation>;

/** What goes into a derived field: a value that it shows, or one that is only counted. */
export interface Contribution extends RulePlace {
  counted: boolean;
}

/** Every field that goes into a row of a derived dataset at all: whoever may not see one may not know that the row is there. */
export function rowContributions({ datasets }: Pick<Agreement, 'datasets'>, { derived }: Dataset): Contribution[] {
  if (!derived) return [];
  const key = { dataset: derived.of, field: datasets[derived.of]?.key ?? '' };
  return [key, ...derived.referredBy].map((at) => ({ ...at, counted: false }));
}

/** Every field that goes into a derived field, beside what goes into its row. */
export function fieldContributions({ derived }: Dataset, { derive }: Field): Contribution[] {
  if (!derived || !derive) return [];
  switch (derive.kind) {
    case 'copy':
    case 'yearsAfter':
      return [{ dataset: derived.of, field: derive.field, counted: false }];
    case 'count': {
      const { by, groups, where: only, ages: aged } = derive;
      const fields = [by.field, ...groups, ...Object.keys(only ?? {}), ...(aged ? [aged.birth] : [])];
      return fields.map((field) => ({ dataset: by.dataset, field, counted: true }));
    }
    default:
      return [];
  }
}

/** The datasets that a derived dataset is made of; the dataset itself for one that a source sends. */
export function inputsOf(agreement: Pick<Agreement, 'datasets' | 'rules'>, dataset: string): string[] {
  const definition = agreement.datasets[dataset];
  if (!definition?.derived) return [dataset];
  const fields = Object.values(definition.fields);
  const parts = [...rowContributions(agreement, definition), ...fields.flatMap((field) => fieldContributions(definition, field))];
  const rules = fields.flatMap(({ derive }) => (derive?.kind === 'findings' ? derive.rules : []));
  const compared = rules.flatMap((rule) => datasetsOf(agreement.rules[rule] as Rule));
  return [...new Set([...parts.map((part) => part.dataset), ...compared])];
}

/** The ids of the datasets that sources send. */
export function sourceDatasets({ datasets }: Pick<Agreement, 'datasets'>): string[] {
  return Object.keys(datasets).filter((id) => !datasets[id]?.derived);
}

/** The ids of the datasets that are made of others. */
export function derivedDatasets({ datasets }: Pick<Agreement, 'datasets'>): string[] {
  return Object.keys(datasets).filter((id) => datasets[id]?.derived);
}
