import { KopruError } from '../../core/errors';
import { isCaseReference } from '../../core/text';

/** @throws KopruError `request-invalid` for a case that is no reference: it would be logged in the clear */
export function refuseOddCase(of: string | undefined): void {
  if (of === undefined || isCaseReference(of)) return;
  throw new KopruError('request-invalid', 'The case (Kopru-Case) is no reference of a case.', {
    hint: 'Up to 60 letters, digits, spaces and . / _ - without diacritics, and no long number: it is logged.',
  });
}
