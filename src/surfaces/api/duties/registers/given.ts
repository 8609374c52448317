import type { FastifyInstance } from 'fastify';
import { type EntryData, revokeEntry } from '../../../../operations/registers/entries';
import {
  findGiven,
  type GivenView,
  type IdentityCheck,
  identityChecks,
  listGiven,
  recordGiven,
} from '../../../../operations/registers/given';
import { exampleId } from '../../examples/values';
import { answer, instant, object, problems, query, text } from '../../schemas';
import type { ApiDeps } from '../../server';
import { day, maybe, number } from '../shapes';
import { common, dataShape, doing, entry, mostBytes, oneMore, paged, pageQuery, reference, revocation } from './shapes';

interface Giving {
  id: string;
  on: string;
  data: EntryData;
  identity: IdentityCheck;
  document: string;
}

const nationalId = { ...text, minLength: 1, maxLength: 20, description: 'the national id of the person concerned', examples: [exampleId] };
const identity = { ...text, enum: identityChecks, description: 'how it was checked who the person is' };

/** What officers gave to the person concerned (V.Ç.4): they record it, and see what their institution gave. */
export function givenRoutes(app: FastifyInstance, deps: ApiDeps): void {
  const { broker, agreement } = deps;
  const data = dataShape(agreement);
  const given = object({
    entry,
    on: { ...day, description: 'the day on which it was given, in Istanbul' },
    officer: { ...number, description: 'who gave it, by number', examples: [7] },
    data,
    identity,
    document: { ...text, examples: reference.examples },
    purpose: { ...text, examples: ['given to the person concerned (V.Ç.4)'] },
    recordedAt: instant,
    revokedAt: maybe(instant),
  });
  const entries = { type: 'array', items: given, maxItems: 1000 };

  app.get<{ Querystring: { before?: number; limit: number } }>(
    '/registers/given',
    {
      schema: {
        ...common,
        operationId: 'listGiven',
        summary: 'What your institution gave to the people concerned, newest first',
        description: 'Whose data it was is told to nobody.',
        querystring: pageQuery,
        response: {
          200: answer('the entries', { entries, next: { ...entry, description: 'the next page’s before; absent at the end' } }, ['next']),
          ...problems(400, 401, 403, 500, 503),
        },
      },
    },
    async ({ asker, query: asked }) => {
      const { party } = asker.who.person;
      const found = await doing(deps, asker, 'given', 'register given list', () => listGiven(broker, party, oneMore(asked)));
      const { entries, ...more } = paged(found, asked.limit);
      return { entries: entries.map(shown), ...more };
    },
  );

  app.post<{ Body: Giving }>(
    '/registers/given',
    {
      bodyLimit: mostBytes,
      schema: {
        ...common,
        operationId: 'recordGiven',
        summary: 'Records that you gave a person’s data to that person (V.Ç.4)',
        description: 'It says what was done, and releases nothing. The national id is kept as a keyed index alone.',
        querystring: query({}),
        body: object({ id: nationalId, on: day, data, identity, document: reference }),
        response: { 200: answer('it is recorded', { entry }), ...problems(400, 401, 403, 404, 413, 415, 500, 503) },
      },
    },
    async ({ asker, body: { id, ...asked } }) => {
      const { id: officer, party } = asker.who.person;
      const record = () => recordGiven(broker, { ...asked, nationalId: id, officer, party }, `person:${officer}`);
      return { entry: await doing(deps, asker, 'given', 'register given add', record) };
    },
  );

  app.post<{ Body: { id: string } }>(
    '/registers/given/search',
    {
      schema: {
        ...common,
        operationId: 'searchGiven',
        summary: 'What your institution gave to one person, newest first',
        description: 'By the national id, which goes in the body. The search is logged as concerning that person.',
        querystring: query({}),
        body: object({ id: nationalId }),
        response: { 200: answer('the entries', { entries }), ...problems(400, 401, 403, 413, 415, 500, 503) },
      },
    },
    async ({ asker, body }) => {
      const { id, party } = asker.who.person;
      const find = () => findGiven(broker, body.id, `person:${id}`, party);
      return { entries: (await doing(deps, asker, 'given', 'register given find', find)).map(shown) };
    },
  );

  app.post<{ Params: { entry: string }; Body: { document: string } }>(
    '/registers/given/:entry/revocation',
    {
      schema: {
        ...common,
        operationId: 'revokeGiven',
        summary: 'Takes back an entry of your institution that was wrong',
        ...revocation,
        body: object({ document: reference }),
      },
    },
    async ({ asker, params, body: { document } }) => {
      const { id, party } = asker.who.person;
      const which = { register: 'given', entry: Number(params.entry), own: party } as const;
      await doing(deps, asker, 'given', 'register given revoke', () => revokeEntry(broker, which, document, `person:${id}`));
      return { entry: which.entry };
    },
  );
}

function shown({ id, party: _, ...rest }: GivenView) {
  return { entry: id, ...rest };
}
