import type { Agreement } from '../../agreements/language';
import { KopruError } from '../../core/errors';

/** @throws KopruError `not-found` */
export function requireParty({ parties }: Pick<Agreement, 'parties'>, party: string): void {
  if (Object.hasOwn(parties, party)) return;
  throw new KopruError('not-found', `There is no party "${party.slice(0, 40)}".`, { hint: `Parties: ${Object.keys(parties).join(', ')}.` });
}

/** @throws KopruError `request-invalid` */
export function requireDocument(document: string): string {
  const reference = document.trim();
  if (reference !== '') return reference;
  throw new KopruError('request-invalid', 'The reference of the paper is missing.', {
    hint: 'Say by which paper the institution named it.',
  });
}
