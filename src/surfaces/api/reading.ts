import { parse } from 'node:querystring';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { KopruError } from '../../core/errors';
import { refusedBy } from './problem';

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** JSON bodies in UTF-8, and nothing else: what two readers could understand in two ways is refused. */
export function strictJsonOnly(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, async (request: FastifyRequest, body: Buffer) => {
    const charset = /charset\s*=\s*"?([^";\s]*)/i.exec(request.headers['content-type'] ?? '')?.[1];
    if ((charset !== undefined && !/^utf-?8$/i.test(charset)) || request.headers['content-encoding']) throw refusedBy(415);
    try {
      const text = utf8.decode(body);
      const value: unknown = JSON.parse(text);
      if (writtenMembers(text) === members(text)) return value;
    } catch {
      // Told below, without the parser's words: they quote what was sent.
    }
    throw new KopruError('request-invalid', 'The body is not JSON in UTF-8 with each name once.', { hint: 'See /docs for the shape.' });
  });
}

/** How many members the text writes: outside of strings, each has one colon. */
function writtenMembers(text: string): number {
  return text.replace(/"(?:[^"\\]|\\.)*"/g, '').split(':').length - 1;
}

/** How many members its objects have; a name that stands twice counts once. */
function members(text: string): number {
  let count = -1; // the whole is handed over like a member
  JSON.parse(text, function (this: unknown, _name, value) {
    if (!Array.isArray(this)) count += 1;
    return value;
  });
  return count;
}

/**
 * Reads a query string, with plain whole numbers as numbers but for what stays text. The validator changes nothing: its own
 * coercion would take a list for its member and let Infinity through.
 */
export function querystringParser(texts: ReadonlySet<string>): (text: string) => Record<string, unknown> {
  return (text) => {
    const asked: Record<string, unknown> = parse(text);
    for (const [name, value] of Object.entries(asked))
      if (typeof value === 'string' && !texts.has(name) && /^(0|[1-9]\d{0,14})$/.test(value)) asked[name] = Number(value);
    return asked;
  };
}
