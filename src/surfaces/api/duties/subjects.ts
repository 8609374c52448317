import type { FastifyInstance } from 'fastify';
import { identityChecks } from '../../../operations/registers/given';
import {
  answerDays,
  answerSubjectRequest,
  askedSubject,
  listSubjectRequests,
  openSubjectRequest,
  outcomes,
} from '../../../operations/subjects/requests';
import { findUsage } from '../../../operations/subjects/usage';
import { exampleId } from '../examples/values';
import { answer, instant, object, problems, query, text, whole } from '../schemas';
import type { ApiDeps } from '../server';
import { admitAbout, deed } from './deeds';
import { day, flag, maybe, number, numberParam, plain, reference } from './shapes';

const id = { ...text, minLength: 1, maxLength: 20, description: 'the national id of the person who asks', examples: [exampleId] };
const requestNumber = { ...number, description: 'the request’s number', examples: [7] };
const request = object({
  id: requestNumber,
  party: { ...text, description: 'the institution to which it came' },
  receivedOn: { ...day, description: 'the day in Istanbul on which it came' },
  dueOn: { ...day, description: `${answerDays} days later`, examples: ['2026-03-31'] },
  daysLeft: { ...maybe(whole), description: 'negative when it is overdue; null once it is closed', examples: [12] },
  identity: { ...text, enum: identityChecks },
  document: reference,
  officer: { ...number, description: 'who took it in' },
  recordedAt: instant,
  outcome: { ...maybe(text), enum: [...outcomes, null], description: 'null while it is open', examples: [null] },
  answerDocument: { ...maybe(text), examples: [null] },
  answeredAt: { ...maybe(instant), examples: [null] },
});

const usage = object({
  logtime: { ...instant, description: 'when' },
  action: { ...text, description: 'what was done, in a Turkish sentence', examples: ['Kayıt sorgulandı'] },
  receiver: { ...maybe(text), description: 'the institution that the data went to; null: the person', examples: ['kurum'] },
  receiverName: { ...text, examples: ['Örnek Kurum'] },
  unit: { ...maybe(text), description: 'of which unit whoever asked was', examples: ['Merkez'] },
  purpose: { ...maybe(text), examples: ['Örnek amaç'] },
  dataset: { ...maybe(text), examples: ['Örnek kayıtlar'] },
  fields: { type: 'array', items: { ...text, examples: ['Ad Soyad'] }, description: 'which kinds of data were shown; none: nothing was' },
  source: { ...maybe(text), description: 'whose data it is', examples: ['Örnek Kurum'] },
  officer: { ...maybe(text), description: 'the same for the same person in one answer, and nothing more', examples: ['Görevli 1'] },
});

const common = { tags: ['subjects'] };

/** A person's request to be told who saw what of them (law 6698 art. 11; policy), as the institution to which it came keeps it. */
export function subjectRoutes(app: FastifyInstance, { door, broker, agreement }: ApiDeps): void {
  app.get<{ Querystring: { closed: string } }>(
    '/subject-requests',
    {
      schema: {
        ...common,
        operationId: 'listSubjectRequests',
        summary: 'Requests of people to your institution, those first that are due first',
        description: 'Whose they are is not told: it is kept as a keyed index only.',
        querystring: query({ closed: flag('true: the closed ones, too, newest first') }),
        response: {
          200: answer('the requests', { requests: { type: 'array', items: request, maxItems: 2000 } }),
          ...problems(400, 401, 403, 500, 503),
        },
      },
    },
    async ({ asker, query: { closed } }) => {
      await door.admit(asker, 'subject', { as: 'subject list' });
      return { requests: await listSubjectRequests(broker, { party: asker.who.person.party, closed: closed === 'true' }) };
    },
  );

  app.post<{ Body: { id: string; receivedOn: string; identity: string; document: string } }>(
    '/subject-requests',
    {
      schema: {
        ...common,
        operationId: 'openSubjectRequest',
        summary: 'Records that a person asked who saw what of them',
        description: `The national id is kept as a keyed index only. The request is due ${answerDays} days after it came (policy).`,
        querystring: query({}),
        body: object({
          id,
          receivedOn: { ...day, description: 'the day in Istanbul on which it came', examples: ['2026-03-01'] },
          identity: { ...text, enum: identityChecks, description: 'how it was checked who asks' },
          document: reference,
        }),
        response: { 200: answer('it is recorded', { request: requestNumber }), ...problems(400, 401, 403, 413, 415, 500, 503) },
      },
    },
    async ({ asker, body: { id: nationalId, document, ...asked } }) => {
      const { id: officer, party } = asker.who.person;
      await door.admit(asker, 'subject', { as: 'subject open' });
      return deed(door, asker, 'subject', async () => {
        const all = { ...asked, document: plain('document’s reference', document), nationalId, officer, party };
        return { request: await openSubjectRequest(broker, all, `person:${officer}`) };
      });
    },
  );

  app.post<{ Params: { number: string }; Body: { id: string; offset: number; limit: number } }>(
    '/subject-requests/:number/usage',
    {
      schema: {
        ...common,
        operationId: 'findUsage',
        summary: 'Who saw which kinds of the person’s data, newest first',
        description:
          'For the person of this open request. Staff are masked, nobody else is in it, and that it was asked is logged as concerning the person. The host’s auditor is told of all accesses, another party’s of those that concern it (policy). Each look goes through the log, so it may take a while.',
        params: numberParam('number', 'the request’s number, as GET /v1/subject-requests lists it'),
        querystring: query({}),
        body: object(
          {
            id,
            offset: { ...whole, minimum: 1, maximum: 999_999, default: 1, description: 'from which one on; the newest is 1' },
            limit: { ...whole, minimum: 1, maximum: 1000, default: 100, description: 'how many at most' },
          },
          ['offset', 'limit'],
        ),
        response: {
          200: answer('what was seen', {
            request: requestNumber,
            visible: { ...text, enum: ['all', 'party'], description: 'of all accesses, or of those that concern your party' },
            usage: { type: 'array', items: usage, maxItems: 1000 },
          }),
          ...problems(400, 401, 403, 404, 409, 413, 415, 500, 503),
        },
      },
    },
    async ({ asker, params, body: { id: nationalId, offset, limit } }) => {
      const { party } = asker.who.person;
      const request = Number(params.number);
      const about = { as: 'subject usage', detail: { request } };
      const { logged, subject } = await admitAbout(door, asker, 'subject', askedSubject(broker, nationalId), about);
      return deed(door, asker, 'subject', async () => {
        const found = await findUsage(broker, { party, request, subject, offset, limit, logged });
        return { request, visible: party === agreement.host.party ? 'all' : 'party', usage: found };
      });
    },
  );

  app.post<{ Params: { number: string }; Body: { outcome: string; document: string } }>(
    '/subject-requests/:number/answer',
    {
      schema: {
        ...common,
        operationId: 'answerSubjectRequest',
        summary: 'Closes a person’s request, once',
        params: numberParam('number', 'the request’s number, as GET /v1/subject-requests lists it'),
        querystring: query({}),
        body: object({ outcome: { ...text, enum: outcomes }, document: reference }),
        response: { 200: answer('it is closed', { request: requestNumber }), ...problems(400, 401, 403, 404, 409, 413, 415, 500, 503) },
      },
    },
    async ({ asker, params, body: { outcome, document } }) => {
      const { id: officer, party } = asker.who.person;
      const request = Number(params.number);
      await door.admit(asker, 'subject', { as: 'subject answer', detail: { request } });
      return deed(door, asker, 'subject', async () => {
        const asked = { outcome, document: plain('document’s reference', document), onlyParty: party };
        await answerSubjectRequest(broker, request, asked, `person:${officer}`);
        return { request };
      });
    },
  );
}
