import { draw } from '../population/draw';
import type { DatasetId, Records } from '../population/types';
import type { ListingName } from '../services/addresses';
import type { Row } from '../services/listing';
import { fieldPath, type ListFault } from './orders';

/** The list that one request sees. */
export interface View {
  order: Uint32Array;
  /** From this place on a record is a copy that contradicts the one before it. */
  contradictsFrom: number;
  /** How many records the service says it has. */
  total: number;
}

/** The list as the faults leave it. */
export function viewOf(order: Uint32Array, faults: readonly ListFault[]): View {
  let view: View = { order, total: order.length, contradictsFrom: Number.POSITIVE_INFINITY };
  for (const fault of faults) {
    if (fault.kind === 'half-list') {
      const half = view.order.subarray(0, Math.floor(view.order.length / 2));
      view = { ...view, order: half, total: fault.total === 'lowered' ? half.length : view.total };
    } else if (fault.kind === 'duplicate-identical') {
      view = withCopies(view, fault.count);
    }
  }
  // Contradicting copies come last, so that one place tells them from the others.
  for (const fault of faults) {
    if (fault.kind !== 'duplicate-conflicting') continue;
    const contradictsFrom = Math.min(view.contradictsFrom, view.order.length);
    view = { ...withCopies(view, fault.count), contradictsFrom };
  }
  return view;
}

/** The list with copies of some records, evenly chosen, at its end: on another page than the first of each, and counted. */
function withCopies(view: View, count: number): View {
  const { order } = view;
  const copies = Math.min(count, order.length);
  const longer = new Uint32Array(order.length + copies);
  longer.set(order);
  for (let i = 0; i < copies; i += 1) longer[order.length + i] = order[Math.floor((i * order.length) / copies)] as number;
  return { ...view, order: longer, total: view.total + copies };
}

/** A record that shares its key with another and tells something else. */
export function contradicting<R extends Records[DatasetId]>(record: R): R {
  return { ...record, fullName: 'BAŞKA KİŞİ' };
}

type RowFault = Extract<ListFault, { kind: 'wrong-type' | 'missing-field' | 'new-field' }>;

/** Alters one record as it is written, in place. */
export function spoilRow(row: Row, ordinal: number, service: ListingName, faults: readonly ListFault[]): void {
  for (const fault of faults) {
    if (fault.kind === 'wrong-type' || fault.kind === 'missing-field' || fault.kind === 'new-field') spoil(row, ordinal, service, fault);
  }
}

function spoil(row: Row, ordinal: number, service: ListingName, fault: RowFault): void {
  if (fault.kind === 'new-field') {
    row[fault.name] = 'yeni';
    return;
  }
  if (fault.kind === 'wrong-type' && !isSpoiled(ordinal, fault.share)) return;
  const path = [...fieldPath(service, fault.field)];
  const last = path.pop() as string;
  const parent = path.reduce((at, name) => at[name] as Row, row);
  if (fault.kind === 'missing-field') delete parent[last];
  else parent[last] = otherType(parent[last], fault.as);
}

/** Which records a share means: the same ones on every page and in every reading. */
function isSpoiled(ordinal: number, share: number): boolean {
  return draw(0, 950, ordinal) / 0x1_0000_0000 < share;
}

function otherType(value: unknown, as: 'array' | 'object' | 'number' | 'text' | 'boolean'): unknown {
  switch (as) {
    case 'array':
      return [value];
    case 'object':
      return { deger: value };
    case 'number':
      return Number.parseInt(String(value), 10) || 0;
    case 'text':
      return `${value}`;
    case 'boolean':
      return value !== null;
  }
}
