import type { Agreement } from '../../../disclosure/door';
import { clockNames } from '../../../operations/incidents/clocks';
import { eventKinds, incidentKinds } from '../../../operations/incidents/kinds';
import { instant, object, text, whole } from '../schemas';
import { day, maybe, number, reference } from './shapes';

const orNull = (schema: object & { type: string }) => ({ ...maybe(schema), examples: [null] });
const short = { ...text, minLength: 1, maxLength: 300 };

/** By dataset, names of fields. */
export function dataShape({ datasets }: Agreement) {
  const [[id, { fields }]] = Object.entries(datasets) as [[string, Agreement['datasets'][string]]];
  return {
    type: 'object',
    maxProperties: 20,
    additionalProperties: { type: 'array', items: { ...text, maxLength: 100 }, maxItems: 100 },
    description: 'which fields of which datasets',
    examples: [{ [id]: Object.keys(fields).slice(1, 3) }],
  };
}

/** What is said of an incident at its opening or later. */
export const known = {
  people: { ...whole, minimum: 0, maximum: 999_999_999, description: 'how many people it is about, as far as known', examples: [120] },
  measures: { ...short, description: 'what was done about it, and will be', examples: ['Erişim kapatıldı'] },
  contact: { ...short, description: 'whom to ask: a unit, no person', examples: ['Bilgi Güvenliği Birimi'] },
  from: { ...number, description: 'the first entry of the audit log that belongs to it', examples: [1201] },
  to: { ...number, description: 'the last one', examples: [1250] },
  document: reference,
};
export const told = { ...short, examples: ['Bir dosya yanlış kuruma gönderildi'] };

const slice = {
  ...object({ from: known.from, to: known.to, hash: { ...text, pattern: '^[0-9a-f]{64}$', examples: ['5f'.repeat(32)] } }),
  type: ['object', 'null'],
  description: 'a part of the audit log, and the hash of its last entry',
};
const event = object({
  kind: { ...text, enum: eventKinds },
  happenedAt: instant,
  text: orNull(text),
  document: orNull(text),
  detail: { type: 'object', additionalProperties: true, description: 'what more is said', examples: [{ people: 120 }] },
  slice,
  recordedAt: instant,
  by: { ...text, description: 'cli, schedule, person:NUMBER', examples: ['person:7'] },
});
const clock = object({
  clock: { ...text, enum: clockNames },
  article: { ...text, description: 'what asks for it; the hours are policy', examples: ['policy'] },
  dueAt: instant,
  metAt: orNull(instant),
  state: { ...text, enum: ['running', 'overdue', 'met', 'met-late'] },
});

export function incidentShape(agreement: Agreement) {
  return {
    id: { ...number, examples: [3] },
    kind: { ...text, enum: incidentKinds },
    party: { ...text, description: 'where it happened, or whose person read' },
    owner: { ...orNull(text), description: 'whose data it is; null of harvesting' },
    awareAt: instant,
    data: dataShape(agreement),
    person: { ...orNull(whole), description: 'of harvesting: the number of whose reading it is' },
    day: { ...orNull(day), description: 'of harvesting: the day in Istanbul' },
    recordedAt: instant,
    status: { ...text, enum: ['open', 'closed', 'dismissed'] },
    clocks: { type: 'array', items: clock, maxItems: 4 },
    events: { type: 'array', items: event, maxItems: 10_000 },
  };
}

/** What came of a body: the slice is two numbers there, of which one alone is one entry. */
export function knownOf<T extends { from?: number; to?: number }>({ from, to, ...rest }: T) {
  const [first, last] = [from ?? to, to ?? from];
  return { ...rest, ...(first === undefined || last === undefined ? {} : { slice: { from: first, to: last } }) };
}
