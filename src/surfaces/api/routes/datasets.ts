import type { FastifyInstance } from 'fastify';
import type { SnapshotInfo } from '../../../snapshots/types';
import { datasetParams, problems, snapshotSchema } from '../schemas';
import type { ApiDeps } from '../server';

export function datasetRoutes(app: FastifyInstance, { door, agreement }: ApiDeps): void {
  const text = { type: 'string' };
  const dataset = {
    type: 'object',
    properties: { id: text, label: text, owner: text, readable: { type: 'boolean' }, grant: text, article: text, fields: { type: 'array', items: { type: 'object', properties: { name: text, label: text, type: text } } } },
  };

  app.get(
    '/datasets',
    { schema: { tags: ['datasets'], summary: 'The agreement’s datasets, and what is open to this party', response: { 200: { type: 'object', properties: { datasets: { type: 'array', items: dataset } } }, ...problems } } },
    async (request) => {
      const found = await door.datasets(request.asker.party);
      return {
        datasets: found.map(({ id, decision }) => {
          const { label, owner, fields } = agreement.datasets[id] as (typeof agreement.datasets)[string];
          const open = decision.allow ? decision.fields.map((name) => ({ name, label: fields[name]?.label, type: fields[name]?.type })) : [];
          return { id, label, owner, readable: decision.allow, article: decision.article, ...(decision.allow ? { grant: decision.grant } : {}), fields: open };
        }),
      };
    },
  );

  app.get<{ Params: { dataset: string } }>(
    '/datasets/:dataset/snapshots',
    {
      schema: {
        tags: ['datasets'],
        summary: 'Published snapshots, newest first',
        params: datasetParams,
        response: { 200: { type: 'object', properties: { dataset: text, snapshots: { type: 'array', items: snapshotSchema } } }, ...problems },
      },
    },
    async (request) => ({
      dataset: request.params.dataset,
      snapshots: (await door.snapshots(request.asker, request.params.dataset)).map(shown),
    }),
  );
}

function shown({ version, sourceTime, publishedAt, records, added, changed, removed, quarantined, digest }: SnapshotInfo) {
  return { version, sourceTime, publishedAt, records, added, changed, removed, quarantined, digest };
}
