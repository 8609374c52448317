import type { KeyObject } from 'node:crypto';
import type { FieldPlan } from '../agreements/fields';
import { type FieldValue, type RecordValues, canonicalWriter } from '../core/record';
import { keyedHash, keyedIndex, seal } from '../core/sealing';
import { nameNormalForm } from '../core/text';
import type { CopyRows } from '../infra/copy';

/** What a staged row is; of a kept one the last version stays. The numbers stand in the staging table. */
export const rowState = { unchanged: 0, written: 1, quarantined: 2, kept: 3 } as const;

/** The staging table's columns, in the order in which rows are written. */
export const stagingColumns = [
  'page int not null',
  'position int not null',
  'state smallint not null',
  'key_index bytea',
  'hash bytea not null',
  'open jsonb',
  'digests bytea[]',
  'sealed bytea',
  'reason text',
  'field text',
] as const;

interface Keys {
  seal: KeyObject;
  hash: KeyObject;
  index: KeyObject;
  name: KeyObject;
}

export interface Position {
  page: number;
  position: number;
}

/** Writers of staging rows for one dataset. */
export interface StagedRows {
  canonical(values: RecordValues): string;
  unchanged(rows: CopyRows, at: Position, keyIndex: Uint8Array, hash: Buffer): void;
  written(rows: CopyRows, at: Position, values: RecordValues, hash: Buffer): void;
  /** Sets a raw record aside, sealed; `id` is its national id where that much could be read. Returns its fingerprint. */
  quarantined(rows: CopyRows, at: Position, raw: unknown, reason: string, field: string | null, id: string | null): Buffer;
}

export function stagedRows(plan: FieldPlan, keys: Keys): StagedRows {
  const index = remembering((id) => keyedIndex(keys.index, id));
  const name = remembering((text) => keyedIndex(keys.name, nameNormalForm(text)));
  const digestAt = digestPositions(plan);
  const head = (rows: CopyRows, at: Position, state: number) => {
    rows.row(stagingColumns.length);
    rows.int4(at.page);
    rows.int4(at.position);
    rows.int2(state);
  };

  return {
    canonical: canonicalWriter(plan.names),
    unchanged: (rows, at, keyIndex, hash) => {
      head(rows, at, rowState.unchanged);
      rows.bytes(keyIndex);
      rows.bytes(hash);
      for (let i = 0; i < 5; i += 1) rows.null();
    },
    written: (rows, at, values, hash) => {
      // A dataset's own ids are all different: remembering them would only cost.
      const keyIndex = keyedIndex(keys.index, values[plan.keyAt] as string);
      head(rows, at, rowState.written);
      rows.bytes(keyIndex);
      rows.bytes(hash);
      rows.jsonb(JSON.stringify(openPart(plan, values)));
      rows.byteArray(
        digestAt.map(({ at: position, kind }) => {
          const value = values[position];
          if (typeof value !== 'string') return null;
          return kind === 'index' ? index(value) : name(value);
        }),
      );
      rows.bytes(seal(keys.seal, JSON.stringify(sealedPart(plan, values)), keyIndex));
      rows.null();
      rows.null();
    },
    quarantined: (rows, at, raw, reason, field, id) => {
      const text = JSON.stringify(raw);
      const fingerprint = keyedHash(keys.hash, text);
      head(rows, at, rowState.quarantined);
      rows.bytes(id === null ? null : keyedIndex(keys.index, id));
      rows.bytes(fingerprint);
      rows.null();
      rows.null();
      rows.bytes(seal(keys.seal, text, fingerprint));
      rows.text(reason);
      rows.text(field);
      return fingerprint;
    },
  };
}

/** The columns of `digests`, in field order: keyed indexes of other ids, and names. The record's own key has a column of its own. */
export function digestPositions(plan: FieldPlan): { at: number; kind: 'index' | 'name' }[] {
  return [
    ...plan.indexAt.filter((at) => at !== plan.keyAt).map((at) => ({ at, kind: 'index' as const })),
    ...plan.nameAt.map((at) => ({ at, kind: 'name' as const })),
  ].sort((a, b) => a.at - b.at);
}

function openPart(plan: FieldPlan, values: RecordValues): Record<string, FieldValue> {
  const open = part(plan, plan.openAt, values);
  for (const { at, as } of plan.years) {
    const date = values[at];
    if (typeof date === 'string') open[as] = Number(date.slice(0, 4));
  }
  return open;
}

function sealedPart(plan: FieldPlan, values: RecordValues): Record<string, FieldValue> {
  return part(plan, plan.sealedAt, values);
}

function part(plan: FieldPlan, positions: readonly number[], values: RecordValues): Record<string, FieldValue> {
  const result: Record<string, FieldValue> = {};
  for (const at of positions) {
    const value = values[at] as FieldValue;
    if (value !== null) result[plan.names[at] as string] = value;
  }
  return result;
}

/** Keeps recent answers: agents, household heads and names repeat. Bounded; begins anew when full. */
function remembering(work: (text: string) => Buffer, limit = 20_000): (text: string) => Buffer {
  let known = new Map<string, Buffer>();
  return (text) => {
    const found = known.get(text);
    if (found) return found;
    if (known.size >= limit) known = new Map();
    const made = Buffer.from(work(text));
    known.set(text, made);
    return made;
  };
}
