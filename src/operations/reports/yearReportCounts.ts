import type { Dataset, Field } from '../../agreements/language';
import { provinces } from '../../core/provinces';
import { collatorTr } from '../../core/text';
import type { GroupCount, GroupedCounts } from '../../snapshots/groups';

/** A counted field, as it was called when the report was written. */
export interface CountedField {
  name: string;
  label: string;
  type: Field['type'];
  /** The values that occur, in their order, not reported last. */
  values: CountedValue[];
}

/** A value that records were counted by. Not reported is null. */
export type CountedValue = string | number | boolean | null;

/** One grouping of a report: by one field or by two at once. */
export interface ReportedCounts {
  fields: CountedField[];
  /** In the fields' own order, not reported last. `earlier` is null where there is nothing to compare with. */
  groups: { values: CountedValue[]; count: number; earlier: number | null }[];
  /** Where a source sent more different values than are told one by one: the others, together. */
  rest: { groups: number; count: number; earlier: number | null } | null;
  /** What says that this is counted. */
  article: string;
}

/** The counts of one grouping as a report tells them. */
export function reportedCounts(
  { fields }: Dataset,
  wish: { names: readonly string[]; article: string; counted: GroupedCounts | undefined; compared: boolean },
): ReportedCounts {
  const counted = wish.names.map((name) => fields[name] as Field);
  const { groups = [], rest } = wish.counted ?? {};
  const told = ({ count, earlier }: Pick<GroupCount, 'count' | 'earlier'>) => ({ count, earlier: wish.compared ? earlier : null });
  const rows = merged(groups.map((group) => ({ ...group, values: counted.map((field, i) => shown(field, group.values[i] ?? null)) }))).map(
    (row) => ({ values: counted.map((field, i) => typed(field, row.values[i] ?? null)), ...told(row) }),
  );
  const occurring = (at: number) => [...new Set(rows.map((row) => row.values[at] ?? null))];
  return {
    fields: counted.map((field, i) => ({
      name: wish.names[i] as string,
      label: field.label,
      type: field.type,
      values: occurring(i).sort((a, b) => order(field, a, b)),
    })),
    groups: rows.sort((a, b) => {
      const orders = counted.map((field, i) => order(field, a.values[i] ?? null, b.values[i] ?? null));
      return orders.find((difference) => difference !== 0) ?? 0;
    }),
    rest: rest && rest.groups > 0 ? { groups: rest.groups, ...told(rest) } : null,
    article: wish.article,
  };
}

/** As many digits as a tax number has, grouped or not, are taken for somebody's number: a source may put it anywhere. */
const longNumber = /\d(?:[ .\-/]?\d){8,}/g;

/** A code that the agreement does not list is the source's own text, and goes into the report only without numbers. */
function shown(field: Field, value: string | null): string | null {
  if (value === null || field.type !== 'code' || field.values.includes(value)) return value;
  return value.replace(longNumber, '[number]');
}

/** Texts that differed in a number only are one now. */
function merged(groups: GroupCount[]): GroupCount[] {
  const found = new Map<string, GroupCount>();
  for (const group of groups) {
    const key = JSON.stringify(group.values);
    const same = found.get(key);
    if (same) found.set(key, { ...same, count: same.count + group.count, earlier: same.earlier + group.earlier });
    else found.set(key, group);
  }
  return [...found.values()];
}

function typed(field: Field, value: string | null): CountedValue {
  if (value === null) return null;
  if (field.type === 'integer') return Number(value);
  return field.type === 'boolean' ? value === 'true' : value;
}

/** Codes in the agreement's order and then the source's own; the others by their value; not reported last. */
function order(field: Field, a: CountedValue, b: CountedValue): number {
  if (a === b) return 0;
  if (a === null || b === null) return a === null ? 1 : -1;
  return place(field, a) - place(field, b) || collatorTr.compare(String(a), String(b));
}

function place(field: Field, value: CountedValue): number {
  if (field.type !== 'code') return Number(value);
  const at = field.values.indexOf(String(value));
  return at < 0 ? field.values.length : at;
}

/** A counted value as people read it: provinces by name; `words` for what has no text of its own. */
export function valueText(
  field: Pick<CountedField, 'type'>,
  value: CountedValue,
  words: { none: string; yes: string; no: string },
): string {
  if (value === null) return words.none;
  if (typeof value === 'boolean') return value ? words.yes : words.no;
  return field.type === 'province' ? (provinces[String(value)] ?? String(value)) : String(value);
}
