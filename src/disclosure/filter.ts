import { createHash } from 'node:crypto';
import { countable } from '../agreements/fields';
import type { Agreement, Field } from '../agreements/language';
import { KopruError } from '../core/errors';
import { provinces } from '../core/provinces';
import type { FieldFilter } from '../snapshots/chosen';

export { type FilterName, filterNames } from '../agreements/filters';

/** What records are chosen by, as it was asked: names of fields, and values with commas. */
export type AskedFilter = Readonly<Record<string, string>>;

/** The asked fields that the dataset has: they must be open to whoever asks. */
export function fieldsChosenBy({ datasets }: Agreement, dataset: string, asked: AskedFilter = {}): string[] {
  const fields = Object.hasOwn(datasets, dataset) ? datasets[dataset]?.fields : undefined;
  return Object.keys(asked).filter((name) => fields && Object.hasOwn(fields, name));
}

/**
 * A filter in one writing, however it was asked: fields and values in order, each once.
 * @throws KopruError `request-invalid`: a field that cannot be chosen by, or a value that has not its form
 */
export function readFilter({ datasets }: Agreement, dataset: string, asked: AskedFilter = {}): FieldFilter[] {
  const fields = datasets[dataset]?.fields ?? {};
  return Object.keys(asked)
    .sort()
    .map((name) => {
      const field = Object.hasOwn(fields, name) ? fields[name] : undefined;
      if (!field || !countable(field)) throw notBy(name, fields);
      return { field: name, values: valuesOf(name, field, asked[name] as string) };
    });
}

/** What a cursor or a tag remembers of a filter; it may be long. Empty if there is none. */
export function filterMark(by: readonly FieldFilter[]): string {
  return by.length === 0 ? '' : createHash('sha256').update(JSON.stringify(by)).digest('base64url').slice(0, 22);
}

function valuesOf(name: string, field: Field, asked: string): string[] {
  const { is, what } = formOf(field);
  const values = asked.split(',').map((value) => value.trim().normalize('NFC'));
  if (!values.every(is))
    throw new KopruError('request-invalid', `A value that ${name} is to have is not one that it can have.`, {
      hint: `Give ${what}, several with commas.`,
    });
  return [...new Set(values)].sort();
}

/** The form in which a field's values are stored as text. */
function formOf(field: Field): { is(value: string): boolean; what: string } {
  switch (field.type) {
    case 'province':
      return { is: (value) => Object.hasOwn(provinces, value), what: 'a province from 01 to 81' };
    case 'boolean':
      return { is: (value) => value === 'true' || value === 'false', what: 'true or false' };
    case 'integer':
      return { is: (value) => /^(0|-?[1-9]\d{0,15})$/.test(value) && Number.isSafeInteger(Number(value)), what: 'a whole number' };
    default:
      // PostgreSQL takes no NUL.
      return { is: (value) => value !== '' && value.length <= 100 && !value.includes('\0'), what: 'a code' };
  }
}

function notBy(name: string, fields: Readonly<Record<string, Field>>): KopruError {
  const possible = Object.keys(fields).filter((one) => countable(fields[one] as Field));
  return new KopruError('request-invalid', `Records of this dataset cannot be chosen by ${name}.`, {
    hint: possible.length === 0 ? 'Leave it out.' : `They can be by: ${possible.join(', ')}.`,
  });
}
