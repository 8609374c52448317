import { createHash, timingSafeEqual } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import { KopruError } from '../../core/errors';
import { sendProblem } from '../api/problem';

export const operatorUser = 'operator';
const challenge = 'Basic realm="kopru operators", charset="UTF-8"';

/** Lets nobody into these addresses without the operators' token; a wrong one is logged, but not what it was. */
export function requireOperator(app: FastifyInstance, token: string): void {
  const opens = openedBy(token);
  app.addHook('onRequest', async (request, reply) => {
    const { authorization } = request.headers;
    if (authorization !== undefined && opens(authorization)) return;
    if (authorization !== undefined)
      request.log.warn({ route: request.routeOptions.url, code: 'not-authenticated' }, 'a wrong operators’ credential');
    void reply.header('WWW-Authenticate', challenge);
    // Answered here: an error thrown for an address of the board would be told in the board's own way.
    return sendProblem(
      reply,
      new KopruError('not-authenticated', 'This address is for operators.', {
        hint: `Send the token of the file secrets/operator.token as a bearer token, or as the password of the user ${operatorUser}.`,
      }),
    );
  });
}

/** Whether a header Authorization holds the token: as a bearer's, or as the password of the one user. Takes as long for any. */
export function openedBy(token: string): (authorization: string) => boolean {
  const expected = { bearer: digest(token), basic: digest(`${operatorUser}:${token}`) };
  return (authorization) => {
    const [, scheme, given] = /^(bearer|basic) +([\w~+/.-]{1,400}=*)$/i.exec(authorization) ?? [];
    if (scheme === undefined || given === undefined) return false;
    const isBasic = scheme.toLowerCase() === 'basic';
    const said = isBasic ? Buffer.from(given, 'base64') : given;
    return timingSafeEqual(digest(said), isBasic ? expected.basic : expected.bearer);
  };
}

const digest = (said: string | Buffer): Buffer => createHash('sha256').update(said).digest();
