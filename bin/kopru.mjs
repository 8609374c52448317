#!/usr/bin/env node
// The one way in: whatever set-up is missing is done first, then the command line runs in this process.
const [major, minor] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  console.error(`kopru: Node 20.19 or newer is needed, and this is ${process.versions.node}.`);
  process.exit(1);
}

const { setUpOrExit, root } = await import('./setup.mjs');
await setUpOrExit();

const { existsSync } = await import('node:fs');
const { join } = await import('node:path');
const { pathToFileURL } = await import('node:url');
const environment = join(root, '.env');
if (existsSync(environment)) process.loadEnvFile(environment);

const { main } = (await import(pathToFileURL(join(root, 'dist/src/main.js')).href)).default;
process.exitCode = await main(process.argv.slice(2));
