import { randomBytes } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, statSync } from 'node:fs';
import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { KopruError } from '../../core/errors';

/** The data folder's parts. Secrets and logs are closed to others; the way to the database's files must stay passable. */
export interface DataFolder {
  readonly root: string;
  readonly secrets: string;
  readonly logs: string;
}

export const codeOf = (error: unknown): string | undefined => (error as NodeJS.ErrnoException).code;

const folderErrors = new Set(['EACCES', 'EPERM', 'EROFS', 'ENOSPC', 'ENOTDIR', 'EEXIST', 'EDQUOT', 'ENAMETOOLONG', 'ELOOP', 'ENOENT']);

/** A file system's refusal as one sentence; anything else stays what it is. */
export function asFolderError(folder: string, error: unknown): unknown {
  const code = codeOf(error);
  if (error instanceof KopruError || code === undefined || !folderErrors.has(code)) return error;
  return new KopruError('folder-unusable', `The folder ${folder} cannot be used (${code}).`, {
    hint: 'Set DATA_FOLDER to a folder this user may write, or change its owner.',
    cause: error,
  });
}

/** The folder with package.json, from the sources as from dist. */
export function projectRoot(from = __dirname): string {
  for (let folder = from; ; folder = dirname(folder)) {
    if (existsSync(join(folder, 'package.json')) && existsSync(join(folder, 'package-lock.json'))) return folder;
    if (folder === dirname(folder)) throw new Error('The project folder was not found.');
  }
}

/** Like `mkdir -p`, which Node's own never ends on where the system answers a mkdir with "no such file" (/proc). */
export function ensureFolder(path: string, mode = 0o755): void {
  try {
    mkdirSync(path);
  } catch (error) {
    if (codeOf(error) === 'EEXIST' && statSync(path).isDirectory()) return;
    if (codeOf(error) !== 'ENOENT' || existsSync(dirname(path))) throw error;
    ensureFolder(dirname(path));
    return ensureFolder(path, mode);
  }
  // The umask may have taken bits away, and only a folder made here is ours to open or close.
  chmodSync(path, mode);
}

/** Creates what is missing and proves that it can be written. */
export async function openDataFolder(folder: string): Promise<DataFolder> {
  const root = resolve(folder);
  const parts = { root, secrets: join(root, 'secrets'), logs: join(root, 'logs') };
  try {
    ensureFolder(root, 0o711);
    ensureFolder(parts.secrets, 0o700);
    ensureFolder(parts.logs, 0o700);
    for (const part of Object.values(parts)) {
      const probe = join(part, `.probe-${randomBytes(6).toString('hex')}`);
      await writeFile(probe, '');
      await rm(probe);
    }
  } catch (error) {
    throw asFolderError(root, error);
  }
  return parts;
}

/** The whole new content or the whole old one, whenever the process ends. */
export async function writeFileAtomic(path: string, content: string | Uint8Array, mode = 0o600): Promise<void> {
  const next = `${path}.${randomBytes(6).toString('hex')}`;
  try {
    await writeFile(next, content, { mode, flush: true });
    await rename(next, path);
  } catch (error) {
    await rm(next, { force: true });
    throw error;
  }
}

export async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}
