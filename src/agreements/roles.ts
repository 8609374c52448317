import { z } from 'zod';
import type { Agreement, Dataset, Field } from './language';
import { article, fieldName, id, label } from './words';

/** What somebody may set out to do. */
export const actions = [
  'datasets',
  'snapshots',
  'runs',
  'records',
  'record',
  'changes',
  'export',
  'lookup',
  'findings',
  'summary',
  'statistic',
  'given',
  'audit',
  'personnel',
  'approve',
  'publish',
  'subject',
  'incident',
] as const;
export type Action = (typeof actions)[number];

/** What shows single records, or counts drawn from them: it needs a purpose, a case, a scope, and draws on quotas. */
export const readingActions: readonly Action[] = ['records', 'record', 'changes', 'export', 'lookup', 'findings', 'summary', 'statistic'];

/** The sensitivities of fields, the least first. */
export const sensitivities = ['open', 'personal', 'sensitive'] as const;

/** What people of a role may do, and up to which sensitivity they see fields. */
export const role = z.strictObject({
  label,
  actions: z.array(z.enum(actions)).min(1),
  shows: z.enum(sensitivities).default('sensitive').describe('need to know: fields that are more sensitive stay closed to the role'),
  article,
});

/** Which rows provincial staff may read; without it the dataset is closed to them. */
export const scope = z.strictObject({ province: fieldName.describe('an open field: only rows of the own province are read'), article });

/** Each person needs a grant of their own, with an end, that is looked at again after so many days. */
export const perPerson = z.strictObject({ reviewDays: z.int().positive(), article });

export const caseRule = z.strictObject({
  required: z.boolean(),
  article,
});

export const roles = z.record(id, role).default({});

/** The roles of a person that allow an action. */
export function rolesFor(agreement: Agreement, held: readonly string[], action: Action): [string, Agreement['roles'][string]][] {
  return Object.entries(agreement.roles).filter(([name, { actions: may }]) => held.includes(name) && may.includes(action));
}

/** Whether a role that shows this much shows a field. */
export function shows(limit: Field['sensitivity'], field: Field | undefined): boolean {
  return field !== undefined && sensitivities.indexOf(field.sensitivity) <= sensitivities.indexOf(limit);
}

/** What must agree: the field of a scope is an open province, and what is derived has none. */
export function scopeProblems(where: string, { scope: rows, fields, derived }: Dataset): string[] {
  if (!rows) return [];
  const field = Object.hasOwn(fields, rows.province) ? fields[rows.province] : undefined;
  if (derived) return [`${where}.scope: rows that are made of many records have no province of their own`];
  if (field?.type !== 'province' || field.sensitivity !== 'open')
    return [`${where}.scope.province: "${rows.province}" is not an open field of the type province`];
  return [];
}
