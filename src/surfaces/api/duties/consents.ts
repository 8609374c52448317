import type { FastifyInstance } from 'fastify';
import { askConsent, type ConsentView, decideConsent, listConsents, withdrawConsent } from '../../../publication/consents';
import { answer, instant, object, problems, query, text } from '../schemas';
import type { ApiDeps } from '../server';
import { asPerson } from './acting';
import { day, maybe, number, numberParam, reference } from './shapes';

const exampleDays = { examples: ['2027-06-30'] };
const dayOrNull = { ...maybe(day), ...exampleDays };
const statistic = { ...text, maxLength: 100, description: 'of the catalogue (GET /v1/statistics)' };
const params = numberParam('number', 'the consent’s number');
const state = { ...text, enum: ['asked', 'granted', 'refused', 'withdrawn', 'expired'] };

const consent = object({
  number: { ...number, examples: [3] },
  owner: { ...text, description: 'whose data it is about, and who decides' },
  beneficiary: { ...text, description: 'the party that may publish' },
  dataset: text,
  statistic,
  article: { ...text, description: 'by which the owner’s approval is needed', examples: ['V.Ç.10'] },
  state,
  inForce: { type: 'boolean', description: 'whether it lets the beneficiary publish on that day' },
  from: { ...dayOrNull, description: 'its first day in Istanbul; null while it is not granted' },
  until: { ...dayOrNull, description: 'its last day' },
  askedAt: instant,
  askedBy: { ...number, description: 'the person’s number', examples: [17] },
  document: reference,
  decisions: {
    type: 'array',
    maxItems: 10,
    items: object({
      what: { ...text, enum: ['granted', 'refused', 'withdrawn'] },
      at: instant,
      approver: { ...number, description: 'the person’s number', examples: [23] },
      document: reference,
    }),
  },
});

/** Consents to publish (V.Ç.9–10): the beneficiary asks, the owner’s approver decides. */
export function consentRoutes(app: FastifyInstance, deps: ApiDeps): void {
  const { door, publication } = deps;
  const common = { tags: ['consents'] };
  const one = async (of: number): Promise<ConsentView> => (await listConsents(publication, { number: of }))[0] as ConsentView;
  const single = { 200: { ...consent, ...answer('the consent', consent.properties) } };

  app.get<{ Querystring: { dataset?: string; statistic?: string; on?: string } }>(
    '/consents',
    {
      schema: {
        ...common,
        operationId: 'listConsents',
        summary: 'The consents that your party asked for or decides, newest first',
        description: 'As they stand now; with `on` as they stood at the end of that day in Istanbul.',
        querystring: query({
          dataset: { ...text, maxLength: 100, description: 'about one dataset' },
          statistic,
          on: { ...day, description: 'on that day', examples: ['2026-11-30'] },
        }),
        response: { 200: answer('the consents', { consents: { type: 'array', items: consent } }), ...problems(400, 401, 403, 500, 503) },
      },
    },
    async ({ asker, query: { on, ...filter } }) => {
      await door.admit(asker, 'datasets', { as: 'consents' });
      return { consents: await listConsents(publication, { ...filter, party: asker.who.person.party }, on) };
    },
  );

  app.post<{ Body: { dataset: string; statistic: string; document: string } }>(
    '/consents',
    {
      schema: {
        ...common,
        operationId: 'askConsent',
        summary: 'Ask an owner for consent to publish a statistic drawn from its data',
        description: 'It opens nothing: the owner’s approver decides (V.Ç.9–10).',
        querystring: query({}),
        body: object({ dataset: { ...text, maxLength: 100 }, statistic, document: reference }),
        response: { ...single, ...problems(400, 401, 403, 404, 409, 413, 415, 500, 503) },
      },
    },
    async ({ asker, body }) => one(await asPerson(deps, asker, 'publish', 'consent ask', (who) => askConsent(publication, body, who))),
  );

  app.post<{ Params: { number: string }; Body: { decision: 'grant' | 'refuse'; from?: string; until?: string; document: string } }>(
    '/consents/:number/decision',
    {
      schema: {
        ...common,
        operationId: 'decideConsent',
        summary: 'Grant or refuse what was asked for, as the owner’s approver',
        description: 'Once. A grant has a last day; it begins today, or on a later day.',
        params,
        querystring: query({}),
        body: object(
          {
            decision: { ...text, enum: ['grant', 'refuse'] },
            from: { ...day, description: 'its first day; today if left out', examples: ['2027-01-01'] },
            until: { ...day, ...exampleDays, description: 'its last day; needed to grant' },
            document: reference,
          },
          ['from', 'until'],
        ),
        response: { ...single, ...problems(400, 401, 403, 404, 409, 413, 415, 500, 503) },
      },
    },
    async ({ asker, params, body: { decision, from, until = '', document } }) => {
      const ruling = decision === 'grant' ? { what: decision, from, until, document } : { what: decision, document };
      await asPerson(deps, asker, 'approve', `consent ${decision}`, (who) =>
        decideConsent(publication, Number(params.number), ruling, who),
      );
      return one(Number(params.number));
    },
  );

  app.post<{ Params: { number: string }; Body: { document: string } }>(
    '/consents/:number/withdrawal',
    {
      schema: {
        ...common,
        operationId: 'withdrawConsent',
        summary: 'Withdraw a consent, as the owner’s approver',
        description: 'What was published on its ground is withdrawn with it, at once (policy).',
        params,
        querystring: query({}),
        body: object({ document: reference }),
        response: {
          200: answer('it is withdrawn', {
            publications: { type: 'array', maxItems: 10_000, items: { ...number, examples: [5] }, description: 'withdrawn with it' },
          }),
          ...problems(400, 401, 403, 404, 409, 413, 415, 500, 503),
        },
      },
    },
    async ({ asker, params, body: { document } }) => ({
      publications: await asPerson(deps, asker, 'approve', 'consent withdraw', (who) =>
        withdrawConsent(publication, Number(params.number), document, who),
      ),
    }),
  );
}
