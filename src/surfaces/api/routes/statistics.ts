import type { FastifyInstance } from 'fastify';
import { flagsOf, statisticDatasets } from '../../../publication/catalogue';
import { at, dimensions, tableMembers } from '../duties/publications';
import { answer, consents, instant, object, problems, query, standing, statedHeaders, text, whole } from '../schemas';
import type { ApiDeps } from '../server';

const sources = {
  type: 'object',
  description: 'the snapshots that it was counted from, by dataset',
  additionalProperties: object({ version: { ...whole, minimum: 1 }, digest: text, sourceTime: instant }),
  examples: [{}],
};

/** Counts for the own party’s use: a closed catalogue, through the door. */
export function statisticRoutes(app: FastifyInstance, { door, agreement, publication }: ApiDeps): void {
  const common = { tags: ['statistics'] };

  app.get(
    '/statistics',
    {
      schema: {
        ...common,
        operationId: 'listStatistics',
        summary: 'The catalogue of statistics',
        querystring: query({}),
        response: {
          200: answer('the catalogue', {
            statistics: {
              type: 'array',
              items: object({
                id: { ...text, examples: Object.keys(agreement.statistics).slice(0, 1) },
                label: text,
                unit: { ...text, examples: ['kişi'] },
                by: { type: 'array', maxItems: 3, items: object({ id: { ...text, examples: ['status'] }, label: text }) },
                article: text,
                publicationConsent: consents,
              }),
            },
          }),
          ...problems(400, 401, 403, 500, 503),
        },
      },
    },
    async ({ asker }) => {
      await door.admit(asker, 'datasets', { as: 'statistics' });
      const listed = Object.entries(agreement.statistics).map(async ([id, one]) => ({
        ...{ id, label: one.label, unit: one.unit, article: one.article },
        by: one.by.map(({ id: of, label }) => ({ id: of, label })),
        publicationConsent: await flagsOf(publication, statisticDatasets(agreement, one)),
      }));
      return { statistics: await Promise.all(listed) };
    },
  );

  app.get<{ Params: { statistic: string } }>(
    '/statistics/:statistic',
    {
      schema: {
        ...common,
        operationId: 'readStatistic',
        summary: 'A statistic of the newest snapshots, for your own party’s use',
        description:
          'As it is, with small counts: to publish it, or any of it, needs a publication (V.Ç.9–10). Only if every field that it is counted by is open to your party; provincial staff see their province’s.',
        headers: statedHeaders(agreement),
        params: {
          type: 'object',
          required: ['statistic'],
          properties: {
            statistic: {
              ...text,
              maxLength: 100,
              description: 'as GET /v1/statistics lists them',
              examples: Object.keys(agreement.statistics).slice(0, 1),
            },
          },
        },
        querystring: query({}),
        response: {
          200: answer('the statistic', {
            ...standing,
            ...{ statistic: { ...text, examples: Object.keys(agreement.statistics).slice(0, 1) }, label: text, sources },
            ...{ date: tableMembers.date, unit: tableMembers.unit, dimensions },
            cells: {
              type: 'array',
              items: object({ at, count: { ...whole, minimum: 0, examples: [120] } }),
              description: 'those that are not 0',
            },
            publicationConsent: consents,
          }),
          ...problems(400, 401, 403, 404, 500, 503),
        },
      },
    },
    async ({ asker, params: { statistic } }) => door.statistic(asker, statistic),
  );
}
