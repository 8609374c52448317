import { execFileSync } from 'node:child_process';
import path from 'node:path';

const root = path.join(__dirname, '../../..');

/** What `look` gives for a module of the project in a process of its own, on a host with another locale or zone. It may use nothing from outside itself. */
export function onHost<M>(env: Record<string, string>, module: string, look: (module: M) => unknown): unknown {
  const program = `
    const { transformFileSync } = require('@swc/core');
    require.extensions['.ts'] = (m, file) =>
      m._compile(transformFileSync(file, { jsc: { parser: { syntax: 'typescript' }, target: 'es2022' }, module: { type: 'commonjs' } }).code, file);
    process.stdout.write(JSON.stringify((${look})(require(${JSON.stringify(path.join(root, module))}))));
  `;
  return JSON.parse(execFileSync(process.execPath, ['-e', program], { cwd: root, env: { ...process.env, ...env }, encoding: 'utf8' }));
}
