import type { FastifyInstance } from 'fastify';
import type { Asker } from '../../../disclosure/door';
import { eventKinds, openedKinds } from '../../../operations/incidents/kinds';
import { type NoticeName, noticeNames } from '../../../operations/incidents/notices';
import { listIncidents, noticeOf, openIncident, recordIncidentEvent, showIncident } from '../../../operations/incidents/register';
import { linkNext, time } from '../routes/asked';
import { answer, everyHeader, instant, object, problems, query, text } from '../schemas';
import type { ApiDeps } from '../server';
import { deed } from './deeds';
import { dataShape, incidentShape, known, knownOf, told } from './incidentShapes';
import { flag, number, numberParam } from './shapes';

interface Known {
  people?: number;
  measures?: string;
  contact?: string;
  from?: number;
  to?: number;
  document?: string;
}
type Opening = Known & {
  kind: string;
  awareAt?: string;
  what: string;
  data: Record<string, string[]>;
  receiver?: string;
  ground?: string;
};
type Happening = Known & { kind: string; happenedAt?: string; text?: string; data?: Record<string, string[]> };

const common = { tags: ['incidents'] };
const mostBytes = 16 * 1024;
const optional = Object.keys(known);
const params = numberParam('incident', 'the incident’s number, as GET /v1/incidents lists it');
const incidentNumber = { ...number, description: 'the incident’s number', examples: [3] };
const when = (description: string) => ({ ...instant, description: `${description}; now if left out`, examples: ['2026-03-01T09:00:00Z'] });
const about = 'It concerns a party if it happened there, or is about its data or its people; the host sees all (policy).';

/** Breaches, compelled disclosures, and reading to be looked at: what is due until when, and what was done. */
export function incidentRoutes(app: FastifyInstance, { door, broker, agreement }: ApiDeps): void {
  const seenBy = ({ who }: Asker) => (who.person.party === agreement.host.party ? undefined : who.person.party);
  const incident = incidentShape(agreement);

  app.get<{ Querystring: { open: string; before?: number; limit: number } }>(
    '/incidents',
    {
      schema: {
        ...common,
        operationId: 'listIncidents',
        summary: 'Incidents that concern your party, newest first, with their clocks',
        description: about,
        querystring: query({
          open: flag('true: those alone that have not ended'),
          before: { ...number, description: 'next of the page before', examples: [3] },
          limit: { ...number, maximum: 1000, default: 100, description: 'how many at most' },
        }),
        response: {
          200: answer(
            'the incidents',
            {
              incidents: { type: 'array', items: object(incident), maxItems: 1000 },
              next: { ...number, description: 'the next page’s before, as long as there may be older ones', examples: [3] },
            },
            ['next'],
          ),
          ...problems(400, 401, 403, 500, 503),
        },
      },
    },
    async ({ asker, query: asked }, reply) => {
      await door.admit(asker, 'incident', { as: 'incident list' });
      const { before, limit } = asked;
      const found = await listIncidents(broker, { party: seenBy(asker), open: asked.open === 'true', before, limit });
      const next = found.length === limit ? found.at(-1)?.id : undefined;
      linkNext(reply, '/v1/incidents', { ...asked }, next === undefined ? undefined : String(next), 'before');
      return { incidents: found, ...(next === undefined ? {} : { next }) };
    },
  );

  app.get<{ Params: { incident: string } }>(
    '/incidents/:incident',
    {
      schema: {
        ...common,
        operationId: 'showIncident',
        summary: 'An incident with its clocks and events',
        description: about,
        params,
        querystring: query({}),
        response: { 200: answer('the incident', incident), ...problems(400, 401, 403, 404, 500, 503) },
      },
    },
    async ({ asker, params: { incident: of } }) => {
      await door.admit(asker, 'incident', { as: 'incident show', detail: { incident: Number(of) } });
      return deed(door, asker, 'incident', () => showIncident(broker, Number(of), seenBy(asker)));
    },
  );

  app.post<{ Body: Opening }>(
    '/incidents',
    {
      bodyLimit: mostBytes,
      schema: {
        ...common,
        operationId: 'openIncident',
        summary: 'Opens an incident at your institution: a breach, or a compelled disclosure',
        description: 'Ek-2 3.3; Ek-2 4.1.3, Ek-2 4.2. Texts stay in the clear and go into notices: nothing of a person.',
        querystring: query({}),
        body: object(
          {
            kind: { ...text, enum: openedKinds },
            awareAt: when('when it became known'),
            what: { ...told, description: 'what happened' },
            data: dataShape(agreement),
            receiver: { ...told, description: 'compelled: who asks', examples: ['Ankara 1. Asliye Hukuk Mahkemesi'] },
            ground: { ...told, description: 'compelled: by which law or decision', examples: ['2026/12 E. sayılı ara karar'] },
            ...known,
          },
          ['awareAt', 'receiver', 'ground', ...optional],
        ),
        response: { 200: answer('it is open', { incident: incidentNumber }), ...problems(400, 401, 403, 404, 413, 415, 500, 503) },
      },
    },
    async ({ asker, body: { awareAt, ...body } }) => {
      const { id, party } = asker.who.person;
      await door.admit(asker, 'incident', { as: 'incident open' });
      return deed(door, asker, 'incident', async () => {
        const at = awareAt === undefined ? undefined : time('awareAt', awareAt);
        return { incident: await openIncident(broker, { ...knownOf(body), party, awareAt: at }, `person:${id}`) };
      });
    },
  );

  app.post<{ Params: { incident: string }; Body: Happening }>(
    '/incidents/:incident/events',
    {
      bodyLimit: mostBytes,
      schema: {
        ...common,
        operationId: 'recordIncidentEvent',
        summary: 'Records what happened about an incident',
        description:
          'Each but a note happens once, with its paper. A compelled disclosure comes only after the prior notice and of no more than the incident names, and after it the notice of its scope (Ek-2 4.2). Nobody records anything about their own reading (policy).',
        params,
        querystring: query({}),
        body: object(
          {
            kind: { ...text, enum: eventKinds.filter((kind) => kind !== 'opened') },
            happenedAt: when('when it happened'),
            text: { ...told, description: 'what more is to be said; of a note and a dismissal it is asked for' },
            data: { ...dataShape(agreement), description: 'of a disclosure: what was disclosed' },
            ...known,
          },
          ['happenedAt', 'text', 'data', ...optional],
        ),
        response: { 200: answer('it is recorded', { incident: incidentNumber }), ...problems(400, 401, 403, 404, 409, 413, 415, 500, 503) },
      },
    },
    async ({ asker, params: { incident: of }, body: { happenedAt, ...body } }) => {
      const [incident, { id }] = [Number(of), asker.who.person];
      await door.admit(asker, 'incident', { as: 'incident event', detail: { incident } });
      return deed(door, asker, 'incident', async () => {
        const asked = { ...knownOf(body), happenedAt: happenedAt === undefined ? undefined : time('happenedAt', happenedAt) };
        await recordIncidentEvent(broker, incident, asked, { by: `person:${id}`, party: seenBy(asker), self: id });
        return { incident };
      });
    },
  );

  app.get<{ Params: { incident: string; which: string } }>(
    '/incidents/:incident/notices/:which',
    {
      schema: {
        ...common,
        operationId: 'incidentNotice',
        summary: 'The text of a notice, in Turkish, to be sent on paper',
        description: 'Of a breach to the owner or the authority; of a compelled disclosure before it, or of its scope. Nothing personal.',
        params: {
          ...params,
          required: ['incident', 'which'],
          properties: { ...params.properties, which: { ...text, enum: noticeNames, description: 'which notice', examples: ['owner'] } },
        },
        querystring: query({}),
        response: {
          200: { description: 'the notice, as Markdown', headers: everyHeader, content: { 'text/plain': { schema: text } } },
          ...problems(400, 401, 403, 404, 409, 500, 503),
        },
      },
    },
    async ({ asker, params: { incident: of, which } }, reply) => {
      const incident = Number(of);
      await door.admit(asker, 'incident', { as: 'incident notice', detail: { incident, notice: which } });
      const notice = await deed(door, asker, 'incident', () => noticeOf(broker, incident, which as NoticeName, seenBy(asker)));
      return reply.type('text/plain; charset=utf-8').send(notice);
    },
  );
}
