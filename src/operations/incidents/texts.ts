import { parseDate } from '../../core/dates';
import { KopruError } from '../../core/errors';
import { idKind } from '../../core/nationalId';
import { checkedText } from '../registers/entries';

/**
 * A text in an incident, in one line: it goes into notices and stays in clear, so a national id is refused in it, parted or not.
 * @throws KopruError `request-invalid`
 */
export function plainText(what: string, text: string): string {
  const kept = checkedText(what, text.replace(/[\s\u2028\u2029]+/g, ' '));
  const joined = kept.replace(/(?<=\d)[ ./_\u00a0\u2010-\u2013-]+(?=\d)/g, '').match(/(?<!\d)\d{11}(?!\d)/g) ?? [];
  if (joined.some((number) => idKind(number) !== undefined))
    throw new KopruError('request-invalid', `${what} holds what looks like a national id, and is kept in clear.`, {
      hint: 'Leave the number out.',
    });
  return kept;
}

export const maybeText = (what: string, text: string | undefined) => (text === undefined ? undefined : plainText(what, text));

/** The instant that a text names: with a zone as it says, without one in Istanbul. @throws KopruError `request-invalid` */
export function instantOf(text: string): Date {
  const [, day = '', clock = '', zone] =
    /^(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2}(?::\d{2}(?:\.\d{1,3})?)?)(Z|[+-]\d{2}:\d{2})?$/.exec(text) ?? [];
  const instant = new Date(`${day}T${clock}${zone ?? '+03:00'}`);
  if (parseDate(day, 'yyyy-MM-dd') && !Number.isNaN(instant.getTime())) return instant;
  throw new KopruError('request-invalid', 'The time must be written as 2026-12-31T14:30, in Istanbul, or with its zone.');
}
