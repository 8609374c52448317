#!/usr/bin/env node
// Adds to package-lock.json the optional packages of other platforms that the registry at hand does not serve.
// Without them `npm ci` calls the lock file incomplete, on any machine. Run it after `npm install`; a test runs it with --check.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './setup.mjs';

const systems = { windows: 'win32' };
const knownSystems = ['aix', 'android', 'darwin', 'freebsd', 'linux', 'netbsd', 'openbsd', 'openharmony', 'sunos', 'win32', 'windows'];
const knownProcessors = ['arm64', 'arm', 'ia32', 'loong64', 'mips64el', 'ppc64', 'riscv64', 's390x', 'wasm32', 'x64'];

/** Whether Node would find the package from the one at `from`: beside it or beside any that contains it. */
function isLocked(packages, from, name) {
  for (let base = from; base; base = base.slice(0, Math.max(0, base.lastIndexOf('/node_modules/')))) {
    if (packages[`${base}/node_modules/${name}`]) return true;
  }
  return packages[`node_modules/${name}`] !== undefined;
}

function missing(packages) {
  return Object.entries(packages).flatMap(([path, entry]) =>
    Object.entries(entry.optionalDependencies ?? {})
      .filter(([name]) => !isLocked(packages, path, name))
      .map(([name, version]) => ({ name, version: version.replace(/^[\^~]/, ''), dev: entry.dev })),
  );
}

function entryFor({ name, version, dev }) {
  const words = name.split(/[/-]/);
  const system = knownSystems.find((word) => words.includes(word));
  const processor = knownProcessors.find((word) => words.includes(word)) ?? (/eabi/.test(name) ? 'arm' : undefined);
  const library = /musl/.test(name) ? 'musl' : /-gnu/.test(name) ? 'glibc' : undefined;
  return {
    version,
    ...(processor && { cpu: [processor] }),
    ...(dev && { dev }),
    ...(library && { libc: [library] }),
    optional: true,
    ...(system && { os: [systems[system] ?? system] }),
  };
}

const path = join(root, 'package-lock.json');
const lock = JSON.parse(readFileSync(path, 'utf8'));
const absent = missing(lock.packages);
if (absent.length === 0) {
  console.error('The lock file is complete.');
} else if (process.argv.includes('--check')) {
  console.error(`The lock file lacks ${absent.map(({ name }) => name).join(', ')}: run node bin/complete-lock.mjs.`);
  process.exitCode = 1;
} else {
  for (const one of absent) lock.packages[`node_modules/${one.name}`] = entryFor(one);
  lock.packages = Object.fromEntries(Object.entries(lock.packages).sort(([one], [other]) => one.localeCompare(other, 'en')));
  writeFileSync(path, `${JSON.stringify(lock, null, 2)}\n`);
  console.error(`Added ${absent.map(({ name }) => name).join(', ')}.`);
}
