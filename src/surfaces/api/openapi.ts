import type { FastifyDynamicSwaggerOptions } from '@fastify/swagger';
import type { FastifySwaggerUiOptions } from '@fastify/swagger-ui';
import type { Agreement } from '../../disclosure/door';
import { addExamples } from './examples/document';

/** The OpenAPI 3.1 description, generated from the routes and the agreement. */
export function openApi(agreement: Agreement): FastifyDynamicSwaggerOptions {
  return {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: `Köprü: ${agreement.title}`,
        version: '1',
        license: { name: 'Not for use by others', identifier: 'LicenseRef-Unlicensed' },
        description: [
          'Reads the snapshots that the broker holds under the agreement. Every answer says its source, the source’s time, snapshot, agreement, grant',
          'and publication consent; every access is logged before anything is released. National ids go in bodies, never in addresses.',
          'Every query states its purpose in the header `Kopru-Purpose`, and the case that it is for in `Kopru-Case`:',
          Object.entries(agreement.purposes)
            .map(([id, { label, article }]) => `\`${id}\` (${label}, ${article})`)
            .join(', '),
        ].join(' '),
      },
      components: { securitySchemes: { token: { type: 'http', scheme: 'bearer', description: 'a person’s token, or a session’s' } } },
      security: [{ token: [] }],
      servers: [{ url: '/', description: 'the production or trial broker that this text comes from', 'x-internal': true } as never],
      tags: [
        { name: 'datasets', description: 'What there is, and what of it is open to you' },
        { name: 'records', description: 'The records themselves' },
        { name: 'findings', description: 'In what the registers disagree' },
        { name: 'statistics', description: 'Counts for your own party’s use' },
        { name: 'consents', description: 'The owners’ consents to publish (V.Ç.9–10)' },
        { name: 'publications', description: 'Frozen tables: proposed, approved, published, withdrawn' },
        { name: 'public', description: 'What is published, for everybody' },
        { name: 'runs', description: 'How the pulls went' },
        { name: 'access', description: 'What would be decided of a request of yours' },
        { name: 'quotas', description: 'The owners’ daily limits' },
        { name: 'audit', description: 'The audit log, for auditors' },
        { name: 'registers', description: 'What is recorded of data that leaves; nothing is released by it' },
        { name: 'subjects', description: 'People who ask who saw what of them' },
        { name: 'incidents', description: 'Breaches, compelled disclosures, and reading to be looked at' },
        {
          name: 'sign-in',
          description: 'With password and one-time code, for the web console: a session’s token instead of a personal one',
        },
        { name: 'personnel', description: 'For personnel administrators: who of your institution may do what (Ek-3)' },
        { name: 'institution', description: 'For personnel administrators: how your institution is known' },
        { name: 'health', description: 'Whether the broker serves' },
      ],
    },
    transformObject: (made) => {
      const document = ('openapiObject' in made ? made.openapiObject : made.swaggerObject) as never;
      addExamples(document, agreement);
      return document;
    },
    refResolver: { buildLocalReference: (json, _base, _fragment, i) => (typeof json.$id === 'string' ? json.$id : `schema-${i}`) },
  };
}

/** The readable page. All of it comes from this server, and its policy lets nothing else in. */
export const docsPage: FastifySwaggerUiOptions = {
  routePrefix: '/docs',
  theme: { title: 'Köprü API' },
  uiConfig: { docExpansion: 'list', deepLinking: true, validatorUrl: null },
  staticCSP: {
    'default-src': "'none'",
    'script-src': "'self'",
    'style-src': ["'self'", "'unsafe-inline'"],
    'img-src': ["'self'", 'data:'],
    'font-src': "'self'",
    'connect-src': "'self'",
    'base-uri': "'none'",
    'form-action': "'none'",
    'frame-ancestors': "'none'",
  },
};
