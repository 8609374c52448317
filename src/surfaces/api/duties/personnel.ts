import type { FastifyInstance } from 'fastify';
import {
  acceptUndertaking,
  listPersonnel,
  type PersonnelView,
  removePersonnel,
  roleLabels,
  showPerson,
  trainPersonnel,
} from '../../../operations/people/personnel';
import { answer, object, problems, query, text, whole } from '../schemas';
import type { ApiDeps } from '../server';
import type { Administer } from './administrator';
import { common, day, flag, maybe, number, numberParam, plain, reference } from './shapes';

const standings: readonly PersonnelView['standing'][] = ['active', 'not-yet', 'expired', 'removed', 'untrained', 'undertaking-missing'];

const personMembers = {
  id: { ...number, description: 'the person’s number', examples: [7] },
  unit: { ...text, examples: ['Bilgi İşlem'] },
  province: { ...maybe(text), description: 'plate code; null at the centre', examples: ['01', null] },
  roles: { type: 'array', items: { ...text, enum: Object.keys(roleLabels) } },
  addresses: { type: 'array', items: text, description: 'empty: those of the party or unit', examples: [['10.1.0.0/16']] },
  validFrom: day,
  validUntil: { ...maybe(day), description: 'the last day; null: no end is known' },
  trainedOn: maybe(day),
  undertaking: { ...maybe(whole), description: 'the version that the person accepted', examples: [1] },
  acceptedOn: maybe(day),
  standing: { ...text, enum: standings },
  name: { ...text, description: 'only if names were asked for, as are title and e-mail', examples: ['Örnek Kişi'] },
  title: { ...maybe(text), examples: ['Uzman', null] },
  email: { ...maybe(text), examples: ['kisi@kurum.example', null] },
};
const ofNames = ['name', 'title', 'email'];
const named = query({ names: flag('true: with name, title and e-mail; that they were shown is logged') });
const params = numberParam('person', 'the person’s number, as GET /v1/personnel lists it');
const news = { type: 'boolean', description: 'false: it was recorded before, and nothing changed' };
const changed = (description: string, members: Record<string, object>) => ({
  200: answer(description, { person: { ...number, examples: [7] }, ...members }),
  ...problems(400, 401, 403, 404, 409, 413, 415, 500, 503),
});

interface Named {
  Params: { person: string };
  Querystring: { names: 'true' | 'false' };
}

/** The own party's people, and what is recorded of them. National ids are shown to nobody. */
export function personRoutes(app: FastifyInstance, { broker }: ApiDeps, administer: Administer): void {
  app.get<Named>(
    '/personnel',
    {
      schema: {
        ...common,
        operationId: 'listPersonnel',
        summary: 'Your institution’s authorised personnel, removed ones too',
        querystring: named,
        response: {
          200: answer('the people, by number', { personnel: { type: 'array', items: object(personMembers, ofNames) } }),
          ...problems(400, 401, 403, 500, 503),
        },
      },
    },
    async ({ asker, query: { names } }) => ({
      personnel: (await administer(asker, (acting) => listPersonnel(broker, { names: names === 'true' }, acting))).map(shown),
    }),
  );

  app.get<Named>(
    '/personnel/:person',
    {
      schema: {
        ...common,
        operationId: 'showPerson',
        summary: 'One of them',
        params,
        querystring: named,
        response: { 200: answer('the person', personMembers, ofNames), ...problems(400, 401, 403, 404, 500, 503) },
      },
    },
    async ({ asker, params: { person }, query: { names } }) =>
      shown(await administer(asker, (acting) => showPerson(broker, { person: Number(person), names: names === 'true' }, acting))),
  );

  const deed = (operationId: string, summary: string) => ({ ...common, operationId, summary, params, querystring: query({}) });

  app.post<{ Params: { person: string }; Body: { on: string; document?: string } }>(
    '/personnel/:person/training',
    {
      schema: {
        ...deed('recordTraining', 'Records that a person was trained (V.D.1)'),
        body: object({ on: { ...day, description: 'the day of the training' }, document: reference }, ['document']),
        response: changed('it is recorded', { news }),
      },
    },
    async ({ asker, params, body: { on, document } }) => {
      const person = Number(params.person);
      const asked = { on, document: referenceIn(document) };
      return { person, news: await administer(asker, (acting) => trainPersonnel(broker, person, asked, acting)) };
    },
  );

  app.post<{ Params: { person: string }; Body: { undertaking: number; on: string; document?: string } }>(
    '/personnel/:person/acceptance',
    {
      schema: {
        ...deed('recordAcceptance', 'Records that a person accepted the institutional undertaking (Ek-2 9)'),
        body: object(
          {
            undertaking: { ...number, description: 'which version of your institution’s undertaking', examples: [1] },
            on: { ...day, description: 'the day of the signature' },
            document: reference,
          },
          ['document'],
        ),
        response: changed('it is recorded', { news }),
      },
    },
    async ({ asker, params, body: { undertaking, on, document } }) => {
      const person = Number(params.person);
      const asked = { undertaking, on, document: referenceIn(document) };
      return { person, news: await administer(asker, (acting) => acceptUndertaking(broker, person, asked, acting)) };
    },
  );

  app.post<{ Params: { person: string }; Body: { document: string } }>(
    '/personnel/:person/removal',
    {
      schema: {
        ...deed('removePerson', 'Ends what a person may do, and the tokens, at once'),
        body: object({ document: reference }),
        response: changed('the person is removed', { tokensEnded: { ...whole, description: 'how many live tokens ended', examples: [1] } }),
      },
    },
    async ({ asker, params, body }) => {
      const person = Number(params.person);
      const document = plain('document’s reference', body.document);
      return { person, tokensEnded: await administer(asker, (acting) => removePersonnel(broker, person, document, acting)) };
    },
  );
}

const referenceIn = (document: string | undefined) => (document === undefined ? undefined : plain('document’s reference', document));

/** What is not recorded is null; names stand where they were asked for. */
function shown({ id, unit, province, roles, addresses, validFrom, validUntil, standing, ...rest }: PersonnelView) {
  const { trainedOn, undertaking, acceptedOn, name, title, email } = rest;
  return {
    id,
    unit,
    province: province ?? null,
    roles,
    addresses,
    validFrom,
    validUntil: validUntil ?? null,
    trainedOn: trainedOn ?? null,
    undertaking: undertaking ?? null,
    acceptedOn: acceptedOn ?? null,
    standing,
    ...(name === undefined ? {} : { name, title: title ?? null, email: email ?? null }),
  };
}
