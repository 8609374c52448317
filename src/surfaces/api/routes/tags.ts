import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Tagged } from '../../../disclosure/door';

/** Whether an answer with this tag is one that the request says to have (If-None-Match, RFC 9110, 13.1.2). */
export function has({ headers }: Pick<FastifyRequest, 'headers'>): ((tag: string) => boolean) | undefined {
  const said = headers['if-none-match'];
  if (said === undefined) return undefined;
  const tags = new Set([...said.matchAll(/(?:W\/)?"([^"]*)"/g)].map((match) => match[1] as string));
  return (tag) => said.trim() === '*' || tags.has(tag);
}

/** Marks the answer with its tag; true if it was given before and is now answered by 304 alone. */
export function answeredByTag(reply: FastifyReply, { tag, unchanged }: Tagged): boolean {
  // Weak: made of what the answer depends on, not of its bytes.
  void reply.header('ETag', `W/"${tag}"`);
  if (unchanged) void reply.code(304).send();
  return unchanged;
}
