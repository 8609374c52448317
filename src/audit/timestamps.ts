import { open, readFile } from 'node:fs/promises';
import path from 'node:path';
import { KopruError } from '../core/errors';
import { sha256 } from './chain';
import { type Checkpoint, checkpointLine } from './checkpoint';

const fileName = 'timestamps.ndjson';

/** What another party, a time-stamping authority (RFC 3161), signed about a checkpoint. */
export interface Timestamp {
  /** The SHA-256 of the checkpoint's line, without its end; hexadecimal. */
  about: string;
  /** The time-stamp token, DER. */
  token: Buffer;
}

/** What of a checkpoint is stamped. */
export const stampedBytes = (checkpoint: Checkpoint): Buffer => Buffer.from(checkpointLine(checkpoint));

/** The timestamps that lie beside exported checkpoints. @throws KopruError `audit-broken` naming the line that is none */
export async function timestampsIn(folder: string): Promise<Timestamp[]> {
  const file = path.join(folder, fileName);
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw new KopruError('folder-unusable', `The file ${file} cannot be read.`, { hint: 'Let this user read it.', cause });
  }
  return text.split('\n').flatMap((line, i) => {
    if (line.trim() === '') return [];
    const { about, token } = parsed(line);
    if (typeof about === 'string' && typeof token === 'string') return [{ about, token: Buffer.from(token, 'base64') }];
    throw new KopruError('audit-broken', `Line ${i + 1} of ${file} is no timestamp.`, {
      hint: 'Take an older copy of it, and find out who could write to it.',
    });
  });
}

export async function keepTimestamp(folder: string, { about, token }: Timestamp): Promise<void> {
  const file = await open(path.join(folder, fileName), 'a').catch((cause) => {
    throw new KopruError('folder-unusable', `The timestamp could not be written to ${folder}.`, {
      hint: 'Set AUDIT_CHECKPOINT_FOLDER to a folder this user may write.',
      cause,
    });
  });
  try {
    await file.write(`${JSON.stringify({ about, token: token.toString('base64') })}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Each checkpoint that has a timestamp, with it. */
export function stamped(checkpoints: readonly Checkpoint[], timestamps: readonly Timestamp[]): { checkpoint: Checkpoint; token: Buffer }[] {
  const tokens = new Map(timestamps.map(({ about, token }) => [about, token]));
  return checkpoints.flatMap((checkpoint) => {
    const token = tokens.get(aboutOf(checkpoint));
    return token ? [{ checkpoint, token }] : [];
  });
}

export const aboutOf = (checkpoint: Checkpoint): string => sha256(stampedBytes(checkpoint)).toString('hex');

function parsed(line: string): { about?: unknown; token?: unknown } {
  try {
    return Object(JSON.parse(line));
  } catch {
    return {};
  }
}
