import { KopruError } from '../../../../core/errors';
import type { Agreement, Asker } from '../../../../disclosure/door';
import type { RegisterPage } from '../../../../operations/registers/entries';
import { answer, problems, query, text, whole } from '../../schemas';
import type { ApiDeps } from '../../server';
import { number } from '../shapes';

/** What the routes of the two registers have in common. */
export const common = { tags: ['registers'] };

/** An entry names fields of several datasets, and says in words what for. */
export const mostBytes = 16 * 1024;

export const entry = { ...number, description: 'the entry’s number', examples: [3] } as const;
export const reference = {
  ...text,
  minLength: 1,
  maxLength: 300,
  description: 'the reference of the paper; it is kept and logged in the clear, so nothing of a person',
  examples: ['E-2026/88'],
} as const;

/** By dataset, the names of its fields. */
export function dataShape({ datasets }: Agreement) {
  const [[id, { fields }]] = Object.entries(datasets) as [[string, Agreement['datasets'][string]]];
  return {
    type: 'object',
    description: 'which fields of which datasets',
    minProperties: 1,
    maxProperties: 100,
    additionalProperties: { type: 'array', minItems: 1, maxItems: 200, items: { ...text, maxLength: 100 } },
    examples: [{ [id]: Object.keys(fields).slice(0, 2) }],
  };
}

export const pageQuery = query({
  limit: { ...whole, minimum: 1, maximum: 1000, default: 100, description: 'entries per page' },
  before: { ...entry, description: 'next of the page before' },
});

export const revocation = {
  params: {
    type: 'object',
    required: ['entry'],
    properties: { entry: { ...text, pattern: '^[1-9]\\d{0,8}$', maxLength: 9, description: entry.description, examples: ['3'] } },
  },
  querystring: query({}),
  response: { 200: answer('it is taken back; both stay', { entry }), ...problems(400, 401, 403, 404, 409, 413, 415, 500, 503) },
} as const;

/** A page of so many of these entries: one more was asked for, to see whether there are older ones. */
export function paged<T extends { id: number }>(found: readonly T[], limit: number): { entries: T[]; next?: number } {
  const entries = found.slice(0, limit);
  const last = entries.at(-1);
  return { entries, ...(last && found.length > limit ? { next: last.id } : {}) };
}

export const oneMore = ({ before, limit }: { before?: number; limit: number }): RegisterPage => ({ before, limit: limit + 1 });

/** Lets somebody do it, as it is called on the command line, too; what is refused for what it is about is logged as well. */
export async function doing<T>(
  { door }: Pick<ApiDeps, 'door'>,
  asker: Asker,
  duty: 'given' | 'approve',
  as: string,
  work: () => Promise<T>,
): Promise<T> {
  await door.admit(asker, duty, { as });
  try {
    return await work();
  } catch (error) {
    if (error instanceof KopruError) await door.refused(asker, duty, error.code, as);
    throw error;
  }
}
