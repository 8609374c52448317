import type { FastifyInstance, FastifyRequest } from 'fastify';
import { type Coming, createSignIns, signOut } from '../../../operations/signIn';
import type { Attempts } from '../attempts';
import { bearerToken } from '../bearer';
import { clientCertificate } from '../clientCertificate';
import { answer, instant, object, problems, query, text, whole } from '../schemas';
import type { ApiDeps } from '../server';

/** A password may be long, and written with escapes. */
const bodyLimit = 4096;

const common = { tags: ['sign-in'], querystring: query({}) };
const refusals = problems(400, 401, 403, 413, 415, 500, 503);
const responses = (good: object) => ({
  200: good,
  ...refusals,
  429: { ...refusals[429], description: 'it failed too often from here: wait as long as Retry-After says' },
});
const code = { ...text, minLength: 1, maxLength: 60, description: 'the code to enrol', examples: ['ABCD-EFGH-IJKL-MNOP-QRST-UVWX'] };
const password = { ...text, minLength: 1, maxLength: 500, examples: ['mavi kapı, üç portakal'] };
const totp = { ...text, pattern: '^[0-9]{6}$', description: 'the one-time code of the authenticator app', examples: ['123456'] };
const token = { ...text, description: 'a bearer token, told this once', examples: ['kopru_örnek'] };

/** For the console's own pages, and no part of the description for programs: who comes here has no credential yet. */
const undescribed = { ...common, security: [], hide: true };

/** Enrolling and signing in: without a token. */
export function signInRoutes(app: FastifyInstance, { broker }: ApiDeps, attempts: Attempts): void {
  const signIns = createSignIns(broker);
  const coming = (request: FastifyRequest): Coming => {
    const { id: requestId, ip: address } = request;
    attempts.check(address);
    return { requestId, address, certificate: clientCertificate(request), failed: () => attempts.count(address) };
  };

  app.post<{ Body: { email: string; password: string; totp: string } }>(
    '/sign-in',
    {
      bodyLimit,
      schema: {
        ...undescribed,
        operationId: 'signIn',
        summary: 'Begin a session with password and one-time code',
        description: 'Whatever is wrong, the refusal is the same. A one-time code is good once.',
        body: object({
          email: {
            ...text,
            minLength: 1,
            maxLength: 254,
            description: 'as the list of personnel has it',
            examples: ['ornek@ornek.example'],
          },
          password,
          totp,
        }),
        response: responses(
          answer('the session', {
            token,
            idleEndsAt: { ...instant, description: 'when it ends if it is not used' },
            endsAt: { ...instant, description: 'when it ends at last' },
          }),
        ),
      },
    },
    async (request) => signIns.signIn(request.body, coming(request)),
  );

  app.post<{ Body: { code: string; password: string } }>(
    '/sign-in/enrolment',
    {
      bodyLimit,
      schema: {
        ...undescribed,
        operationId: 'beginEnrolment',
        summary: 'Choose a password, and get the secret of the one-time codes',
        description: 'With the code of an invitation. Both are valid from the confirmation on; until then this may be repeated.',
        body: object({ code, password }),
        response: responses(
          answer('the secret, told this once', {
            uri: { ...text, description: 'otpauth://, mostly shown as a QR code', examples: ['otpauth://totp/K%C3%B6pr%C3%BC:ornek-7'] },
            secret: { ...text, description: 'the same in base32, to be typed', examples: ['ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'] },
          }),
        ),
      },
    },
    async (request) => signIns.beginEnrolment(request.body, coming(request)),
  );

  app.post<{ Body: { code: string; totp: string } }>(
    '/sign-in/enrolment/confirmation',
    {
      schema: {
        ...undescribed,
        operationId: 'confirmEnrolment',
        summary: 'Make password and one-time codes valid, by a first code',
        description: 'Uses the invitation up.',
        body: object({ code, totp }),
        response: responses(answer('enrolled', { person: { ...whole, description: 'the person’s number', examples: [7] } })),
      },
    },
    async (request) => signIns.confirmEnrolment(request.body, coming(request)),
  );
}

/** Ending a session: with its token. */
export function signOutRoute(app: FastifyInstance, { broker }: ApiDeps): void {
  app.delete(
    '/sign-in',
    {
      schema: {
        ...common,
        operationId: 'signOut',
        summary: 'End the session that the token stands for',
        response: { 200: answer('ended', { ended: { type: 'boolean', examples: [true] } }), ...problems(400, 401, 404, 500, 503) },
      },
    },
    async (request) => {
      const { who, address, requestId } = request.asker;
      await signOut(broker, bearerToken(request) as string, { who, address, requestId });
      return { ended: true };
    },
  );
}
