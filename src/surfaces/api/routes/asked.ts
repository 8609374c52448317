import type { FastifyReply } from 'fastify';
import { KopruError } from '../../../core/errors';
import type { Agreement, At } from '../../../disclosure/door';
import { type AskedFilter, filterNames } from '../../../disclosure/filter';

export interface AtQuery {
  snapshot?: number;
  at?: string;
}
export interface PageQuery {
  limit: number;
  after?: string;
}
export interface FieldsQuery {
  fields?: string;
}

export interface SinceQuery {
  changedSince?: number;
}

/** Takes what records are chosen by from the parameters of an address. */
export function filterReader(agreement: Agreement): (asked: object) => AskedFilter {
  const names = new Set(filterNames(agreement).map(({ name }) => name));
  return (asked) => Object.fromEntries(Object.entries(asked).filter(([name]) => names.has(name)));
}

/** The address of the next page, where there is one; `parameter` is what leads there. */
export function linkNext(
  reply: FastifyReply,
  path: string,
  asked: Record<string, unknown>,
  next: string | undefined,
  parameter: 'after' | 'before' = 'after',
): void {
  if (!next) return;
  const given = Object.fromEntries(Object.entries({ ...asked, [parameter]: next }).map(([name, value]) => [name, String(value)]));
  void reply.header('Link', `<${path}?${new URLSearchParams(given)}>; rel="next"`);
}

export function at(asked: AtQuery): At {
  if (asked.snapshot !== undefined && asked.at !== undefined) {
    throw new KopruError('request-invalid', 'Both snapshot and at were given.', { hint: 'Give one of them.' });
  }
  return { version: asked.snapshot, time: asked.at === undefined ? undefined : time('at', asked.at) };
}

/** The instant that a parameter names. */
export function time(parameter: string, text: string): Date {
  const found = new Date(text);
  // A leap second has the form of a time, but is none that can be compared.
  if (Number.isNaN(found.getTime()))
    throw new KopruError('request-invalid', `The request is malformed: querystring/${parameter} is no time.`, {
      hint: 'Write it as 2026-01-31T09:00:00Z.',
    });
  return found;
}

export function fields(asked: FieldsQuery): string[] | undefined {
  return list(asked.fields);
}

/** Texts that stand together with commas. */
export function list(text: string | undefined): string[] | undefined {
  return text?.split(',').map((part) => part.trim());
}
