import { createHash, randomBytes } from 'node:crypto';
import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { addAbortSignal } from 'node:stream';
import { KopruError } from '../../core/errors';
import { type ExportFormat, exportNames } from '../exported';
import { interruptible } from './stopSignal';

/** That a file is whole. */
export interface Proof {
  records: number;
  /** Of the file's bytes, hex. */
  sha256: string;
}

/**
 * Passes an export on as it comes, and holds what came against what the API says at its end.
 * @throws KopruError `export-incomplete`
 */
export async function throughWhole(answer: IncomingMessage, format: ExportFormat, pass: (part: Buffer) => Promise<void>): Promise<Proof> {
  const hash = createHash('sha256');
  const records = recordCounter(format);
  for await (const part of unbroken(answer)) {
    hash.update(part);
    records.take(part);
    await pass(part);
  }
  const proof = { records: records.count(), sha256: hash.digest('hex') };
  const { [exportNames.records.toLowerCase()]: count, [exportNames.sha256.toLowerCase()]: sha256 } = answer.trailers;
  if (count === undefined || sha256 === undefined)
    throw incomplete('The export ended without its record count and SHA-256, so nobody can tell that it is whole.');
  if (count !== String(proof.records) || sha256 !== proof.sha256)
    throw incomplete('The export that arrived is not the one that the API sent: its record count or SHA-256 differs.');
  return proof;
}

/** Writes an export and its manifest, both for their owner alone. Neither has its name before both are whole. */
export async function writeWhole<M extends object>(
  answer: IncomingMessage,
  format: ExportFormat,
  file: string,
  manifestOf: (proof: Proof) => M,
): Promise<M> {
  const mark = `${randomBytes(6).toString('hex')}.part`;
  const [part, manifestPart, manifestFile] = [`${file}.${mark}`, `${file}.manifest.json.${mark}`, `${file}.manifest.json`];
  try {
    const proof = await written(part, (handle) =>
      interruptible((signal) => throughWhole(addAbortSignal(signal, answer), format, (bytes) => handle.writeFile(bytes))),
    );
    const manifest = manifestOf(proof);
    await written(manifestPart, (handle) => handle.writeFile(`${JSON.stringify(manifest, null, 2)}\n`));
    // The manifest first: a file that is there has its proof beside it.
    await rename(manifestPart, manifestFile);
    await rename(part, file).catch(async (error) => {
      await rm(manifestFile, { force: true });
      throw error;
    });
    return manifest;
  } catch (error) {
    answer.destroy();
    throw toldAs(error, file);
  } finally {
    await Promise.all([part, manifestPart].map((name) => rm(name, { force: true })));
  }
}

/** Makes a new file for its owner alone; what was written lies on the disk when this returns. */
async function written<T>(name: string, write: (handle: FileHandle) => Promise<T>): Promise<T> {
  const handle = await open(name, 'wx', 0o600);
  try {
    const done = await write(handle);
    await handle.sync();
    return done;
  } finally {
    await handle.close();
  }
}

async function* unbroken(parts: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  try {
    yield* parts;
  } catch (error) {
    throw incomplete(`The export ${(error as Error).name === 'AbortError' ? 'was stopped' : 'broke off'} before its end.`);
  }
}

/** Counts the lines outside of quotes; those of a CSV begin with a heading. */
function recordCounter(format: ExportFormat): { take(part: Buffer): void; count(): number } {
  const [quote, newline] = [0x22, 0x0a];
  const isCsv = format === 'csv';
  let lines = 0;
  let quoted = false;
  return {
    take: (part) => {
      for (const byte of part) {
        if (isCsv && byte === quote) quoted = !quoted;
        else if (byte === newline && !quoted) lines += 1;
      }
    },
    count: () => (isCsv ? lines - 1 : lines),
  };
}

function incomplete(message: string): KopruError {
  return new KopruError('export-incomplete', message, { hint: 'Ask again; what came is not to be used.' });
}

function toldAs(error: unknown, file: string): unknown {
  if (error instanceof KopruError) return error;
  const { code, errno } = error as NodeJS.ErrnoException;
  if (errno === undefined) return error;
  return new KopruError('folder-unusable', `${file} cannot be written (${code}).`, { hint: 'Name another file with --out.', cause: error });
}
