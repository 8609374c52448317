import { type FieldPlan, fieldPlan } from '../agreements/fields';
import type { Dataset } from '../agreements/language';
import type { FieldValue } from '../core/record';
import { keyedHasher } from '../core/sealing';
import { CopyRows } from '../infra/copy';
import { type AnswerPlan, openPage } from '../sources/answer';
import { compileMapping } from '../sources/answer/mapping';
import { watchUnknown } from '../sources/answer/unknown';
import type { SourceConfig } from '../sources/configure/config';
import type { Envelope, RawPage } from '../sources/page';
import { type KnownRecords, knownReader } from './known';
import { type Position, rowWriters } from './rows';
import { emptyStats, type PageStats } from './stats';
import { Rejected, type ValueReader, valueReader } from './values';
import { recordWriter } from './writing';

/** All that a thread needs to read a dataset's pages. Keys are raw bytes, so that the whole can cross to a thread. */
export interface IntakeContext {
  dataset: string;
  definition: Dataset;
  answer: AnswerPlan;
  fields: SourceConfig['fields'];
  keys: Record<'seal' | 'hash' | 'index' | 'name', Uint8Array>;
  known: KnownRecords;
}

/** One page, checked and ready for staging. */
export interface ReadPage {
  envelope: Envelope;
  /** Notes, keys of unchanged records, and new records, in PostgreSQL's binary COPY form. */
  notes: Uint8Array;
  seen: Uint8Array;
  written: Uint8Array;
  stats: PageStats;
  /** Gives shared memory back, once the rows were sent on. */
  release?: () => void;
}

export interface PageToRead extends RawPage {
  number: number;
  /** A query's answer does not repeat the id that was asked for. */
  askedId?: string;
  /** Memory to write the rows into, shared with whoever sends them on. */
  memory?: RowMemory;
}

export interface RowMemory {
  notes: SharedArrayBuffer;
  seen: SharedArrayBuffer;
  written: SharedArrayBuffer;
}

/** A record as the source gave it, and the id it was asked by where the record does not say. */
export interface GivenRecord {
  record: unknown;
  asked?: string;
}

export interface PageReader {
  /** Opens and reads one answer of the source. */
  page(page: PageToRead): ReadPage;
  /** Reads records that are at hand already, such as replayed ones. */
  records(given: readonly GivenRecord[], number: number, memory?: RowMemory): Omit<ReadPage, 'envelope'>;
}

/** Prepares the reading of a dataset's pages: decode, map, check, recognise what is unchanged, seal the rest. Pure but for random ivs. */
export function pageReader(context: IntakeContext): PageReader {
  const plan = fieldPlan(context.definition);
  const hashed = keyedHasher(context.keys.hash);
  const row = rowWriters(plan, context.keys);
  const write = recordWriter(plan);
  const find = knownReader(context.known);
  const check = recordChecker(context, plan);
  const unknown = watchUnknown(context.fields);

  const readOne = (given: GivenRecord, { notes, seen, written }: Rows, at: Position, stats: PageStats) => {
    const checked = check(given, stats);
    if ('reason' in checked) {
      stats.quarantined += 1;
      addToSum(stats, row.quarantined(notes, at, given, checked.reason, checked.field, checked.id));
      return;
    }
    const record = write(checked.values);
    const hash = hashed(record.canonical);
    addToSum(stats, hash);
    const keyIndex = find(hash);
    if (keyIndex) {
      stats.unchanged += 1;
      row.unchanged(seen, keyIndex);
    } else {
      row.written(written, checked.values, record, hash);
    }
  };

  const records = (given: readonly GivenRecord[], number: number, memory?: RowMemory) => {
    // Without shared memory of its own memory each, so that both can change hands.
    const rows = {
      notes: new CopyRows(memory?.notes ?? 1 << 13),
      seen: new CopyRows(memory?.seen ?? 1 << 15),
      written: new CopyRows(memory?.written ?? Math.max(1 << 16, given.length * 512)),
    };
    const stats = emptyStats(plan.names.length);
    stats.records = given.length;
    given.forEach((one, position) => {
      stats.unknown.count += unknown.see(one.record);
      readOne(one, rows, { page: number, position }, stats);
    });
    row.sealWritten(rows.written);
    stats.unknown.names = unknown.names();
    return { notes: rows.notes.take(), seen: rows.seen.take(), written: rows.written.take(), stats };
  };

  return {
    page: (page) => {
      const opened = openPage(page, context.answer);
      const { askedId: asked } = page;
      const given = opened.records.map((record) => (asked === undefined ? { record } : { record, asked }));
      return { envelope: opened.envelope, ...records(given, page.number, page.memory) };
    },
    records,
  };
}

interface Rows {
  notes: CopyRows;
  seen: CopyRows;
  written: CopyRows;
}

type Checked = { values: FieldValue[] } | { reason: string; field: string | null; id: string | null };

/** Maps and checks one record; counts per field what is missing and what cannot stand there. */
export function recordChecker(context: Pick<IntakeContext, 'fields'>, plan: FieldPlan): (given: GivenRecord, stats: PageStats) => Checked {
  const mapping = compileMapping(context.fields, plan);
  const readers: ValueReader[] = plan.fields.map((field, i) => valueReader(field, mapping.formats[i]));
  return ({ record, asked }, stats) => {
    const values = mapping.map(record);
    if (!values) return { reason: 'not-an-object', field: null, id: null };
    if (asked !== undefined) values[plan.keyAt] = asked;
    let reason: string | undefined;
    let field: string | null = null;
    for (let i = 0; i < values.length; i += 1) {
      const value = (readers[i] as ValueReader)(values[i]);
      values[i] = value;
      if (value === null) {
        stats.missing[i] = (stats.missing[i] as number) + 1;
      } else if (value instanceof Rejected) {
        const counts = value.problem === 'required-missing' ? stats.missing : stats.wrong;
        counts[i] = (counts[i] as number) + 1;
        reason ??= value.problem;
        field ??= plan.names[i] as string;
      }
    }
    if (!reason) return { values: values as FieldValue[] };
    const id = values[plan.keyAt];
    return { reason, field, id: typeof id === 'string' ? id : null };
  };
}

function addToSum(stats: PageStats, hash: Buffer): void {
  for (let i = 0; i < 4; i += 1) stats.sum[i] = ((stats.sum[i] as number) + hash.readUInt32LE(i * 4)) >>> 0;
}
