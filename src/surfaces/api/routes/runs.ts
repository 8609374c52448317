import type { FastifyInstance } from 'fastify';
import type { RunView } from '../../../operations/runs/runs';
import { answer, consents, instant, object, problems, query, standing, text, whole } from '../schemas';
import type { ApiDeps } from '../server';

export function runRoutes(app: FastifyInstance, { door, runs }: ApiDeps): void {
  const maybe = (schema: { type: string; format?: string }) => ({ ...schema, type: [schema.type, 'null'] });
  const run = object({
    id: whole,
    dataset: text,
    kind: { ...text, examples: ['pull', 'replay', 'derive'] },
    mode: { ...text, examples: ['periodic', 'yearly', 'manual'] },
    status: { ...text, examples: ['succeeded', 'queued', 'running', 'waiting', 'held', 'failed', 'cancelled'] },
    requestedAt: instant,
    startedAt: maybe(instant),
    finishedAt: maybe(instant),
    records: whole,
    total: maybe(whole),
    quarantined: whole,
    snapshot: maybe(whole),
    errorCode: {
      ...maybe(text),
      description: 'why it failed or is held; docs/errors.md lists the codes',
      examples: [null, 'source-unreachable'],
    },
  });
  app.get<{ Querystring: { limit: number } }>(
    '/runs',
    {
      schema: {
        operationId: 'listRuns',
        tags: ['runs'],
        summary: 'Recent runs of the datasets that are open to you, newest first',
        querystring: query({ limit: { ...whole, minimum: 1, maximum: 100, default: 20, description: 'how many' } }),
        response: {
          200: answer('the runs', { ...standing, publicationConsent: consents, runs: { type: 'array', items: run } }),
          ...problems(400, 401, 500, 503),
        },
      },
    },
    async ({ asker, query: { limit } }) => {
      const { datasets, ...said } = await door.runsOf(asker);
      return { ...said, runs: (await runs(datasets, limit)).map(shown) };
    },
  );
}

/** Without what is for operators: hints, and sentences that name the source's inner life. */
function shown({
  id,
  dataset,
  kind,
  mode,
  status,
  requestedAt,
  startedAt,
  finishedAt,
  records,
  total,
  quarantined,
  snapshot,
  error,
}: RunView) {
  return {
    id,
    dataset,
    kind,
    mode,
    status,
    requestedAt,
    startedAt,
    finishedAt,
    records,
    total,
    quarantined,
    snapshot,
    errorCode: error?.code ?? null,
  };
}
