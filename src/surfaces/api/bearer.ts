import type { FastifyRequest } from 'fastify';

/** The bearer token of a request; undefined if it came with none. */
export function bearerToken({ raw }: Pick<FastifyRequest, 'raw'>): string | undefined {
  // Of two credentials the next reader might take the other one, so they are none.
  const [credential, ...more] = raw.headersDistinct.authorization ?? [];
  return /^Bearer ([\w~+/.-]{1,200}=*)$/i.exec(more.length === 0 ? (credential ?? '') : '')?.[1];
}
