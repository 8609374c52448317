import { z } from 'zod';
import { sourcesShape } from './config';

/** The JSON Schema of a sources file, by which editors complete and check it; kept in sources.schema.json. */
export function jsonSchema(): Record<string, unknown> {
  return {
    title: 'Köprü sources',
    ...z.toJSONSchema(sourcesShape, { io: 'input', target: 'draft-7', reused: 'ref' }),
  };
}
