#!/usr/bin/env node
// `npm test`: the set-up, then jest with the given arguments. No .env is read: tests bring their own settings.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { root, setUpOrExit } from './setup.mjs';

await setUpOrExit();
const jest = spawn(process.execPath, [join(root, 'node_modules/jest/bin/jest.js'), ...process.argv.slice(2)], {
  cwd: root,
  stdio: 'inherit',
});
// Ctrl-C reaches jest by the terminal; this process waits for its end.
process.on('SIGINT', () => {});
process.on('SIGTERM', () => jest.kill('SIGTERM'));
jest.on('close', (code) => {
  process.exitCode = code ?? 1;
});
