import type { FastifyInstance } from 'fastify';
import { KopruError } from '../../../core/errors';
import { listAddressRules } from '../../../operations/institutions/addresses';
import { type CertificateView, listCertificates, revokeCertificate } from '../../../operations/institutions/certificates';
import { answer, instant, object, problems, query, text } from '../schemas';
import type { ApiDeps } from '../server';
import type { Administer } from './administrator';
import { maybe, number, numberParam, plain, reference } from './shapes';

const common = { tags: ['institution'] };
const id = { ...number, description: 'the certificate’s number', examples: [2] };

/** How the own institution is known: its client certificates and the addresses that it asks from. To register either is the operator's. */
export function institutionRoutes(app: FastifyInstance, { broker }: ApiDeps, administer: Administer): void {
  app.get(
    '/certificates',
    {
      schema: {
        ...common,
        operationId: 'listCertificates',
        summary: 'Your institution’s client certificates, oldest first',
        querystring: query({}),
        response: {
          200: answer('the certificates', { certificates: { type: 'array', items: certificate } }),
          ...problems(400, 401, 403, 500, 503),
        },
      },
    },
    async ({ asker }) => ({
      certificates: (await listCertificates(broker)).filter(({ party }) => party === asker.who.person.party).map(shown),
    }),
  );

  app.post<{ Params: { certificate: string }; Body: { reason: string } }>(
    '/certificates/:certificate/revocation',
    {
      schema: {
        ...common,
        operationId: 'revokeCertificate',
        summary: 'Ends a certificate of your institution at once',
        description: 'Such as when its key may be in other hands. Whoever comes with it is refused from the next request on, you too.',
        params: numberParam('certificate', 'the certificate’s number, as GET /v1/certificates lists it'),
        querystring: query({}),
        body: object({ reason: { ...reference, description: 'why; it is kept and logged in the clear, so nothing of a person' } }),
        response: { 200: answer('the certificate has ended', { id }), ...problems(400, 401, 403, 404, 409, 413, 415, 500, 503) },
      },
    },
    async ({ asker, params, body }) => {
      const id = Number(params.certificate);
      const reason = plain('reason', body.reason);
      await administer(asker, async ({ by, onlyParty }) => {
        const own = (await listCertificates(broker)).some((one) => one.id === id && one.party === onlyParty);
        if (!own) throw new KopruError('party-foreign', 'The certificate is another institution’s.');
        return revokeCertificate(broker, { id, reason }, by);
      });
      return { id };
    },
  );

  app.get(
    '/addresses',
    {
      schema: {
        ...common,
        operationId: 'listAddresses',
        summary: 'From which addresses your institution, or a unit of it, may ask',
        description: 'None: from any. Each person may be held to closer ones by the list of personnel.',
        querystring: query({}),
        response: {
          200: answer('the ranges', { addresses: { type: 'array', items: range } }),
          ...problems(400, 401, 403, 500, 503),
        },
      },
    },
    async ({ asker }) => ({
      addresses: (await listAddressRules(broker, { party: asker.who.person.party })).map(({ id, unit, cidr, document, addedAt }) => ({
        id,
        unit,
        cidr,
        document,
        addedAt,
      })),
    }),
  );
}

const certificate = object({
  id,
  subject: { ...text, examples: ['CN=kopru.kurum.example'] },
  serial: { ...text, examples: ['4f1a'] },
  fingerprint: { ...text, pattern: '^[0-9a-f]{64}$', description: 'SHA-256 of its DER, hex', examples: ['5f'.repeat(32)] },
  notBefore: instant,
  notAfter: instant,
  status: { ...text, enum: ['valid', 'not-yet-valid', 'expired', 'revoked'] },
  document: { ...text, description: 'the paper by which the institution named it', examples: ['E-2026/4'] },
  revokedAt: maybe(instant),
});

const range = object({
  id: { ...number, examples: [1] },
  unit: { ...maybe(text), description: 'of this unit alone; null: of the whole institution', examples: ['Merkez'] },
  cidr: { ...text, description: 'an IPv4 or IPv6 range', examples: ['192.0.2.0/24'] },
  document: { ...text, description: 'the paper by which the institution named it', examples: ['E-2026/4'] },
  addedAt: instant,
});

function shown({ id, subject, serial, fingerprint, notBefore, notAfter, status, document, revokedAt }: CertificateView) {
  return { id, subject, serial, fingerprint, notBefore, notAfter, status, document, revokedAt };
}
