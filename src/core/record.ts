import type { Phone } from './text';

/** A checked value of one field. Dates are texts: `yyyy-MM-dd`, or partial `yyyy`, `yyyy-MM`. Not reported is null, never 0. */
export type FieldValue = string | number | boolean | null | Phone | Rows;

/** Numbers by group, or findings: one list per row, each in the field's own order. In derived records only. */
export type Rows = readonly (readonly (string | number | null)[])[];

/** A checked record: its values in the order of the dataset's fields. */
export type RecordValues = readonly FieldValue[];

/** A checked record by field name; what is null may be left out. */
export type NamedRecord = Readonly<Record<string, FieldValue>>;

/**
 * The one writing of a record that is hashed: its non-null fields by name in code-unit order, as JSON.
 * So a field that is declared later, and null so far, changes no hash.
 */
export function canonicalText(record: NamedRecord): string {
  const names = Object.keys(record).filter((name) => record[name] !== null);
  return objectText(names.sort().map((name) => member(name, record[name] as FieldValue)));
}

/** `"name":value` as JSON; the parts of a phone always in the same order. */
export function member(name: string, value: FieldValue): string {
  const text = isPhone(value) ? { e164: value.e164, raw: value.raw } : value;
  return `${JSON.stringify(name)}:${JSON.stringify(text)}`;
}

export function isPhone(value: FieldValue): value is Phone {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function objectText(members: readonly string[]): string {
  return `{${members.join(',')}}`;
}
