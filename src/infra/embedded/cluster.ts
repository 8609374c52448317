import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chmod, chown, mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { KopruError } from '../../core/errors';
import { readIfThere, writeFileAtomic } from '../folders';
import type { Place } from './place';
import { initdbArguments, serverEnvironment } from './settings';

const run = promisify(execFile);

const majorVersion = '18';

export const passwordFile = (folder: string): string => join(folder, 'secrets/postgres-password');

/** The password of this data folder's server: made once, before the cluster that it opens. */
async function ensurePassword(folder: string, clusterIsThere: boolean): Promise<string> {
  const path = passwordFile(folder);
  const known = (await readIfThere(path))?.trim();
  if (known) return known;
  if (clusterIsThere) {
    throw new KopruError('embedded-failed', `The embedded database's password file ${path} is missing.`, {
      hint: 'Restore it from a backup of the data folder.',
    });
  }
  const made = randomBytes(24).toString('base64url');
  await writeFileAtomic(path, `${made}\n`);
  return made;
}

/** A cluster that is whole: it is made aside and moved into place at the end, so an interrupted making leaves none. */
export async function ensureCluster(folder: string, place: Place): Promise<string> {
  const { cluster } = place;
  const password = await ensurePassword(folder, existsSync(cluster));
  if (!existsSync(cluster)) await makeCluster(place, password);
  const version = (await readIfThere(join(cluster, 'PG_VERSION')))?.trim();
  if (version !== majorVersion) {
    throw new KopruError('embedded-failed', `The database in ${cluster} is of PostgreSQL ${version ?? '(unknown)'}, not ${majorVersion}.`, {
      hint: `Carry it over with pg_upgrade or a dump, or set DATA_FOLDER to a new folder.`,
    });
  }
  return password;
}

async function makeCluster({ user, native, home, cluster }: Place, password: string): Promise<void> {
  for (const name of await readdir(home)) {
    if (name.startsWith('new-')) await rm(join(home, name), { recursive: true, force: true, maxRetries: 3 });
  }
  const aside = join(home, `new-${randomBytes(6).toString('hex')}`);
  const made = join(aside, 'cluster');
  const secret = join(aside, 'password');
  try {
    await mkdir(made, { recursive: true });
    await writeFile(secret, `${password}\n`, { mode: 0o600 });
    for (const path of [aside, made, secret]) {
      if (path !== secret) await chmod(path, 0o700);
      if (user.uid !== undefined && user.gid !== undefined) await chown(path, user.uid, user.gid);
    }
    await run(join(native, 'bin/initdb'), initdbArguments(made, secret), { ...user, cwd: '/', env: serverEnvironment });
    await rename(made, cluster);
  } catch (error) {
    throw new KopruError('embedded-failed', `The embedded database could not be made in ${home}.`, {
      hint: 'Look whether the disk is full; otherwise set DATABASE_URL to a PostgreSQL server.',
      cause: error,
    });
  } finally {
    await rm(aside, { recursive: true, force: true, maxRetries: 3 });
  }
}
