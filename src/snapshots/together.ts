import type { FieldPlan } from '../agreements/fields';
import { canonicalText, type FieldValue, isPhone, type NamedRecord } from '../core/record';
import type { StoredRecord } from './types';

/** A stored record from its two parts, and its canonical text; nothing of it is proven yet. */
export interface Whole {
  record: NamedRecord;
  canonical: string;
}

type Fields = Record<string, FieldValue | undefined>;

/** Has nothing but its own members, as one from `Object.create(null)`, which is slow to fill and to read. */
class Bare {
  [name: string]: FieldValue;
}
Object.setPrototypeOf(Bare.prototype, null);
Reflect.deleteProperty(Bare.prototype, 'constructor');

/**
 * Prepares putting the sealed and the readable part of a dataset's records together; undefined where what was opened is no record.
 * With the fields in the order of the canonical text, that text is the record's JSON, written at once.
 */
export function putTogether({
  names,
  openAt,
  years,
}: FieldPlan): (sealed: string | undefined, open: StoredRecord['open']) => Whole | undefined {
  const readable = new Set(openAt.map((i) => names[i] as string));
  const derived = new Set(years.map(({ as }) => as));
  const order = [...names].sort().map((name) => ({ name, fromOpen: readable.has(name) }));
  return (text, stored) => {
    const sealed = parsed(text);
    if (!sealed) return undefined;
    const open = (stored ?? {}) as Fields;
    const record = new Bare();
    let taken = 0;
    for (const { name, fromOpen } of order) {
      const value = (fromOpen ? open : sealed)[name];
      if (value === undefined || value === null) continue;
      record[name] = isPhone(value) ? { e164: value.e164, raw: value.raw } : value;
      taken += 1;
    }
    if (taken === filled(sealed) + filled(open, derived)) return { record, canonical: JSON.stringify(record) };
    // Sealed under an agreement with other fields, or changed: every member counts.
    const all = allOf(sealed, open, derived);
    return { record: all, canonical: canonicalText(all) };
  };
}

function parsed(text: string | undefined): Fields | undefined {
  try {
    const value: unknown = JSON.parse(text ?? '');
    return typeof value === 'object' && value !== null ? (value as Fields) : undefined;
  } catch {
    return undefined;
  }
}

const nothing: ReadonlySet<string> = new Set();

/** How many members have a value. */
function filled(fields: Fields, except = nothing): number {
  let count = 0;
  for (const name in fields) if (fields[name] !== null && !except.has(name)) count += 1;
  return count;
}

function allOf(sealed: Fields, open: Fields, derived: ReadonlySet<string>): NamedRecord {
  // Without a prototype: a changed row must not lend values to fields that have none.
  const record: Record<string, FieldValue> = Object.assign(Object.create(null), sealed);
  for (const [name, value] of Object.entries(open)) if (!derived.has(name)) record[name] = value as FieldValue;
  return record;
}
