import { spawn } from 'node:child_process';
import { chmodSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../../src/infra/folders';
import { createOnce } from '../../src/infra/folders/createOnce';
import { operatorToken } from '../../src/infra/folders/operatorToken';
import { scratch } from './support/server';

const { folder, tidy } = scratch();
afterEach(tidy);

/** The token that another process finds or makes, straight from the TypeScript. */
function inAnotherProcess(data: string): Promise<string> {
  const root = projectRoot();
  const program = `
    const { transformFileSync } = require(${JSON.stringify(join(root, 'node_modules/@swc/core'))});
    const options = { jsc: { target: 'es2022', parser: { syntax: 'typescript' } }, module: { type: 'commonjs' } };
    require('module')._extensions['.ts'] = (module, file) => module._compile(transformFileSync(file, options).code, file);
    const { operatorToken } = require(${JSON.stringify(join(root, 'src/infra/folders/operatorToken.ts'))});
    process.stdin.once('data', () => { console.log(operatorToken(${JSON.stringify(data)})); process.exit(); });
    process.stderr.write('loaded');`;
  const child = spawn(process.execPath, ['-e', program]);
  return new Promise((resolve, reject) => {
    let out = '';
    child.stdout.on('data', (part) => {
      out += part;
    });
    // All of them begin when the last one is there, as near to each other as can be.
    child.stderr.once('data', () => setTimeout(() => child.stdin.write('go'), 300));
    child.once('error', reject);
    child.once('close', () => resolve(out.trim()));
  });
}

test('is made once, for its owner alone, and kept', () => {
  const data = join(folder(), 'data');
  const token = operatorToken(data);
  expect(token).toMatch(/^[\w-]{43}$/);
  expect(Buffer.from(token, 'base64url')).toHaveLength(32);
  expect(operatorToken(data)).toBe(token);
  expect(statSync(join(data, 'secrets/operator.token')).mode & 0o777).toBe(0o600);
  expect(statSync(join(data, 'secrets')).mode & 0o777).toBe(0o700);
  expect(readdirSync(join(data, 'secrets'))).toEqual(['operator.token']);
  expect(operatorToken(join(folder(), 'data'))).not.toBe(token);
});

test('processes that start at once agree on one', async () => {
  const data = folder();
  const tokens = await Promise.all(Array.from({ length: 4 }, () => inAnotherProcess(data)));
  expect(new Set(tokens)).toEqual(new Set([operatorToken(data)]));
  expect(readdirSync(join(data, 'secrets'))).toEqual(['operator.token']);
});

test('of two makers the first one’s file stays, whole', () => {
  const file = join(folder(), 'secret');
  createOnce(file, 'first\n');
  createOnce(file, 'second\n');
  expect(readFileSync(file, 'utf8')).toBe('first\n');
});

test('a file that holds no token is told of, and not taken', () => {
  const data = folder();
  mkdirSync(join(data, 'secrets'));
  for (const content of ['', '\n', 'short', `${'x'.repeat(43)} y`, `${'x'.repeat(42)}=`]) {
    writeFileSync(join(data, 'secrets/operator.token'), content);
    expect(() => operatorToken(data)).toThrow(
      expect.objectContaining({ code: 'settings-invalid', hint: expect.stringContaining('Remove') }),
    );
  }
});

test('a place that cannot hold it is one sentence', () => {
  const data = folder();
  writeFileSync(join(data, 'secrets'), '');
  chmodSync(join(data, 'secrets'), 0o600);
  expect(() => operatorToken(data)).toThrow(expect.objectContaining({ code: 'folder-unusable' }));
});
