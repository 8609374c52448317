import { z } from 'zod';
import { type ServiceName, serviceNames } from '../services/addresses';
import { datasetOf } from '../services/listing';
import { mappings } from '../services/mappings';

/** Faults of the list itself: they alter what pages hold, and last until cleared unless `times` says otherwise. */
const listFaults = [
  z.strictObject({ kind: z.literal('half-list'), total: z.enum(['lowered', 'kept']).default('lowered') }),
  z.strictObject({ kind: z.literal('duplicate-identical'), count: z.int().positive().default(1) }),
  z.strictObject({ kind: z.literal('duplicate-conflicting'), count: z.int().positive().default(1) }),
  z.strictObject({
    kind: z.literal('wrong-type'),
    field: z.string().describe('a field of the agreement'),
    share: z.number().gt(0).max(1).default(0.1),
    as: z.enum(['array', 'object', 'number', 'text', 'boolean']).default('array'),
  }),
  z.strictObject({ kind: z.literal('missing-field'), field: z.string().describe('a field of the agreement') }),
  z.strictObject({ kind: z.literal('new-field'), name: z.string().default('yeniAlan') }),
] as const;

/** Faults of one answer: each hits one request unless `times` says otherwise. */
const answerFaults = [
  z.strictObject({ kind: z.literal('status-500') }),
  z.strictObject({ kind: z.literal('timeout') }),
  z.strictObject({ kind: z.literal('cut-json') }),
  z.strictObject({ kind: z.literal('cut-connection') }),
  z.strictObject({ kind: z.literal('slow-drip'), bytes: z.int().positive().default(256), everyMs: z.int().positive().default(100) }),
  z.strictObject({ kind: z.literal('not-authorised-500') }),
  z.strictObject({ kind: z.literal('code-in-200'), code: z.string().default('99') }),
  z.strictObject({ kind: z.literal('redirect'), location: z.url().default('https://baska-kurum.invalid/') }),
  z.strictObject({
    kind: z.literal('huge-body'),
    bytes: z
      .int()
      .positive()
      .default(256 * 1024 * 1024),
    gzip: z.boolean().default(false),
  }),
  z.strictObject({
    kind: z.literal('retry-after'),
    status: z.union([z.literal(429), z.literal(503)]).default(503),
    seconds: z.int().nonnegative().default(1),
  }),
] as const;

/** Lets a day pass just before the request is answered. */
const dayFault = z.strictObject({ kind: z.literal('next-day') });

const fault = z.discriminatedUnion('kind', [...listFaults, ...answerFaults, dayFault]);
const listKinds = new Set<string>(listFaults.map((shape) => shape.shape.kind.value));

export type ListFault = z.infer<(typeof listFaults)[number]>;
export type AnswerFault = z.infer<(typeof answerFaults)[number]>;
export type Fault = z.infer<typeof fault>;

const head = z.strictObject({
  service: z.enum(serviceNames),
  /** `next`: from the next request on; a page's number, from 1; or the nth request from now, from 1. */
  when: z
    .union([z.literal('next'), z.strictObject({ page: z.int().positive() }), z.strictObject({ request: z.int().positive() })])
    .default('next'),
  /** How many requests it hits; list faults default to `always`, others to 1. */
  times: z.union([z.int().positive(), z.literal('always')]).optional(),
});

/** What may be ordered: where and when, and the fault's kind with its own options. */
export type FaultInput = z.input<typeof head> & z.input<typeof fault>;
export type FaultOrder = Required<z.infer<typeof head>> & { fault: Fault };

export function isListFault(given: Fault): given is ListFault {
  return listKinds.has(given.kind);
}

/** Checks an order and fills in its defaults. Throws an Error that says what is wrong. */
export function readOrder(input: unknown): FaultOrder {
  const { service, when, times, ...rest } = Object(input) as Record<string, unknown>;
  const where = checked(head, { service, when, times });
  const given = checked(fault, rest);
  const query = where.service === 'agents-query';
  if (query && (isListFault(given) || (typeof where.when === 'object' && 'page' in where.when)))
    refuse('agents-query has neither lists nor pages');
  if ('field' in given) fieldPath(where.service, given.field);
  return { ...where, times: where.times ?? (isListFault(given) ? 'always' : 1), fault: given };
}

function checked<S extends z.ZodType>(shape: S, value: unknown): z.infer<S> {
  const result = shape.safeParse(value);
  return result.success ? result.data : refuse(z.prettifyError(result.error).replaceAll('\n', ' '));
}

function refuse(why: string): never {
  throw new Error(`not a fault order: ${why}`);
}

/** Where an agreement's field stands in a service's records, outermost name first. Throws for a field that the service lacks. */
export function fieldPath(service: ServiceName, field: string): readonly string[] {
  const mapping = service === 'agents-query' ? undefined : mappings[datasetOf[service]][field];
  if (mapping === undefined) return refuse(`${service} has no field ${field}`);
  return (typeof mapping === 'string' ? mapping : mapping.from).split('.');
}
