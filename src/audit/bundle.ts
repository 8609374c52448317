import { copyFile, mkdir, open, readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Pool } from 'pg';
import { beforeFirst, sha256 } from './chain';
import { type Checkpoint, checkpointLine, type TrustedKeys } from './checkpoint';
import { hashOf, readEntries } from './read';
import { stamped, stampedBytes, type Timestamp } from './timestamps';

/** What a bundle holds. */
export interface Bundle {
  from: number;
  to: number;
  entries: number;
  checkpoints: number;
  /** Of those checkpoints so many are stamped by another party. */
  timestamps: number;
}

/**
 * Writes a part of the log as evidence into an empty folder: entries with their texts and hashes, of subjects the digest only,
 * the checkpoints that anchor them, with what others stamped of them, the public keys, and `script`, which verifies it all.
 */
export async function writeBundle(
  pool: Pick<Pool, 'query'>,
  folder: string,
  { from, to }: { from: number; to: number },
  given: { checkpoints: readonly Checkpoint[]; timestamps: readonly Timestamp[]; keys: TrustedKeys; script: string },
): Promise<Bundle> {
  const { checkpoints, timestamps, keys, script } = given;
  const within = checkpoints.filter(({ seq }) => seq >= from - 1 && seq <= to).sort((a, b) => a.seq - b.seq);
  const used = new Set(within.map(({ keyId }) => keyId));
  const pems = [...keys].filter(([id]) => used.has(id)).map(([, key]) => key.export({ type: 'spki', format: 'pem' }));
  await mkdir(folder, { recursive: true, mode: 0o700 });
  if ((await readdir(folder)).length > 0) throw Object.assign(new Error('not empty'), { code: 'ENOTEMPTY' });
  const at = (name: string) => path.join(folder, name);
  const entries = await writeEntries(pool, at('entries.ndjson'), from, to);
  await writeFile(at('checkpoints.ndjson'), within.map((checkpoint) => `${checkpointLine(checkpoint)}\n`).join(''), { mode: 0o600 });
  await writeFile(at('public-key.pem'), pems.join(''), { mode: 0o600 });
  const withTimestamp = stamped(within, timestamps);
  for (const { checkpoint, token } of withTimestamp) {
    await writeFile(at(`checkpoint-${checkpoint.seq}.json`), stampedBytes(checkpoint), { mode: 0o600 });
    await writeFile(at(`checkpoint-${checkpoint.seq}.tst`), token, { mode: 0o600 });
  }
  await copyFile(script, at('verify.mjs'));
  await writeFile(at('README.txt'), readme({ from, to, keyIds: [...used], stamped: withTimestamp.length > 0 }), { mode: 0o600 });
  return { from, to, entries, checkpoints: within.length, timestamps: withTimestamp.length };
}

async function writeEntries(pool: Pick<Pool, 'query'>, name: string, from: number, to: number): Promise<number> {
  const before = from === 1 ? beforeFirst : await hashOf(pool, from - 1);
  const file = await open(name, 'wx', 0o600);
  let count = 0;
  try {
    await file.write(`${JSON.stringify({ before: { seq: from - 1, hash: before?.toString('hex') ?? null } })}\n`);
    for await (const batch of readEntries(pool, from - 1, to)) {
      const lines = batch.map(({ seq, body, subjects, hash }) =>
        JSON.stringify({ seq, body, subjects: sha256(subjects ?? '').toString('hex'), hash: hash.toString('hex') }),
      );
      await file.write(`${lines.join('\n')}\n`);
      count += batch.length;
    }
    await file.sync();
  } finally {
    await file.close();
  }
  return count;
}

function readme({ from, to, keyIds, stamped }: { from: number; to: number; keyIds: string[]; stamped: boolean }): string {
  return `Köprü: denetim kaydı, ${from}–${to} numaralı girişler
Doğrulamak için bu klasörde: node verify.mjs
Betik yalnızca Node ister; ağa, veri tabanına ve başka bir dosyaya ihtiyaç duymaz.

Köprü: audit log, entries ${from} to ${to}
To verify it, in this folder: node verify.mjs
It needs Node alone: no network, no database, no other program. It exits with 1 and names the first entry that is bad.

entries.ndjson      one entry a line, after a line with the hash that the first one is chained to
checkpoints.ndjson  signed statements (Ed25519) of how far the log went, and of its hash
public-key.pem      the keys that signed them: ${keyIds.join(', ') || 'none'}
${stamped ? timestampLines : ''}verify.mjs          the script

A bundle proves what its key proves. Compare the key's id, which the script prints, with one that you got another way, or give the
script your own copies: node verify.mjs public-key.pem checkpoints.ndjson
${stamped ? timestampProof : ''}`;
}

const timestampLines = `checkpoint-N.json   a line of checkpoints.ndjson by itself: the checkpoint at entry N
checkpoint-N.tst    what a time-stamping authority signed about it (RFC 3161), so that nobody made it later
`;
const timestampProof = `
A timestamp is proven with the certificates of the authorities above the one that gave it, which you get from that one itself:
openssl ts -verify -data checkpoint-N.json -in checkpoint-N.tst -token_in -CAfile authorities.pem
`;
