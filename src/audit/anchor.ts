import { createPublicKey, type KeyObject } from 'node:crypto';
import { mkdir, open, readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Pool } from 'pg';
import { KopruError } from '../core/errors';
import { type Checkpoint, checkpointLine, keyIdOf, readCheckpoints } from './checkpoint';
import type { Anchors } from './verify';

const fileName = 'checkpoints.ndjson';
const keyName = /^public-[0-9a-f]{16}\.pem$/;

/** Whatever anchors the log: checkpoints in the database and those exported to the folder and to other files; keys from beside the files. */
export async function allAnchors(
  pool: Pick<Pool, 'query'>,
  folder: string,
  files: readonly string[] = [],
): Promise<Anchors & { exported: readonly Checkpoint[] }> {
  const keys = new Map<string, KeyObject>();
  for (const place of new Set([folder, ...files.map((file) => path.dirname(path.resolve(file)))]))
    for (const key of await keysIn(place)) keys.set(keyIdOf(key), key);
  const exported = readCheckpoints((await textOf(path.join(folder, fileName))) ?? '', fileName);
  const given: Checkpoint[] = [];
  for (const file of files) {
    const text = await textOf(file);
    if (text === undefined) throw new KopruError('usage', `There is no file ${file}.`);
    given.push(...readCheckpoints(text, file));
  }
  const { rows } = await pool.query('select line from audit_checkpoint order by seq');
  const kept = readCheckpoints(rows.map((row) => row.line).join('\n'), 'the table audit_checkpoint');
  const byLine = new Map([...exported, ...given, ...kept].map((one) => [checkpointLine(one), one]));
  return { checkpoints: [...byLine.values()], keys, exported };
}

/** Writes a checkpoint to the folder, where it counts, and then to the database. */
export async function keepCheckpoint(pool: Pick<Pool, 'query'>, folder: string, key: KeyObject, checkpoint: Checkpoint): Promise<void> {
  const line = checkpointLine(checkpoint);
  try {
    await mkdir(folder, { recursive: true });
    const pem = createPublicKey(key).export({ type: 'spki', format: 'pem' });
    await writeFile(path.join(folder, `public-${checkpoint.keyId}.pem`), pem);
    const file = await open(path.join(folder, fileName), 'a');
    try {
      await file.write(`${line}\n`);
      await file.sync();
    } finally {
      await file.close();
    }
  } catch (cause) {
    throw new KopruError('folder-unusable', `The checkpoint could not be written to ${folder}.`, {
      hint: 'Set AUDIT_CHECKPOINT_FOLDER to a folder this user may write.',
      cause,
    });
  }
  await pool.query('insert into audit_checkpoint (seq, key_id, at, line) values ($1, $2, $3, $4) on conflict do nothing', [
    checkpoint.seq,
    checkpoint.keyId,
    checkpoint.at,
    line,
  ]);
}

/** How far the newest checkpoint in the database goes, and when it was made. */
export async function newestCheckpoint(pool: Pick<Pool, 'query'>): Promise<{ seq: number; at: Date } | undefined> {
  const { rows } = await pool.query('select seq, at from audit_checkpoint order by seq desc limit 1');
  return rows[0] && { seq: Number(rows[0].seq), at: rows[0].at };
}

async function keysIn(folder: string): Promise<KeyObject[]> {
  const names = await readdir(folder).catch(() => []);
  const found: KeyObject[] = [];
  for (const name of names.filter((one) => keyName.test(one))) {
    try {
      found.push(createPublicKey(await readFile(path.join(folder, name))));
    } catch {
      throw new KopruError('key-missing', `The file ${path.join(folder, name)} holds no public key.`, {
        hint: 'Restore it: without it the checkpoints that it proves count for nothing.',
      });
    }
  }
  return found;
}

async function textOf(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new KopruError('folder-unusable', `The file ${file} cannot be read.`, { hint: 'Let this user read it.', cause });
  }
}
