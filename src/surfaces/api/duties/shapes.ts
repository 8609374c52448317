import { KopruError } from '../../../core/errors';
import { isReference } from '../../../core/text';
import { text, whole } from '../schemas';

/** What the routes for personnel administrators have in common. */
export const common = { tags: ['personnel'] };

export const day = { ...text, format: 'date' } as const;
export const maybe = (schema: { type: string; format?: string }) => ({ ...schema, type: [schema.type, 'null'] });

/** The number of a person or a token. */
export const number = { ...whole, minimum: 1, maximum: 999_999_999 } as const;

/** The same in an address, where everything is a text. */
export const numberParam = (name: string, description: string) =>
  ({
    type: 'object',
    required: [name],
    properties: { [name]: { ...text, pattern: '^[1-9]\\d{0,8}$', maxLength: 9, description, examples: ['7'] } },
  }) as const;

/** A switch in an address. */
export const flag = (description: string) => ({ ...text, enum: ['true', 'false'], default: 'false', description });

export const reference = {
  ...text,
  minLength: 1,
  maxLength: 200,
  description: 'the reference of the paper, such as its number and date; it is kept and logged in the clear, so nothing of a person',
  examples: ['E-2026/17, 01.12.2026'],
} as const;

/** The text, if it can stand in the clear. @throws KopruError `request-invalid` */
export function plain(what: string, value: string): string {
  if (isReference(value)) return value;
  throw new KopruError('request-invalid', `The ${what} cannot be kept as it is.`, {
    hint: 'One line of letters, digits, spaces and . , : ; / ( ) _ & - that begins with a letter or digit, without a number that might be a person’s: it is kept in the clear.',
  });
}
