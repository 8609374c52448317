import type { FastifyInstance } from 'fastify';
import type { FindingAsked } from '../../../disclosure/findings';
import { exampleId } from '../examples/values';
import { tagged, taggedHeaders } from '../parameters';
import { answer, consents, instant, object, problems, query, standing, text, whole } from '../schemas';
import type { ApiDeps } from '../server';
import { linkNext, list, time } from './asked';
import { answeredByTag, has } from './tags';

interface FindingQuery {
  rule?: string;
  severity?: string;
  status?: string;
  changedSince?: string;
  muted: 'true' | 'false';
}

export function findingRoutes(app: FastifyInstance, { door, agreement }: ApiDeps): void {
  const shapes = findingShapes(agreement);
  const filters = filterParameters(agreement);
  const common = { tags: ['findings'], headers: taggedHeaders(agreement) };

  app.get<{ Querystring: FindingQuery & { limit: number; after?: number } }>(
    '/findings',
    {
      schema: {
        ...common,
        operationId: 'listFindings',
        summary: 'In what the registers disagree, as far as it is open to you',
        description:
          'Of rules whose every contributing field you own or are granted. Nothing is corrected, and no finding says that a law was broken.',
        querystring: query({
          ...filters,
          status: { ...filters.status, default: 'open' },
          limit: { ...whole, minimum: 1, maximum: 1000, default: 100, description: 'findings per page' },
          after: { ...whole, minimum: 1, maximum: 999_999_999, description: 'next of the page before', examples: [1200] },
        }),
        response: { ...tagged(shapes.page), ...problems(400, 401, 404, 500, 503) },
      },
    },
    async (request, reply) => {
      const { asker, query: asked } = request;
      const wish = { ...askedBy(asked), limit: asked.limit, after: asked.after, has: has(request) };
      const { tag, unchanged, ...found } = await door.findings(asker, wish);
      if (answeredByTag(reply, { tag, unchanged })) return reply;
      linkNext(reply, '/v1/findings', { ...asked }, found.next === undefined ? undefined : String(found.next));
      return found;
    },
  );

  app.get<{ Querystring: FindingQuery }>(
    '/findings/summary',
    {
      schema: {
        ...common,
        operationId: 'countFindings',
        summary: 'How many findings there are of each rule that is open to you',
        querystring: query(filters),
        response: { ...tagged(shapes.summary), ...problems(400, 401, 404, 500, 503) },
      },
    },
    async (request, reply) => {
      const { asker, query: asked } = request;
      const { tag, unchanged, ...found } = await door.findingCounts(asker, { ...askedBy(asked), has: has(request) });
      return answeredByTag(reply, { tag, unchanged }) ? reply : found;
    },
  );
}

/** What is meant; the schema has seen to the words. */
function askedBy({ rule, severity, status, changedSince, muted }: FindingQuery): FindingAsked {
  return {
    rules: list(rule),
    severities: list(severity),
    statuses: list(status) as FindingAsked['statuses'],
    changedSince: changedSince === undefined ? undefined : time('changedSince', changedSince),
    muted: muted === 'true',
  };
}

function filterParameters(agreement: ApiDeps['agreement']) {
  const oneOf = (...words: string[]) => `^(${words.join('|')})(,(${words.join('|')}))*$`;
  return {
    rule: {
      ...text,
      maxLength: 1000,
      description: 'of one rule, or of several with commas',
      examples: [Object.keys(agreement.rules)[0] ?? 'rule'],
    },
    severity: {
      ...text,
      maxLength: 100,
      pattern: oneOf('high', 'medium', 'low'),
      description: 'of rules of this severity: high, medium or low, or several with commas',
      examples: ['high,medium'],
    },
    status: {
      ...text,
      maxLength: 100,
      pattern: oneOf('open', 'closed'),
      description: 'open ones, or those that are gone (closed), or both with a comma',
      examples: ['open,closed'],
    },
    changedSince: {
      ...instant,
      description: 'opened, changed, closed or reopened at this time or later',
      examples: ['2026-03-01T21:00:00Z'],
    },
    muted: {
      ...text,
      enum: ['true', 'false'],
      default: 'false',
      description: 'true: those too that an operator keeps off the worklist for now',
    },
  };
}

function findingShapes(agreement: ApiDeps['agreement']) {
  const [dataset] = Object.keys(agreement.datasets) as [string];
  const [[rule, of] = ['rule', undefined]] = Object.entries(agreement.rules);
  const about = {
    rule: { ...text, examples: [rule] },
    label: { ...text, examples: of ? [of.label] : [] },
    severity: { ...text, examples: [...new Set([of?.severity ?? 'high', 'high', 'medium', 'low'])] },
    article: { ...text, examples: [of?.article ?? 'policy'] },
  };
  const said = {
    ...standing,
    publicationConsent: consents,
    comparedAt: { ...instant, type: ['string', 'null'], description: 'when the registers were compared last; null if never' },
  };
  const finding = object({
    id: { ...whole, examples: [1201] },
    ...about,
    status: { ...text, examples: ['open', 'closed'] },
    firstSeen: instant,
    lastSeen: instant,
    snapshots: {
      type: 'object',
      description: 'the snapshots in which it was seen last, by dataset',
      additionalProperties: whole,
      examples: [{ [dataset]: 3 }],
    },
    subject: { type: ['string', 'null'], description: 'the national id of whom it is about', examples: [exampleId] },
    detail: { type: 'object', description: 'counts, windows and codes', additionalProperties: true, examples: [{ count: 3 }] },
  });
  const next = { ...whole, description: 'the next page’s after; absent at the end', examples: [1201] };
  const counts = object({ ...about, open: { ...whole, examples: [12] }, closed: { ...whole, examples: [3] } });
  return {
    page: answer('the findings', { ...said, findings: { type: 'array', items: finding }, next }, ['next']),
    summary: answer('the counts', { ...said, rules: { type: 'array', items: counts } }),
  };
}
