import type { FastifyInstance } from 'fastify';
import { withdrawsAs } from '../../../publication/catalogue';
import { approvePublication, declinePublication, publishPublication } from '../../../publication/publications/decide';
import { proposePublication } from '../../../publication/publications/propose';
import { listPublications, showPublication } from '../../../publication/publications/view';
import { withdrawPublication } from '../../../publication/publications/withdraw';
import { answer, consents, instant, object, problems, query, text, whole } from '../schemas';
import type { ApiDeps } from '../server';
import { asPerson } from './acting';
import { maybe, number, numberParam, reference } from './shapes';

const digest = {
  ...text,
  pattern: '^[0-9a-f]{64}$',
  description: 'SHA-256 of the table as readers get it, hex',
  examples: ['5f'.repeat(32)],
};
const params = numberParam('number', 'the publication’s number');
const instantOrNull = { ...maybe(instant), examples: [null] };
const approval = object({ at: instant, person: { ...number, examples: [23] }, named: { type: 'boolean' }, document: reference });

const members = {
  number: { ...number, examples: [5] },
  statistic: text,
  label: text,
  publisher: text,
  proposedBy: { ...number, description: 'the person’s number', examples: [17] },
  proposedAt: instant,
  state: { ...text, enum: ['proposed', 'approved', 'declined', 'published', 'withdrawn'] },
  digest,
  document: reference,
  sources: {
    type: 'object',
    description: 'the snapshots that it was counted from, by dataset',
    additionalProperties: object({ version: { ...whole, minimum: 1 }, digest, sourceTime: instant }),
    examples: [{}],
  },
  contributors: {
    type: 'array',
    maxItems: 20,
    description: 'the owners whose approval it needs, and those that they gave',
    items: object({
      owner: text,
      datasets: { type: 'array', maxItems: 50, items: text },
      article: text,
      approval: { ...approval, type: ['object', 'null'], examples: [null] },
    }),
  },
  publishedAt: instantOrNull,
  withdrawnAt: instantOrNull,
  publicationConsent: consents,
};
const publication = object(members);

const category = object({ code: { ...text, examples: ['01'] }, label: text });
export const dimensions = {
  type: 'array',
  maxItems: 3,
  items: object({ id: { ...text, examples: ['status'] }, label: text, categories: { type: 'array', items: category } }),
};
export const at = {
  type: 'array',
  maxItems: 3,
  items: { ...text, examples: ['*'] },
  description: 'a category of each dimension; * is the total',
};
export const tableMembers = {
  date: { ...text, format: 'date', description: 'the day whose state is counted, in Istanbul', examples: ['2026-11-30'] },
  unit: { ...text, examples: ['kişi'] },
  dimensions,
  cells: {
    type: 'array',
    items: object({
      at,
      count: { type: ['integer', 'null'], minimum: 0, description: 'null: hidden, to protect people', examples: [120] },
    }),
  },
};
const table = object({ ...tableMembers, dimensions: { ...dimensions, items: { type: 'object', additionalProperties: true } } });

/** Frozen tables (V.Ç.9–10): a party proposes, each contributing owner approves, the party publishes, and either takes back. */
export function publicationRoutes(app: FastifyInstance, deps: ApiDeps): void {
  const { door, publication: room, agreement } = deps;
  const common = { tags: ['publications'] };
  const view = (of: number, party: string) => showPublication(room, of, party);
  const shown = answer('the publication', {
    ...members,
    table,
    whole: { type: 'boolean', description: 'whether the table is still the frozen one' },
  });
  const refusals = problems(400, 401, 403, 404, 409, 413, 415, 500, 503);

  app.get(
    '/publications',
    {
      schema: {
        ...common,
        operationId: 'listPublications',
        summary: 'Your party’s publications and those that draw on its data, newest first',
        querystring: query({}),
        response: {
          200: answer('the publications', { publications: { type: 'array', items: publication } }),
          ...problems(400, 401, 403, 500, 503),
        },
      },
    },
    async ({ asker }) => {
      await door.admit(asker, 'datasets', { as: 'publications' });
      return { publications: await listPublications(room, asker.who.person.party) };
    },
  );

  app.get<{ Params: { number: string } }>(
    '/publications/:number',
    {
      schema: {
        ...common,
        operationId: 'showPublication',
        summary: 'One of them with its table, as readers would get it',
        params,
        querystring: query({}),
        response: { 200: shown, ...problems(400, 401, 403, 404, 500, 503) },
      },
    },
    async ({ asker, params: { number: of } }) => {
      await door.admit(asker, 'datasets', { as: 'publication' });
      return view(Number(of), asker.who.person.party);
    },
  );

  app.post<{ Body: { statistic: string; document: string } }>(
    '/publications',
    {
      schema: {
        ...common,
        operationId: 'proposePublication',
        summary: 'Freeze a table of the catalogue for publication',
        description:
          'It is counted from the newest snapshots and made safe for the people in it, beside all that was published of the same people; what cannot be shown safe in time is refused. Nobody sees it before.',
        querystring: query({}),
        body: object({ statistic: { ...text, maxLength: 100 }, document: reference }),
        response: { 200: shown, ...refusals },
      },
    },
    async ({ asker, body }) => {
      const made = await asPerson(deps, asker, 'publish', 'publication propose', (who) => proposePublication(room, body, who));
      return view(made, asker.who.person.party);
    },
  );

  app.post<{ Params: { number: string }; Body: { digest: string; document: string; named?: boolean } }>(
    '/publications/:number/approval',
    {
      schema: {
        ...common,
        operationId: 'approvePublication',
        summary: 'Approve a table, as an approver of an owner whose data it draws on',
        description: 'Bound to the digest: a table that changed needs a new approval. Whoever proposed it does not approve it.',
        params,
        querystring: query({}),
        body: object(
          {
            digest,
            document: reference,
            named: {
              type: 'boolean',
              description: 'whether your institution may be named in public (Ek-2 5.3); no, if left out',
              examples: [true],
            },
          },
          ['named'],
        ),
        response: { 200: shown, ...refusals },
      },
    },
    async ({ asker, params: { number: of }, body }) => {
      await asPerson(deps, asker, 'approve', 'publication approve', (who) => approvePublication(room, Number(of), body, who));
      return view(Number(of), asker.who.person.party);
    },
  );

  /** An act that takes nothing but its paper. */
  const act = (
    path: string,
    operationId: string,
    summary: string,
    description: string,
    work: (of: number, document: string, request: Asked) => Promise<unknown>,
  ) =>
    app.post<{ Params: { number: string }; Body: { document: string } }>(
      `/publications/:number/${path}`,
      {
        schema: {
          ...common,
          ...{ operationId, summary, description, params },
          querystring: query({}),
          body: object({ document: reference }),
          response: { 200: shown, ...refusals },
        },
      },
      async ({ asker, params: { number: of }, body: { document } }) => {
        await work(Number(of), document, asker);
        return view(Number(of), asker.who.person.party);
      },
    );
  type Asked = Parameters<typeof asPerson>[1];

  act(
    'refusal',
    'declinePublication',
    'Decline a table, as an approver of an owner',
    'It is never published; the party may propose anew.',
    (of, document, asker) => asPerson(deps, asker, 'approve', 'publication decline', (who) => declinePublication(room, of, document, who)),
  );
  act(
    'release',
    'publishPublication',
    'Publish a table that every contributing owner approved',
    'For each other owner’s data a standing consent must be in force, too (V.Ç.9–10). From then on anybody reads it.',
    (of, document, asker) => asPerson(deps, asker, 'publish', 'publication publish', (who) => publishPublication(room, of, document, who)),
  );
  act(
    'withdrawal',
    'withdrawPublication',
    'Take a publication back at once',
    'The publisher does, or an approver of an owner whose data it draws on.',
    (of, document, asker) => {
      const duty = withdrawsAs(agreement, asker.who.person.roles);
      return asPerson(deps, asker, duty, 'publication withdraw', (who) => withdrawPublication(room, of, document, who));
    },
  );
}
