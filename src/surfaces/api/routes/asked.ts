import type { FastifyReply } from 'fastify';
import { KopruError } from '../../../core/errors';
import type { At } from '../../../disclosure/door';

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

/** The address of the next page, where there is one. */
export function linkNext(reply: FastifyReply, path: string, asked: Record<string, unknown>, next: string | undefined): void {
  if (!next) return;
  const given = Object.fromEntries(Object.entries({ ...asked, after: next }).map(([name, value]) => [name, String(value)]));
  void reply.header('Link', `<${path}?${new URLSearchParams(given)}>; rel="next"`);
}

export function at(asked: AtQuery): At {
  if (asked.snapshot !== undefined && asked.at !== undefined) {
    throw new KopruError('request-invalid', 'Both snapshot and at were given.', { hint: 'Give one of them.' });
  }
  const time = asked.at === undefined ? undefined : new Date(asked.at);
  // A leap second has the form of a time, but is none that can be compared.
  if (time && Number.isNaN(time.getTime()))
    throw new KopruError('request-invalid', 'The request is malformed: querystring/at is no time.', {
      hint: 'Write it as 2026-01-31T09:00:00Z.',
    });
  return { version: asked.snapshot, time };
}

export function fields(asked: FieldsQuery): string[] | undefined {
  return asked.fields?.split(',').map((f) => f.trim());
}
