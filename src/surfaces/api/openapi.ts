import type { FastifyDynamicSwaggerOptions } from '@fastify/swagger';
import type { FastifySwaggerUiOptions } from '@fastify/swagger-ui';
import type { Agreement } from '../../disclosure/door';

/** The OpenAPI 3.1 description, generated from the routes and the agreement. */
export function openApi(agreement: Agreement): FastifyDynamicSwaggerOptions {
  return {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: `Köprü: ${agreement.title}`,
        version: '1',
        description: [
          'Reads the snapshots that the broker holds under the agreement. Every answer says its source, the source’s time, snapshot, agreement, grant',
          'and publication consent; every access is logged before anything is released. National ids go in bodies, never in addresses.',
          'State the purpose of a query in the header `Kopru-Purpose`:',
          Object.entries(agreement.purposes)
            .map(([id, { label, article }]) => `\`${id}\` (${label}, ${article})`)
            .join(', '),
        ].join(' '),
      },
      components: { securitySchemes: { token: { type: 'http', scheme: 'bearer', description: 'a party’s token' } } },
      security: [{ token: [] }],
      tags: [
        { name: 'datasets', description: 'What there is, and what of it is open to you' },
        { name: 'records', description: 'The records themselves' },
        { name: 'findings', description: 'In what the registers disagree' },
        { name: 'runs', description: 'How the pulls went' },
        { name: 'health', description: 'Whether the broker serves' },
      ],
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
