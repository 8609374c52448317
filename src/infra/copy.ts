import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { PoolClient } from 'pg';
import { from, to } from 'pg-copy-streams';

const header = Buffer.concat([Buffer.from('PGCOPY\n\xff\r\n\0', 'latin1'), Buffer.alloc(8)]);
const trailer = Buffer.from([0xff, 0xff]);

/** Sends rows, already written in PostgreSQL's binary COPY form, into a table. */
export async function copyIn(client: PoolClient, target: string, rows: readonly Uint8Array[]): Promise<void> {
  if (rows.every((part) => part.length === 0)) return;
  const stream = client.query(from(`copy ${target} from stdin (format binary)`));
  await pipeline(Readable.from([header, ...rows, trailer]), stream);
}

/** Streams a query whose columns are all non-null bytea as arrays of byte columns, in batches as they arrive. */
export async function* copyOutBytes(client: PoolClient, query: string, columns: number): AsyncGenerator<Buffer[]> {
  const stream = client.query(to(`copy (${query}) to stdout (format binary)`));
  let rest: Buffer = Buffer.alloc(0);
  let begun = false;
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    let at = begun ? 0 : header.length;
    if (!begun && rest.length < header.length) continue;
    begun = true;
    for (;;) {
      const row = readRow(rest, at, columns);
      if (!row) break;
      at = row.end;
      yield row.values;
    }
    rest = rest.subarray(at);
  }
}

function readRow(bytes: Buffer, start: number, columns: number): { values: Buffer[]; end: number } | undefined {
  if (bytes.length < start + 2 || bytes.readInt16BE(start) < 0) return undefined;
  let at = start + 2;
  const values: Buffer[] = [];
  for (let i = 0; i < columns; i += 1) {
    if (bytes.length < at + 4) return undefined;
    const length = bytes.readInt32BE(at);
    at += 4;
    if (bytes.length < at + length) return undefined;
    values.push(bytes.subarray(at, at + length));
    at += length;
  }
  return { values, end: at };
}

/** Writes rows in PostgreSQL's binary COPY form into one growing buffer. */
export class CopyRows {
  private buffer: Buffer;
  private at = 0;

  /** Writes into the given memory while it suffices, else into memory of its own. */
  constructor(memory: SharedArrayBuffer | number) {
    this.buffer = typeof memory === 'number' ? Buffer.allocUnsafe(memory) : Buffer.from(memory);
  }

  private room(bytes: number): void {
    if (this.at + bytes <= this.buffer.length) return;
    const bigger = Buffer.allocUnsafe(Math.max(this.buffer.length * 2, this.at + bytes));
    this.buffer.copy(bigger, 0, 0, this.at);
    this.buffer = bigger;
  }

  row(columns: number): void {
    this.room(2);
    this.at = this.buffer.writeInt16BE(columns, this.at);
  }

  null(): void {
    this.room(4);
    this.at = this.buffer.writeInt32BE(-1, this.at);
  }

  int4(value: number): void {
    this.room(8);
    this.at = this.buffer.writeInt32BE(4, this.at);
    this.at = this.buffer.writeInt32BE(value, this.at);
  }

  int2(value: number): void {
    this.room(6);
    this.at = this.buffer.writeInt32BE(2, this.at);
    this.at = this.buffer.writeInt16BE(value, this.at);
  }

  bytes(value: Uint8Array | null): void {
    if (value === null) return this.null();
    this.room(4 + value.length);
    this.at = this.buffer.writeInt32BE(value.length, this.at);
    this.buffer.set(value, this.at);
    this.at += value.length;
  }

  /** A bytea of this length whose bytes are written later, into what `take` returns, from the offset that is returned here. */
  reserve(length: number): number {
    this.room(4 + length);
    this.at = this.buffer.writeInt32BE(length, this.at);
    this.at += length;
    return this.at - length;
  }

  text(value: string | null): void {
    if (value === null) return this.null();
    this.room(4 + value.length * 3);
    const length = this.buffer.write(value, this.at + 4, 'utf8');
    this.buffer.writeInt32BE(length, this.at);
    this.at += 4 + length;
  }

  jsonb(value: string | null): void {
    if (value === null) return this.null();
    this.room(5 + value.length * 3);
    const length = this.buffer.write(value, this.at + 5, 'utf8') + 1;
    this.buffer.writeInt32BE(length, this.at);
    this.buffer[this.at + 4] = 1; // the version byte of jsonb's binary form
    this.at += 4 + length;
  }

  /** A one-dimensional array of bytea, in which elements may be null. */
  byteArray(values: readonly (Uint8Array | null)[]): void {
    const size = 20 + values.reduce((sum, v) => sum + 4 + (v?.length ?? 0), 0);
    this.room(4 + size);
    const numbers = values.length === 0 ? [12, 0, 0, byteaType] : [size, 1, values.includes(null) ? 1 : 0, byteaType, values.length, 1];
    for (const n of numbers) this.at = this.buffer.writeInt32BE(n, this.at);
    for (const value of values) this.bytes(value);
  }

  /** The bytes so far, as a view of their own memory. */
  take(): Buffer {
    return this.buffer.subarray(0, this.at);
  }
}

/** The type number of bytea in every PostgreSQL. */
const byteaType = 17;
