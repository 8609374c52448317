import type { Field } from '../agreements/language';
import { type DateFormat, parseDate, parsePartialDate } from '../core/dates';
import { idKind } from '../core/nationalId';
import { provinces } from '../core/provinces';
import type { FieldValue } from '../core/record';
import { parsePhone } from '../core/text';

/** Why a value cannot stand in its field. Stable codes; docs/operators.md explains them. */
export type ValueProblem =
  | 'wrong-type'
  | 'required-missing'
  | 'id-invalid'
  | 'id-kind'
  | 'date-invalid'
  | 'out-of-range'
  | 'too-long'
  | 'province-unknown';

/** A checked value, or why it is none. A plain text that starts with this mark never leaves a reader. */
export class Rejected {
  constructor(readonly problem: ValueProblem) {}
}

const rejected = Object.fromEntries(
  (
    ['wrong-type', 'required-missing', 'id-invalid', 'id-kind', 'date-invalid', 'out-of-range', 'too-long', 'province-unknown'] as const
  ).map((p) => [p, new Rejected(p)]),
) as Record<ValueProblem, Rejected>;

export type ValueReader = (raw: unknown) => FieldValue | Rejected;

/** The reader of one field: a raw JSON value in, the checked value or the reason out. Absent and null are alike here. */
export function valueReader(field: Field, format: DateFormat = 'yyyy-MM-dd'): ValueReader {
  const read = typeReader(field, format);
  const none = field.required ? rejected['required-missing'] : null;
  return (raw) => {
    if (raw === undefined || raw === null) return none;
    const value = read(raw);
    return value === null ? none : value;
  };
}

function typeReader(field: Field, format: DateFormat): ValueReader {
  switch (field.type) {
    case 'text':
      return text((value) => (value.length > field.maxLength ? rejected['too-long'] : value.normalize('NFC')));
    case 'code':
      return recent(text((value) => (value.length > 100 ? rejected['too-long'] : value.normalize('NFC'))));
    case 'nationalId': {
      const kinds = new Set<string>(field.kinds);
      return text((value) => {
        const kind = idKind(value);
        if (!kind) return rejected['id-invalid'];
        return kinds.has(kind) ? value : rejected['id-kind'];
      });
    }
    case 'date':
      return recent(text((value) => parseDate(value, format) ?? rejected['date-invalid']));
    case 'partialDate':
      return recent(text((value) => parsePartialDate(value, format) ?? rejected['date-invalid']));
    case 'province':
      return text((value) => (Object.hasOwn(provinces, value) ? value : rejected['province-unknown']));
    case 'phone':
      return text((value) => (value.length > 60 ? rejected['too-long'] : parsePhone(value)));
    case 'integer': {
      const { min = -Infinity, max = Infinity } = field;
      return (raw) => {
        if (typeof raw !== 'number' || !Number.isSafeInteger(raw)) return rejected['wrong-type'];
        return raw < min || raw > max ? rejected['out-of-range'] : raw;
      };
    }
    case 'boolean':
      return (raw) => (typeof raw === 'boolean' ? raw : rejected['wrong-type']);
    case 'counts':
    case 'findings':
      // No source sends what is derived.
      return () => rejected['wrong-type'];
  }
}

/** Keeps what was read of recent texts: dates and codes repeat by the thousand. Bounded; begins anew when full. */
function recent(read: ValueReader, limit = 20_000): ValueReader {
  let known = new Map<string, FieldValue | Rejected>();
  return (raw) => {
    if (typeof raw !== 'string' || raw.length > 40) return read(raw);
    const found = known.get(raw);
    if (found !== undefined) return found;
    if (known.size >= limit) known = new Map();
    const value = read(raw);
    known.set(raw, value);
    return value;
  };
}

/** NUL cannot be stored in PostgreSQL's JSON, and lone surrogates are no text. */
function storable(value: string): boolean {
  return !value.includes('\0') && value.isWellFormed();
}

function text(read: (value: string) => FieldValue | Rejected): ValueReader {
  return (raw) => {
    if (typeof raw !== 'string') return rejected['wrong-type'];
    const value = raw.trim();
    if (value === '') return null;
    return storable(value) ? read(value) : rejected['wrong-type'];
  };
}
