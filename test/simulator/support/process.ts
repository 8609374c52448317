import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { join } from 'node:path';

const root = join(__dirname, '../../..');

/** Runs the stand-in as a process, straight from its TypeScript, so that no build is needed. */
export function runMain(args: readonly string[], cwd: string): ChildProcessWithoutNullStreams {
  const loader = `
    const { transformFileSync } = require(${JSON.stringify(join(root, 'node_modules/@swc/core'))});
    const options = { jsc: { target: 'es2022', parser: { syntax: 'typescript' } }, module: { type: 'commonjs' } };
    require('module')._extensions['.ts'] = (module, file) => module._compile(transformFileSync(file, options).code, file);
    require(${JSON.stringify(join(root, 'src/simulator/main.ts'))});`;
  return spawn(process.execPath, ['-e', loader, '--', ...args], { cwd });
}

/** The first line that a process prints; rejects with its complaint if it ends before. */
export function firstLine(child: ChildProcessWithoutNullStreams): Promise<string> {
  return new Promise((resolve, reject) => {
    let out = '';
    let complaint = '';
    child.stderr.on('data', (data) => {
      complaint += data;
    });
    child.stdout.on('data', (data) => {
      out += data;
      if (out.includes('\n')) resolve(out.slice(0, out.indexOf('\n')));
    });
    child.once('close', () => reject(new Error(complaint)));
  });
}

/** How a process ended: its code, or the signal that killed it. */
export function ended(child: ChildProcessWithoutNullStreams): Promise<number | NodeJS.Signals | null> {
  return new Promise((resolve) => child.once('close', (code, signal) => resolve(code ?? signal)));
}
