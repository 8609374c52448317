import type { FieldPlan } from '../agreements/fields';
import type { Field } from '../agreements/language';
import type { FieldValue, RecordValues } from '../core/record';
import type { Phone } from '../core/text';

/** A record's JSON in the three ways it is needed, from fields that are each written once. */
export interface WrittenRecord {
  /** As `canonicalText` writes it: what is hashed. */
  canonical: string;
  /** What stays readable at rest, with the readable years. */
  open(): string;
  /** What is sealed. */
  sealed(): string;
}

/**
 * Prepares the writing of a dataset's records: member names and orders are worked out once, for a million records.
 * What it returns is good until the next record is written.
 */
export function recordWriter(plan: FieldPlan): (values: RecordValues) => WrittenRecord {
  const heads = plan.names.map((name) => `${JSON.stringify(name)}:`);
  const writers = plan.fields.map(valueWriter);
  const canonicalOrder = plan.names.map((_, i) => i).sort((a, b) => ((plan.names[a] as string) < (plan.names[b] as string) ? -1 : 1));
  const years = plan.years.map(({ at, as }) => ({ at, head: `${JSON.stringify(as)}:` }));
  const members: string[] = new Array(plan.names.length);

  const text = (order: readonly number[], more = '') => {
    let joined = '';
    for (const i of order) if (members[i] !== '') joined += joined === '' ? members[i] : `,${members[i]}`;
    if (more !== '') joined += joined === '' ? more : `,${more}`;
    return `{${joined}}`;
  };

  return (values) => {
    for (let i = 0; i < values.length; i += 1) {
      const value = values[i] as FieldValue;
      members[i] = value === null ? '' : heads[i] + (writers[i] as (value: FieldValue) => string)(value);
    }
    return {
      canonical: text(canonicalOrder),
      open: () => text(plan.openAt, yearMembers(years, values)),
      sealed: () => text(plan.sealedAt),
    };
  };
}

function yearMembers(years: readonly { at: number; head: string }[], values: RecordValues): string {
  let members = '';
  for (const { at, head } of years) {
    const date = values[at];
    if (typeof date === 'string') members += `${members === '' ? '' : ','}${head}${Number(date.slice(0, 4))}`;
  }
  return members;
}

/** A checked value as JSON. Digits and dates need no escaping. */
function valueWriter(field: Field): (value: FieldValue) => string {
  switch (field.type) {
    case 'nationalId':
    case 'date':
    case 'partialDate':
    case 'province':
      return (value) => `"${value as string}"`;
    case 'integer':
    case 'boolean':
      return String;
    case 'phone':
      return (value) => {
        const { e164, raw } = value as Phone;
        return `{"e164":${e164 === null ? 'null' : `"${e164}"`},"raw":${JSON.stringify(raw)}}`;
      };
    default:
      return JSON.stringify;
  }
}
