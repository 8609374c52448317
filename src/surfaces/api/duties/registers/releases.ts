import type { FastifyInstance } from 'fastify';
import { type EntryData, revokeEntry } from '../../../../operations/registers/entries';
import { listReleases, type ReleaseView, recordRelease } from '../../../../operations/registers/releases';
import { answer, instant, object, problems, query, text } from '../../schemas';
import type { ApiDeps } from '../../server';
import { day, maybe, number } from '../shapes';
import { common, dataShape, doing, entry, mostBytes, oneMore, paged, pageQuery, reference, revocation } from './shapes';

interface Approval {
  party: string;
  receiver: string;
  data: EntryData;
  scope: string;
  document: string;
  approvedOn: string;
  validUntil?: string;
}

const words = (description: string, example: string) => ({ ...text, minLength: 1, maxLength: 300, description, examples: [example] });
const standings: readonly ReleaseView['standing'][] = ['in force', 'ended', 'revoked'];

/** Releases that the data’s owner approved in writing (Ek-2 4.1.2): its approvers record what they approved. */
export function releaseRoutes(app: FastifyInstance, deps: ApiDeps): void {
  const { broker, agreement } = deps;
  const members = {
    party: { ...text, minLength: 1, maxLength: 100, description: 'which party may release it' },
    receiver: words('the institution that gets it', 'Örnek Üniversitesi'),
    data: dataShape(agreement),
    scope: words('what of it, and for what', 'il bazında sayılar, araştırma için'),
    document: reference,
    approvedOn: { ...day, description: 'the day of the approval' },
  };
  const release = object({
    entry,
    owner: { ...text, description: 'whose data it is' },
    ...members,
    approver: { ...number, description: 'who approved it for the owner, by number', examples: [7] },
    validUntil: { ...maybe(day), description: 'its last day; null: the paper names none' },
    standing: { ...text, enum: standings },
    recordedAt: instant,
    revokedAt: maybe(instant),
  });

  app.get<{ Querystring: { before?: number; limit: number } }>(
    '/registers/releases',
    {
      schema: {
        ...common,
        operationId: 'listReleases',
        summary: 'Approved releases of your institution’s data, and to it, newest first',
        description: 'For approvers: releases that their party approved as the owner, and those that it may make.',
        querystring: pageQuery,
        response: {
          200: answer(
            'the entries',
            {
              entries: { type: 'array', items: release, maxItems: 1000 },
              next: { ...entry, description: 'the next page’s before; absent at the end' },
            },
            ['next'],
          ),
          ...problems(400, 401, 403, 500, 503),
        },
      },
    },
    async ({ asker, query: asked }) => {
      const list = () => listReleases(broker, { concerning: asker.who.person.party }, oneMore(asked));
      const { entries, ...more } = paged(await doing(deps, asker, 'approve', 'register release list', list), asked.limit);
      return { entries: entries.map(shown), ...more };
    },
  );

  app.post<{ Body: Approval }>(
    '/registers/releases',
    {
      bodyLimit: mostBytes,
      schema: {
        ...common,
        operationId: 'recordRelease',
        summary: 'Records a release that you approved in writing, as the owner (Ek-2 4.1.2)',
        description: 'It opens nothing: it is a record of the paper. All of the data must be your party’s.',
        querystring: query({}),
        body: object({ ...members, validUntil: { ...day, description: 'its last day, where the paper names one' } }, ['validUntil']),
        response: { 200: answer('it is recorded', { entry }), ...problems(400, 401, 403, 404, 413, 415, 500, 503) },
      },
    },
    async ({ asker, body }) => {
      const { id: approver } = asker.who.person;
      const record = () => recordRelease(broker, { ...body, approver }, `person:${approver}`);
      return { entry: await doing(deps, asker, 'approve', 'register release add', record) };
    },
  );

  app.post<{ Params: { entry: string }; Body: { document: string } }>(
    '/registers/releases/:entry/revocation',
    {
      schema: {
        ...common,
        operationId: 'revokeRelease',
        summary: 'Takes back an approval of your party',
        ...revocation,
        body: object({ document: reference }),
      },
    },
    async ({ asker, params, body: { document } }) => {
      const { id, party } = asker.who.person;
      const which = { register: 'release', entry: Number(params.entry), own: party } as const;
      await doing(deps, asker, 'approve', 'register release revoke', () => revokeEntry(broker, which, document, `person:${id}`));
      return { entry: which.entry };
    },
  );
}

function shown({ id, ...rest }: ReleaseView) {
  return { entry: id, ...rest };
}
