import { datasetOf } from '../agreements/fields';
import type { Agreement, Dataset, Field } from '../agreements/language';
import type { FieldValue, NamedRecord, Rows } from '../core/record';
import type { KeyRing } from '../infra/keys';
import { openStored } from '../snapshots/open';
import type { StoredRecord } from '../snapshots/types';

/** A value as it leaves: what stands in rows at rest has names. */
export type ReleasedValue = Exclude<FieldValue, Rows> | Record<string, string | number | null>[];

/** What may be opened: fields, and of a field of findings those under these rules. */
export interface Opening {
  fields: readonly string[];
  rules?: readonly string[] | undefined;
}

export type OpenRecords = (stored: readonly StoredRecord[], opening: Opening) => Promise<(Record<string, ReleasedValue> | undefined)[]>;

/** Opens stored records of a dataset: just the named fields, in their order; undefined for an erased one. */
export async function recordOpener(agreement: Agreement, dataset: string, keys: KeyRing): Promise<OpenRecords> {
  const open = await openStored(agreement, dataset, keys);
  const definition = datasetOf(agreement, dataset);
  return async (stored, opening) => (await open(stored)).map((record) => record && releasedFields(definition, record, opening));
}

/** Just the named fields of a record, in their order; what was not reported is null. */
export function releasedFields(
  { fields: definitions }: Dataset,
  record: NamedRecord,
  { fields, rules = [] }: Opening,
): Record<string, ReleasedValue> {
  return Object.fromEntries(fields.map((name) => [name, released(definitions[name], record[name] ?? null, rules)]));
}

/** By which fields the numbers of a field are grouped. */
export function groupsOf({ derive }: Field): readonly string[] {
  return derive?.kind === 'count' ? derive.groups : [];
}

function isRows(value: FieldValue): value is Rows {
  return Array.isArray(value);
}

function released(field: Field | undefined, value: FieldValue, rules: readonly string[]): ReleasedValue {
  if (!isRows(value)) return value;
  const rows = value;
  if (field?.type === 'findings')
    return rows
      .filter(([rule]) => rules.includes(String(rule)))
      .map(([rule, finding]) => ({ rule: rule ?? null, finding: finding ?? null }));
  const groups = field ? groupsOf(field) : [];
  return rows.map((row) => ({
    ...Object.fromEntries(groups.map((group, i) => [group, row[i] ?? null])),
    count: row[groups.length] ?? null,
  }));
}
