import type { FastifyInstance } from 'fastify';
import { type LimitPlace, type LimitView, liftLimit, limitsFor, setLimit } from '../../../operations/quotas';
import { answer, datasetParams, instant, object, problems, query, text, whole } from '../schemas';
import type { ApiDeps } from '../server';

type Place = Pick<LimitPlace, 'mode' | 'unit' | 'person'>;
interface Route {
  Params: { dataset: string; party: string };
}

const count = { ...whole, minimum: 0, maximum: 999_999_999 };
const orNull = (schema: object, type: string) => ({ ...schema, type: [type, 'null'] });
const paper = {
  ...text,
  minLength: 1,
  maxLength: 200,
  description: 'the reference of the paper; nothing of a person',
  examples: ['E-2026/17'],
};

/** Parameters that say whose uses of what a limit counts, beside dataset and party. */
const place = {
  mode: { ...text, enum: ['instant', 'periodic', 'yearly'], description: 'one mode; all of them together if left out' },
  unit: { ...text, minLength: 1, maxLength: 200, description: 'of one unit of the party', examples: ['Merkez'] },
  person: { ...whole, minimum: 1, maximum: 999_999_999, description: 'of one person of the party, by number', examples: [17] },
};
const params = {
  ...datasetParams,
  required: ['dataset', 'party'],
  properties: { ...datasetParams.properties, party: { ...text, description: 'the limited party' } },
};

const standing = object(
  {
    scope: { ...text, enum: ['party', 'unit', 'person'] },
    what: { ...text, enum: ['queries', 'records'] },
    mode: { ...text, examples: ['instant'] },
    limit: { ...count, description: 'a day of Europe/Istanbul', examples: [5000] },
    used: { ...count, examples: [1200] },
    remaining: { ...count, examples: [3800] },
    renewsAt: { ...instant, description: 'the next midnight in Istanbul' },
  },
  ['mode'],
);
const limit = object({
  dataset: text,
  party: { ...text, description: 'the limited party' },
  mode: orNull({ description: 'null: all modes together', examples: [null, 'instant'] }, 'string'),
  unit: orNull({ description: 'null: the whole party, or one person', examples: [null] }, 'string'),
  person: orNull({ examples: [null] }, 'integer'),
  setBy: { ...text, description: 'the party that owns the dataset' },
  document: { ...text, examples: paper.examples },
  at: { ...instant, description: 'since when it holds' },
  standings: { type: 'array', items: standing, maxItems: 2 },
});

/** The owner’s daily limits (V.Ç.7): who is bound by them sees them, and approvers of the owner set and lift them. */
export function quotaRoutes(app: FastifyInstance, { door, broker }: ApiDeps): void {
  const common = { tags: ['quotas'] };
  const whose = 'Approvers of the party that owns the dataset alone (V.Ç.7); one’s own reading of one’s data is not limited.';

  app.get(
    '/quotas',
    {
      schema: {
        ...common,
        operationId: 'listQuotas',
        summary: 'The daily limits that bind you, and those that your party set',
        description: 'With what is used today in Istanbul. Limits of single units and persons are told to those, and to the owner.',
        querystring: query({}),
        response: { 200: answer('the limits', { limits: { type: 'array', items: limit } }), ...problems(400, 401, 403, 500, 503) },
      },
    },
    async ({ asker }) => {
      await door.admit(asker, 'datasets', { as: 'quotas' });
      return { limits: (await limitsFor(broker, asker.who.person)).map(shown) };
    },
  );

  app.put<Route & { Querystring: Place; Body: { queries?: number; records?: number; document: string } }>(
    '/quotas/:dataset/:party',
    {
      schema: {
        ...common,
        operationId: 'setQuota',
        summary: 'Set a daily limit or change it, as the owner',
        description: `${whose} What was used earlier today counts; what is left out is no longer limited.`,
        params,
        querystring: query(place),
        body: object(
          {
            queries: { ...count, description: 'how many queries a day', examples: [5000] },
            records: { ...count, description: 'how many records a day', examples: [20_000] },
            document: paper,
          },
          ['queries', 'records'],
        ),
        response: { 200: { ...limit, ...answer('the limit', limit.properties) }, ...problems(400, 401, 403, 404, 413, 415, 500, 503) },
      },
    },
    async ({ asker, params: { dataset, party }, query: { mode, unit, person }, body }) => {
      await door.admit(asker, 'approve', { as: 'quota set', dataset, reservedTo: 'owner' });
      const { id, party: setBy } = asker.who.person;
      const { queries, records, document } = body;
      return shown(await setLimit(broker, { dataset, party, mode, unit, person, queries, records, setBy, document }, `person:${id}`));
    },
  );

  app.delete<Route & { Querystring: Place & { document: string } }>(
    '/quotas/:dataset/:party',
    {
      schema: {
        ...common,
        operationId: 'liftQuota',
        summary: 'Lift a daily limit, as the owner',
        description: `${whose} It stays in the history.`,
        params,
        querystring: query({ ...place, document: paper }, ['document']),
        response: {
          200: answer('it is lifted', { lifted: { type: 'boolean', examples: [true] } }),
          ...problems(400, 401, 403, 404, 500, 503),
        },
      },
    },
    async ({ asker, params: { dataset, party }, query: { mode, unit, person, document } }) => {
      await door.admit(asker, 'approve', { as: 'quota lift', dataset, reservedTo: 'owner' });
      const { id, party: setBy } = asker.who.person;
      await liftLimit(broker, { dataset, party, mode, unit, person, setBy, document }, `person:${id}`);
      return { lifted: true };
    },
  );
}

/** Without its number in the table, which nobody else uses. */
function shown({ id: _, ...view }: LimitView): Omit<LimitView, 'id'> {
  return view;
}
