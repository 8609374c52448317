import { z } from 'zod';

/** Words that the language's parts share. */
export const id = z.string().regex(/^[a-z][a-z0-9-]*$/, 'use lower-case letters, digits and hyphens');
export const datasetId = z.string().regex(/^[a-z][a-z0-9-]*(\.[a-z][a-z0-9-]*)+$/, 'use words joined by a dot, such as agency.records');
export const fieldName = z.string().regex(/^[a-z][A-Za-z0-9]*$/, 'use camelCase');
export const article = z.string().min(1).describe('the article of the signed text, or "policy" where no article says it');
export const label = z.string().min(1).describe('what people read, in Turkish');
