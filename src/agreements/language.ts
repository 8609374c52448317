import { z } from 'zod';
import { idKinds } from '../core/nationalId';

/**
 * The language in which a signed protocol is written down. One file per protocol; everything else derives from it.
 * Shapes only; what must agree across the file is in check.ts.
 */

const id = z.string().regex(/^[a-z][a-z0-9-]*$/, 'use lower-case letters, digits and hyphens');
const datasetId = z.string().regex(/^[a-z][a-z0-9-]*(\.[a-z][a-z0-9-]*)+$/, 'use words joined by a dot, such as agency.records');
const fieldName = z.string().regex(/^[a-z][A-Za-z0-9]*$/, 'use camelCase');
const article = z.string().min(1).describe('the article of the signed text, or "policy" where no article says it');
const label = z.string().min(1).describe('what people read, in Turkish');

/** How a field is kept at rest: open fields stay readable, the others are sealed. */
const sensitivity = z.enum(['open', 'personal', 'sensitive']);
const common = { label, sensitivity, required: z.boolean().default(false), article };

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
]);

const dataset = z.strictObject({
  label,
  owner: id,
  article,
  classification: z.strictObject({ label, article }),
  key: fieldName,
  fields: z.record(fieldName, field),
});

/** V.Ç.8: anlık, belirli dönemlik, yıllık. */
export const modes = ['instant', 'periodic', 'yearly'] as const;

const grant = z.strictObject({
  party: id,
  dataset: datasetId,
  fields: z.array(fieldName).min(1),
  modes: z.array(z.enum(modes)).min(1),
  purposes: z.array(id).min(1),
  article,
  opens: z.enum(['agreement', 'supplement']).describe('open with the agreement itself, or only by a recorded ek protokol'),
});

const days = z.strictObject({ days: z.int().positive(), article });
const share = z.strictObject({ share: z.number().gt(0).max(1), article });
const cron = z.string().refine(isCron, 'write five cron fields in numbers: minute, hour, day, month, weekday, such as 0 2 * * *');
const cronBounds = [
  [0, 59],
  [0, 23],
  [1, 31],
  [1, 12],
  [0, 7],
] as const;

function isCron(text: string): boolean {
  const fields = text.split(' ');
  return (
    fields.length === cronBounds.length &&
    cronBounds.every(([least, most], i) =>
      (fields[i] as string).split(',').every((part) => {
        const match = /^(?:\*|(\d{1,2})(?:-(\d{1,2}))?)(?:\/[1-9]\d?)?$/.exec(part);
        const from = Number(match?.[1] ?? least);
        const to = Number(match?.[2] ?? from);
        return match !== null && least <= from && from <= to && to <= most;
      }),
    )
  );
}

export const agreementShape = z.strictObject({
  id,
  title: z.string().min(1),
  legalBasis: z.array(z.strictObject({ text: z.string().min(1), article })),
  parties: z.record(id, z.strictObject({ name: z.string().min(1), short: z.string().min(1), article })),
  host: z.strictObject({ party: id, article }),
  term: z.strictObject({ years: z.int().positive(), noticeMonths: z.int().nonnegative(), renews: z.boolean(), article }),
  annexes: z.array(z.strictObject({ id: z.string().min(1), title: z.string().min(1), article })),
  purposes: z.record(id, z.strictObject({ label, article })),
  notice: z.strictObject({ text: z.string().min(1), article }),
  datasets: z.record(datasetId, dataset),
  grants: z.record(id, grant),
  schedules: z.record(datasetId, z.strictObject({ periodic: cron.optional(), yearly: cron.optional(), article })),
  retention: z.strictObject({ snapshots: days, quarantine: days, accessLog: days }),
  consents: z.array(z.strictObject({ owner: id, datasets: z.array(datasetId).min(1), publication: z.literal('closed'), article })),
  thresholds: z.strictObject({ guard: share, drift: share }),
});

export type Agreement = z.infer<typeof agreementShape>;
export type Dataset = Agreement['datasets'][string];
export type Field = z.infer<typeof field>;
export type Grant = Agreement['grants'][string];
export type Mode = (typeof modes)[number];
