import type { FastifyInstance } from 'fastify';
import type { SnapshotInfo } from '../../../disclosure/door';
import { tagged, taggedHeaders } from '../parameters';
import { answer, consents, datasetParams, instant, object, problems, provenance, query, standing, text, whole } from '../schemas';
import type { ApiDeps } from '../server';
import { answeredByTag, has } from './tags';

export function datasetRoutes(app: FastifyInstance, { door, agreement }: ApiDeps): void {
  const [[id, { fields }]] = Object.entries(agreement.datasets) as [[string, (typeof agreement.datasets)[string]]];
  const open = Object.entries(fields).map(([name, { label, type }]) => ({ name, label, type }));
  const field = { ...object({ name: text, label: text, type: text }), examples: open.slice(0, 1) };
  const dataset = object(
    {
      id: { ...text, examples: [id] },
      label: text,
      owner: text,
      classification: text,
      readable: { type: 'boolean' },
      article: text,
      grant: text,
      derivedFrom: { type: 'array', items: text, description: 'the datasets that it is made of; absent where a source sends it' },
      fields: { type: 'array', items: field },
      publicationConsent: consents,
      provenance,
    },
    ['grant', 'derivedFrom', 'provenance'],
  );

  app.get(
    '/datasets',
    {
      schema: {
        operationId: 'listDatasets',
        tags: ['datasets'],
        summary: 'The agreement’s datasets, and what is open to you',
        description: 'A dataset that has a snapshot you may read carries the newest one’s provenance.',
        querystring: query({}),
        response: {
          200: answer('the datasets', { ...standing, datasets: { type: 'array', items: dataset } }),
          ...problems(400, 401, 500, 503),
        },
      },
    },
    async ({ asker }) => {
      const { datasets, ...said } = await door.catalogue(asker);
      return {
        ...said,
        datasets: datasets.map(({ id, decision, derivedFrom, publicationConsent, provenance: newest }) => {
          const { label, owner, classification, fields } = agreement.datasets[id] as (typeof agreement.datasets)[string];
          const open = decision.allow
            ? decision.fields.map((name) => ({ name, label: fields[name]?.label, type: fields[name]?.type }))
            : [];
          return {
            id,
            label,
            owner,
            classification: classification.label,
            readable: decision.allow,
            article: decision.article,
            ...(decision.allow ? { grant: decision.grant } : {}),
            ...(derivedFrom ? { derivedFrom } : {}),
            fields: open,
            publicationConsent,
            ...(newest ? { provenance: newest } : {}),
          };
        }),
      };
    },
  );

  const snapshot = object({
    version: whole,
    sourceTime: instant,
    publishedAt: instant,
    records: whole,
    added: whole,
    changed: whole,
    removed: whole,
    quarantined: whole,
    digest: text,
  });
  app.get<{ Params: { dataset: string } }>(
    '/datasets/:dataset/snapshots',
    {
      schema: {
        operationId: 'listSnapshots',
        tags: ['datasets'],
        summary: 'Published snapshots, newest first',
        headers: taggedHeaders(agreement),
        params: datasetParams,
        querystring: query({}),
        response: {
          ...tagged(
            answer('the snapshots, with the newest one’s provenance', { provenance, snapshots: { type: 'array', items: snapshot } }),
          ),
          ...problems(400, 401, 403, 404, 500, 503),
        },
      },
    },
    async (request, reply) => {
      const found = await door.snapshots(request.asker, request.params.dataset, { has: has(request) });
      if (answeredByTag(reply, found)) return reply;
      return { provenance: found.provenance, snapshots: found.snapshots.map(shown) };
    },
  );
}

function shown({ version, sourceTime, publishedAt, records, added, changed, removed, quarantined, digest }: SnapshotInfo) {
  return { version, sourceTime, publishedAt, records, added, changed, removed, quarantined, digest };
}
