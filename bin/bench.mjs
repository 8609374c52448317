#!/usr/bin/env node
// `npm run bench`: the set-up, then the measures.
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { root, setUpOrExit } from './setup.mjs';

await setUpOrExit();
const { main } = (await import(pathToFileURL(join(root, 'dist/bench/main.js')).href)).default;
process.exitCode = await main(process.argv.slice(2));
