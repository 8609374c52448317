import type { FastifyInstance } from 'fastify';
import { issueFor, mostDays, revokeToken, type TokenView, tokens } from '../../../operations/people/tokens';
import { answer, instant, object, problems, query, text } from '../schemas';
import type { ApiDeps } from '../server';
import type { Administer } from './administrator';
import { common, maybe, number, numberParam, plain } from './shapes';

const label = { ...text, minLength: 1, maxLength: 200, description: 'what for, such as the machine that uses it', examples: ['desktop'] };
const id = { ...number, description: 'the token’s number', examples: [3] };
const person = { ...number, description: 'whose', examples: [7] };

/** The tokens of the own party's people. */
export function tokenRoutes(app: FastifyInstance, { broker }: ApiDeps, administer: Administer): void {
  const token = object({ id, person, label, createdAt: instant, expiresAt: instant, revokedAt: maybe(instant) });

  app.get<{ Querystring: { person?: number } }>(
    '/tokens',
    {
      schema: {
        ...common,
        operationId: 'listTokens',
        summary: 'Tokens of your institution’s people, newest first; never themselves',
        querystring: query({ person: { ...person, description: 'of one person' } }),
        response: {
          200: answer('the tokens', { tokens: { type: 'array', items: token } }),
          ...problems(400, 401, 403, 404, 500, 503),
        },
      },
    },
    async ({ asker, query: asked }) => ({
      tokens: (await administer(asker, (acting) => tokens(broker, asked.person, acting))).map(shown),
    }),
  );

  app.post<{ Params: { person: string }; Body: { label: string; days: number } }>(
    '/personnel/:person/tokens',
    {
      schema: {
        ...common,
        operationId: 'issueToken',
        summary: 'Makes a person’s token; it is told this once',
        params: numberParam('person', 'the person’s number, as GET /v1/personnel lists it'),
        querystring: query({}),
        body: object({
          label,
          days: { type: 'integer', minimum: 1, maximum: mostDays, description: 'how long it lives', examples: [90] },
        }),
        response: {
          200: answer('the token, kept nowhere', {
            id,
            person,
            token: { ...text, description: 'hand it over in person', examples: ['kopru_…'] },
            expiresAt: instant,
          }),
          ...problems(400, 401, 403, 404, 409, 413, 415, 500, 503),
        },
      },
    },
    async ({ asker, params, body: { label, days } }) => {
      const person = Number(params.person);
      const asked = { label: plain('label', label), days };
      const made = await administer(asker, (acting) => issueFor(broker, person, asked, acting));
      return { id: made.id, person, token: made.token, expiresAt: made.expiresAt };
    },
  );

  app.post<{ Params: { number: string } }>(
    '/tokens/:number/revocation',
    {
      schema: {
        ...common,
        operationId: 'revokeToken',
        summary: 'Ends a token at once',
        params: numberParam('number', 'the token’s number, as GET /v1/tokens lists it'),
        querystring: query({}),
        response: { 200: answer('the token has ended', { id }), ...problems(400, 401, 403, 404, 409, 413, 415, 500, 503) },
      },
    },
    async ({ asker, params }) => {
      const id = Number(params.number);
      await administer(asker, (acting) => revokeToken(broker, id, acting));
      return { id };
    },
  );
}

function shown({ id, personId, label, createdAt, expiresAt, revokedAt }: TokenView) {
  return { id, person: personId, label, createdAt, expiresAt, revokedAt };
}
