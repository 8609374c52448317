import type { FastifyInstance } from 'fastify';
import { answer, consents, instant, object, problems, purposeHeader, query, standing, text, whole } from '../schemas';
import type { ApiDeps } from '../server';

export function findingRoutes(app: FastifyInstance, { door, agreement }: ApiDeps): void {
  const said = { ...standing, publicationConsent: consents };
  const about = { rule: text, label: text, severity: { ...text, examples: ['high', 'medium', 'low'] }, article: text };
  const common = { tags: ['findings'], headers: purposeHeader(agreement) };
  const finding = object({
    id: whole,
    ...about,
    status: { ...text, examples: ['open', 'closed'] },
    firstSeen: instant,
    lastSeen: instant,
    snapshots: { type: 'object', description: 'the snapshots in which it was seen last, by dataset', additionalProperties: whole },
    subject: { type: ['string', 'null'], description: 'the national id of whom it is about' },
    detail: { type: 'object', description: 'counts, windows and codes', additionalProperties: true },
  });

  app.get<{ Querystring: { rule?: string; status: 'open' | 'closed'; limit: number; after?: number } }>(
    '/findings',
    {
      schema: {
        ...common,
        operationId: 'listFindings',
        summary: 'In what the registers disagree, as far as it is open to you',
        description:
          'Of rules whose every contributing field you own or are granted. Nothing is corrected, and no finding says that a law was broken.',
        querystring: query({
          rule: { ...text, maxLength: 100, description: 'of one rule' },
          status: { ...text, enum: ['open', 'closed'], default: 'open', description: 'open ones, or those that are gone' },
          limit: { ...whole, minimum: 1, maximum: 1000, default: 100, description: 'findings per page' },
          after: { ...whole, minimum: 1, maximum: 999_999_999, description: 'next of the page before' },
        }),
        response: {
          200: answer('the findings', { ...said, findings: { type: 'array', items: finding }, next: whole }, ['next']),
          ...problems(400, 401, 404, 500, 503),
        },
      },
    },
    async ({ asker, query: asked }) => door.findings(asker, asked),
  );

  app.get(
    '/findings/summary',
    {
      schema: {
        ...common,
        operationId: 'countFindings',
        summary: 'How many findings there are of each rule that is open to you',
        querystring: query({}),
        response: {
          200: answer('the counts', { ...said, rules: { type: 'array', items: object({ ...about, open: whole, closed: whole }) } }),
          ...problems(400, 401, 500, 503),
        },
      },
    },
    async ({ asker }) => door.findingCounts(asker),
  );
}
