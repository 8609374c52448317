import type { FastifyDynamicSwaggerOptions } from '@fastify/swagger';
import type { Agreement } from '../../agreements/language';

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
      tags: [{ name: 'datasets' }, { name: 'records' }, { name: 'runs' }, { name: 'health' }],
    },
    refResolver: { buildLocalReference: (json, _base, _fragment, i) => (typeof json.$id === 'string' ? json.$id : `schema-${i}`) },
  };
}
