import type { Phone } from './text';

/** A checked value of one field. Dates are texts: `yyyy-MM-dd`, or partial `yyyy`, `yyyy-MM`. Not reported is null, never 0. */
export type FieldValue = string | number | boolean | null | Phone;

/** A checked record: its values in the order of the dataset's fields. */
export type RecordValues = readonly FieldValue[];

/** A checked record by field name; what is null may be left out. */
export type NamedRecord = Readonly<Record<string, FieldValue>>;

/**
 * The one writing of a record that is hashed: its non-null fields by name in code-unit order, as JSON.
 * So a field that is declared later, and null so far, changes no hash.
 */
export function canonicalText(record: NamedRecord): string {
  const ordered: Record<string, FieldValue> = {};
  for (const name of Object.keys(record).sort()) {
    const value = record[name] as FieldValue;
    if (value !== null) ordered[name] = isPhone(value) ? { e164: value.e164, raw: value.raw } : value;
  }
  return JSON.stringify(ordered);
}

/** `canonicalText` for values by position, with the order of names worked out once. */
export function canonicalWriter(names: readonly string[]): (values: RecordValues) => string {
  const order = names.map((name, at) => ({ name, at })).sort((a, b) => (a.name < b.name ? -1 : 1));
  return (values) => {
    const ordered: Record<string, FieldValue> = {};
    for (const { name, at } of order) {
      const value = values[at] as FieldValue;
      if (value !== null) ordered[name] = value;
    }
    return JSON.stringify(ordered);
  };
}

function isPhone(value: FieldValue): value is Phone {
  return typeof value === 'object' && value !== null;
}
