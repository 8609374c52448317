import type { Agreement, Dataset, Field, Grant } from './language';

/** A dataset's fields in their order, as lists that the hot paths walk by position. */
export interface FieldPlan {
  names: readonly string[];
  fields: readonly Field[];
  keyAt: number;
  /** Positions that stay readable at rest. */
  openAt: readonly number[];
  /** Positions that are sealed. */
  sealedAt: readonly number[];
  /** Readable years of sealed partial dates. */
  years: readonly { at: number; as: string }[];
  /** Positions of national ids with a keyed index, the key's own first. */
  indexAt: readonly number[];
  /** Positions of names with a keyed digest of their normal form. */
  nameAt: readonly number[];
}

export function fieldPlan(dataset: Dataset): FieldPlan {
  const names = Object.keys(dataset.fields);
  const fields = Object.values(dataset.fields);
  const where = (test: (f: Field) => boolean) => fields.flatMap((f, i) => (test(f) ? [i] : []));
  const keyAt = names.indexOf(dataset.key);
  return {
    names,
    fields,
    keyAt,
    openAt: where((f) => f.sensitivity === 'open'),
    sealedAt: where((f) => f.sensitivity !== 'open'),
    years: fields.flatMap((f, at) => (f.type === 'partialDate' && f.openYearAs ? [{ at, as: f.openYearAs }] : [])),
    indexAt: [keyAt, ...where((f) => f.type === 'nationalId' && f.index).filter((i) => i !== keyAt)],
    nameAt: where((f) => f.type === 'text' && f.nameDigest),
  };
}

/** The dataset of this id. Callers have checked the id; an unknown one is a fault of the program. */
export function datasetOf(agreement: Agreement, id: string): Dataset {
  const dataset = agreement.datasets[id];
  if (!dataset) throw new Error(`unknown dataset ${id}`);
  return dataset;
}

/** The grant that lets a party read a dataset, open or not. */
export function grantOf(agreement: Agreement, party: string, dataset: string): (Grant & { id: string }) | undefined {
  const found = Object.entries(agreement.grants).find(([, g]) => g.party === party && g.dataset === dataset);
  return found && { id: found[0], ...found[1] };
}

/** Whether records may be counted by a field: it stays readable at rest and has few values. */
export function countable(field: Field): boolean {
  return field.sensitivity === 'open' && ['province', 'code', 'integer', 'boolean'].includes(field.type);
}

/** What a dataset's yearly report counts, as lists of field names, with the article (or "policy") that says so. */
export function reportGroupings({ report, fields }: Dataset): { by: readonly (readonly string[])[]; article: string } {
  if (report) return report;
  const plain = Object.entries(fields).filter(([, field]) => countable(field) && (field.type === 'province' || field.type === 'code'));
  return { by: plain.map(([name]) => [name]), article: 'policy' };
}
