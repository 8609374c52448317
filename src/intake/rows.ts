import { createSecretKey } from 'node:crypto';
import type { FieldPlan } from '../agreements/fields';
import type { RecordValues } from '../core/record';
import { keyedHash, keyedIndexer, Sealer, seal } from '../core/sealing';
import { nameNormalForm } from '../core/text';
import type { CopyRows } from '../infra/copy';
import type { WrittenRecord } from './writing';

/** What is noted of a record that is neither new nor as before: it is set aside, or left as it last was. */
export const noteState = { quarantined: 2, kept: 3 } as const;

/** Of a record that is as before, only its key index is kept. */
export const seenColumns = ['key_index bytea not null'] as const;

/** The columns of a run's notes, in the order in which rows are written. */
export const noteColumns = [
  'page int not null',
  'position int not null',
  'state smallint not null',
  'key_index bytea',
  'hash bytea not null',
  'sealed bytea',
  'reason text',
  'field text',
] as const;

/** The columns that are given of a new or changed record; the others of `record_version` have defaults while it is loaded. */
export const recordColumns = ['key_index', 'hash', 'open', 'digests', 'sealed'] as const;

type Keys = Record<'seal' | 'hash' | 'index' | 'name', Uint8Array>;

export interface Position {
  page: number;
  position: number;
}

/** Writers of a dataset's rows: notes, and new versions of records. */
export interface RowWriters {
  unchanged(seen: CopyRows, keyIndex: Uint8Array): void;
  written(records: CopyRows, values: RecordValues, record: WrittenRecord, hash: Buffer): void;
  /** Seals what was written since the last time, in one pass; its rows are not whole before. */
  sealWritten(records: CopyRows): void;
  /** Sets a raw record aside, sealed; `id` is its national id where that much could be read. Returns its fingerprint. */
  quarantined(notes: CopyRows, at: Position, raw: unknown, reason: string, field: string | null, id: string | null): Buffer;
}

export function rowWriters(plan: FieldPlan, keys: Keys): RowWriters {
  const sealKey = createSecretKey(keys.seal);
  const hashKey = createSecretKey(keys.hash);
  const indexOf = keyedIndexer(keys.index);
  const index = remembering(indexOf);
  const nameIndex = keyedIndexer(keys.name);
  const name = (text: string) => nameIndex(nameNormalForm(text));
  const sealer = new Sealer(sealKey);
  const places: number[] = [];
  const digestAt = digestPositions(plan);
  return {
    unchanged: (seen, keyIndex) => {
      seen.row(seenColumns.length);
      seen.bytes(keyIndex);
    },
    written: (records, values, record, hash) => {
      // A dataset's own ids are all different: remembering them would only cost.
      const id = values[plan.keyAt] as string;
      const keyIndex = indexOf(id);
      records.row(recordColumns.length);
      records.bytes(keyIndex);
      records.bytes(hash);
      records.jsonb(record.open());
      records.byteArray(
        digestAt.map(({ at, kind }) => {
          const value = values[at];
          if (typeof value !== 'string') return null;
          if (kind === 'name') return name(value);
          return value === id ? keyIndex : index(value);
        }),
      );
      places.push(records.reserve(sealer.add(record.sealed())));
    },
    sealWritten: (records) => {
      const into = records.take();
      sealer.finish((i) => ({ into, at: places[i] as number }));
      places.length = 0;
    },
    quarantined: (notes, at, raw, reason, field, id) => {
      const text = JSON.stringify(raw);
      const fingerprint = keyedHash(hashKey, text);
      noteHead(notes, at, noteState.quarantined, id === null ? null : indexOf(id), fingerprint);
      notes.bytes(seal(sealKey, text, fingerprint));
      notes.text(reason);
      notes.text(field);
      return fingerprint;
    },
  };
}

/** Notes that a record is left as it last was. */
export function noteKept(notes: CopyRows, keyIndex: Uint8Array): void {
  noteHead(notes, { page: 0, position: 0 }, noteState.kept, keyIndex, keyIndex);
  for (let i = 0; i < 3; i += 1) notes.null();
}

function noteHead(notes: CopyRows, at: Position, state: number, keyIndex: Uint8Array | null, hash: Uint8Array): void {
  notes.row(noteColumns.length);
  notes.int4(at.page);
  notes.int4(at.position);
  notes.int2(state);
  notes.bytes(keyIndex);
  notes.bytes(hash);
}

/** The columns of `digests`, in field order: keyed indexes of other ids, and names. The record's own key has a column of its own. */
export function digestPositions(plan: FieldPlan): { at: number; kind: 'index' | 'name' }[] {
  return [
    ...plan.indexAt.filter((at) => at !== plan.keyAt).map((at) => ({ at, kind: 'index' as const })),
    ...plan.nameAt.map((at) => ({ at, kind: 'name' as const })),
  ].sort((a, b) => a.at - b.at);
}

/** Keeps recent answers: agents and household heads repeat. Bounded; begins anew when full. */
function remembering(work: (text: string) => Uint8Array, limit = 10_000): (text: string) => Uint8Array {
  let known = new Map<string, Uint8Array>();
  return (text) => {
    const found = known.get(text);
    if (found) return found;
    if (known.size >= limit) known = new Map();
    const made = work(text);
    known.set(text, made);
    return made;
  };
}
