import { z } from 'zod';
import { idKinds } from '../core/nationalId';
import { derivation, fieldDerivation } from './derived';
import { harvest, incidents } from './incidents';
import { caseRule, perPerson, roles, scope, sensitivities } from './roles';
import { rule } from './rules';
import { statistic } from './statistics';
import { article, datasetId, fieldName, id, label } from './words';

/**
 * The language in which a signed protocol is written down. One file per protocol; everything else derives from it.
 * Shapes only; what must agree across the file is in check.ts.
 */

/** How a field is kept at rest: open fields stay readable, the others are sealed. */
const sensitivity = z.enum(sensitivities);
const common = {
  label,
  sensitivity,
  required: z.boolean().default(false),
  article,
  derive: fieldDerivation.optional().describe('how it is made, in a derived dataset'),
};

const field = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('text'),
    ...common,
    maxLength: z.int().positive().default(200),
    nameDigest: z.boolean().default(false),
  }),
  z.strictObject({ type: z.literal('nationalId'), ...common, kinds: z.array(z.enum(idKinds)).min(1), index: z.boolean().default(false) }),
  z.strictObject({ type: z.literal('date'), ...common }),
  z.strictObject({ type: z.literal('partialDate'), ...common, openYearAs: fieldName.optional() }),
  z.strictObject({ type: z.literal('integer'), ...common, min: z.int().optional(), max: z.int().optional() }),
  z.strictObject({ type: z.literal('boolean'), ...common }),
  z.strictObject({
    type: z.literal('code'),
    ...common,
    values: z.array(z.string().min(1)).min(1).describe('known values; the list is open, a source’s other value is kept as it is'),
  }),
  z.strictObject({ type: z.literal('province'), ...common }),
  z.strictObject({ type: z.literal('phone'), ...common }),
  z.strictObject({ type: z.literal('counts'), ...common }).describe('numbers by group; in derived datasets only'),
  z.strictObject({ type: z.literal('findings'), ...common }).describe('in derived datasets only'),
]);

const dataset = z.strictObject({
  label,
  owner: id,
  article,
  classification: z.strictObject({ label, article }),
  key: fieldName,
  fields: z.record(fieldName, field),
  derived: derivation.optional().describe('made of other datasets by reconciliation; left out: a source sends it'),
  scope: scope.optional().describe('which rows provincial staff may read; left out: none'),
  perPerson: perPerson.optional().describe('whoever reads it needs a grant of their own'),
  report: z
    .strictObject({ by: z.array(z.array(fieldName).min(1).max(2)).min(1).max(15), article })
    .optional()
    .describe('what a yearly report counts: by a field, or by two at once; left out: each open province and code by itself'),
});

/** V.Ç.8: anlık, belirli dönemlik, yıllık. */
export const modes = ['instant', 'periodic', 'yearly'] as const;

const grant = z.strictObject({
  party: id,
  dataset: datasetId,
  fields: z.array(fieldName).min(1),
  aggregates: z.array(fieldName).default([]).describe('fields that are not released, and may be counted in derived datasets'),
  modes: z.array(z.enum(modes)).min(1),
  purposes: z.array(id).min(1),
  article,
  staleAnswers: z
    .boolean()
    .default(false)
    .describe('whether the latest snapshot answers a look-up while the source is down, marked as stale; policy'),
  opens: z.enum(['agreement', 'supplement']).describe('open with the agreement itself, or only by a recorded ek protokol'),
});

const days = z.strictObject({ days: z.int().positive(), article });
const share = z.strictObject({ share: z.number().gt(0).max(1), article });
/** What `isCron` demands, as a sentence for people. */
export const cronRule =
  'write five cron fields in numbers: minute, hour, day, month, weekday, such as 0 2 * * *, with a day that one of its months has';
const cron = z.string().refine(isCron, cronRule);
const cronBounds = [
  [0, 59],
  [0, 23],
  [1, 31],
  [1, 12],
  [0, 7],
] as const;
const longestOfMonth = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] as const;

/** Whether a text is a schedule as agreements and operators may write it: one that comes again and again. */
export function isCron(text: string): boolean {
  return cronFields(text) !== undefined;
}

/**
 * Its five fields without ranges and steps, which libraries read differently: each is * or a list of different numbers,
 * Sunday is 0. Undefined if it is no schedule.
 */
export function cronFields(text: string): string[] | undefined {
  const written = text.split(' ');
  if (written.length !== cronBounds.length) return undefined;
  const found: number[][] = [];
  for (const [i, bounds] of cronBounds.entries()) {
    const values = cronValues(written[i] as string, bounds);
    if (!values) return undefined;
    found.push(values);
  }
  const [minutes, hours, days, months, weekdays] = found as [number[], number[], number[], number[], number[]];
  if (!months.some((month) => Math.min(...days) <= (longestOfMonth[month - 1] as number))) return undefined;
  return [minutes, hours, days, months, weekdays.map((day) => day % 7)].map((values, i) =>
    written[i] === '*' ? '*' : [...new Set(values)].sort((x, y) => x - y).join(','),
  );
}

/** The values that a field stands for; undefined if it is not well formed. */
function cronValues(field: string, [least, most]: readonly [number, number]): number[] | undefined {
  const values: number[] = [];
  for (const part of field.split(',')) {
    const match = /^(?:\*|(\d{1,2})(?:-(\d{1,2}))?)(?:\/([1-9]\d?))?$/.exec(part);
    if (!match) return undefined;
    const [, first, last, step] = match;
    const from = Number(first ?? least);
    // With a step, a single number is where the steps begin.
    const to = Number(last ?? (first === undefined || step ? most : first));
    if (from < least || from > to || to > most) return undefined;
    for (let value = from; value <= to; value += Number(step ?? 1)) values.push(value);
  }
  return values;
}

/** The modes that come by a schedule; the others come by a request. */
export const scheduleModes = ['periodic', 'yearly'] as const satisfies readonly (typeof modes)[number][];

const schedule = z.strictObject({
  periodic: cron.optional(),
  yearly: cron.optional(),
  catchUp: z
    .enum(['latest', 'none'])
    .default('latest')
    .describe('what a start does for a periodic slot that was missed: make up for the latest one, or for none. A yearly one always is'),
  article,
});

export const agreementShape = z.strictObject({
  id,
  title: z.string().min(1),
  legalBasis: z.array(z.strictObject({ text: z.string().min(1), article })),
  parties: z.record(id, z.strictObject({ name: z.string().min(1), short: z.string().min(1), article })),
  host: z.strictObject({ party: id, article }),
  term: z.strictObject({ years: z.int().positive(), noticeMonths: z.int().nonnegative(), renews: z.boolean(), article }),
  annexes: z.array(z.strictObject({ id: z.string().min(1), title: z.string().min(1), article })),
  purposes: z.record(id, z.strictObject({ label, article })),
  cases: caseRule.default({ required: false, article: 'policy' }).describe('whether each query names the case that it is for'),
  roles,
  notice: z.strictObject({ text: z.string().min(1), article }),
  datasets: z.record(datasetId, dataset),
  grants: z.record(id, grant),
  schedules: z.record(datasetId, schedule),
  rules: z.record(id, rule).default({}),
  retention: z.strictObject({ snapshots: days, quarantine: days, accessLog: days }),
  statistics: z.record(id, statistic).default({}).describe('what may be published, and nothing else'),
  consents: z.array(z.strictObject({ owner: id, datasets: z.array(datasetId).min(1), publication: z.literal('closed'), article })),
  thresholds: z.strictObject({ guard: share, drift: share, harvest }),
  incidents,
});

export type Agreement = z.infer<typeof agreementShape>;
export type Dataset = Agreement['datasets'][string];
export type Field = z.infer<typeof field>;
export type Grant = Agreement['grants'][string];
export type Mode = (typeof modes)[number];
export type ScheduleMode = (typeof scheduleModes)[number];
