import { z } from 'zod';
import { idKinds } from '../core/nationalId';
import { article, datasetId, fieldName, label } from './words';

/** What reconciliation looks for, as data: each kind is a question that any datasets can be asked. */

export const place = z.strictObject({ dataset: datasetId, field: fieldName });
export const where = z
  .record(fieldName, z.array(z.string().min(1)).min(1))
  .describe('only records whose open field has one of these values');
const working = z
  .strictObject({ from: fieldName, to: fieldName })
  .describe('only referring records whose period holds the day of the snapshot; an absent end is open');
const common = { label, severity: z.enum(['high', 'medium', 'low']), article };
export const ages = z.strictObject({ name: z.string().min(1), from: z.int().nonnegative(), to: z.int().nonnegative() });

export const rule = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('reference-missing'),
    ...common,
    from: place,
    to: datasetId,
    alsoIn: z.array(fieldName).default([]).describe('ids of that dataset beside its key under which it counts as known'),
    where: where.optional(),
    subject: z.enum(['reference', 'record']).describe('whether the finding is about who is referred to, or about the record'),
  }),
  z.strictObject({ kind: z.literal('reference-kind'), ...common, from: place, to: datasetId, kinds: z.array(z.enum(idKinds)).min(1) }),
  z.strictObject({
    kind: z.literal('reference-state'),
    ...common,
    from: place,
    to: datasetId,
    field: fieldName,
    values: z.array(z.string().min(1)).min(1),
    working: working.optional(),
  }),
  z.strictObject({
    kind: z.literal('reference-lapsed'),
    ...common,
    from: place,
    to: datasetId,
    field: fieldName,
    years: z.int().positive(),
    working: working.optional(),
  }),
  z.strictObject({
    kind: z.literal('count-differs'),
    ...common,
    of: datasetId,
    reported: fieldName,
    period: fieldName.describe('where the window of the reported count begins'),
    by: place,
    season: fieldName,
    where: where.optional(),
    tolerance: z.strictObject({ count: z.int().nonnegative(), share: z.number().min(0).max(1) }),
  }),
  z.strictObject({
    kind: z.literal('count-unreported'),
    ...common,
    of: datasetId,
    reported: fieldName,
    by: place,
    season: fieldName,
    where: where.optional(),
  }),
  z.strictObject({
    kind: z.literal('identity'),
    ...common,
    between: z.array(z.strictObject({ dataset: datasetId, name: fieldName, birth: fieldName.optional() })).min(2),
  }),
  z.strictObject({
    kind: z.literal('age-missing'),
    ...common,
    dataset: datasetId,
    birth: fieldName,
    ages: z.array(ages).min(1),
    to: datasetId,
  }),
  z.strictObject({ kind: z.literal('age-role'), ...common, dataset: datasetId, birth: fieldName, ages: z.array(ages).min(1), where }),
  z.strictObject({ kind: z.literal('dummy-id'), ...common, fields: z.array(place).min(1) }),
]);

export type Rule = z.infer<typeof rule>;
export type RulePlace = z.infer<typeof place>;
type WithKey = (dataset: string) => RulePlace;

/** Every field that goes into a rule's findings: whoever may not see one of them may not see the finding. */
export function contributions(of: Rule, key: WithKey): RulePlace[] {
  const at = (dataset: string, ...fields: (string | undefined)[]) =>
    fields.flatMap((field) => (field === undefined ? [] : [{ dataset, field }]));
  switch (of.kind) {
    case 'reference-missing':
      return [
        of.from,
        key(of.to),
        ...at(of.to, ...of.alsoIn),
        ...at(of.from.dataset, ...Object.keys(of.where ?? {})),
        ...(of.subject === 'record' ? [key(of.from.dataset)] : []),
      ];
    case 'reference-kind':
      return [of.from, key(of.to)];
    case 'reference-state':
    case 'reference-lapsed':
      return [of.from, key(of.to), ...at(of.to, of.field), ...at(of.from.dataset, of.working?.from, of.working?.to)];
    case 'count-differs':
      return [key(of.of), ...at(of.of, of.reported, of.period), of.by, ...at(of.by.dataset, of.season, ...Object.keys(of.where ?? {}))];
    case 'count-unreported':
      return [key(of.of), ...at(of.of, of.reported), of.by, ...at(of.by.dataset, of.season, ...Object.keys(of.where ?? {}))];
    case 'identity':
      return of.between.flatMap(({ dataset, name, birth }) => [key(dataset), ...at(dataset, name, birth)]);
    case 'age-missing':
      return [key(of.dataset), ...at(of.dataset, of.birth), key(of.to)];
    case 'age-role':
      return [key(of.dataset), ...at(of.dataset, of.birth, ...Object.keys(of.where))];
    case 'dummy-id':
      return [...of.fields, ...of.fields.map(({ dataset }) => key(dataset))];
  }
}

/** The datasets that a rule compares, first the one whose records its findings are about. */
export function datasetsOf(of: Rule): string[] {
  switch (of.kind) {
    case 'count-differs':
    case 'count-unreported':
      return [of.of, of.by.dataset];
    case 'identity':
      return of.between.map(({ dataset }) => dataset);
    case 'age-missing':
      return [of.dataset, of.to];
    case 'age-role':
      return [of.dataset];
    case 'dummy-id':
      return of.fields.map(({ dataset }) => dataset);
    default:
      return [of.from.dataset, of.to];
  }
}
