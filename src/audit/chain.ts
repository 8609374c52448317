import { createHash } from 'node:crypto';

/** What the first entry is chained to. */
export const beforeFirst = Buffer.alloc(32);

export const sha256 = (data: string | Buffer): Buffer => createHash('sha256').update(data).digest();

/** An entry's hash, as the SQL function audit_append makes it. `subjects` is the digest of the subjects, of nothing if there are none. */
export function entryHash(before: Buffer, { seq, body, subjects }: { seq: number; body: string; subjects: Buffer }): Buffer {
  const place = Buffer.alloc(8);
  place.writeBigInt64BE(BigInt(seq));
  return sha256(Buffer.concat([before, place, sha256(body), subjects]));
}
