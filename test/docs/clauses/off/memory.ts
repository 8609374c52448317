import { readFileSync } from 'node:fs';
import path from 'node:path';
import { transformSync } from '@swc/core';
import { root } from '../../support/pages';
import { titled } from '../names';

type Run = () => unknown;

/** Test files that need nothing but the code: no database, no socket, no file that is written. */
export const pureTests: readonly string[] = [
  'test/access/derived.test.ts',
  'test/access/duties.test.ts',
  'test/access/matrix.test.ts',
  'test/access/party.test.ts',
  'test/access/people/person.test.ts',
  'test/access/institutions/addresses.test.ts',
  'test/agreements/life.test.ts',
];

/** Loaded once: they are the same whatever is exchanged. */
const libraries = Object.fromEntries(['zod', 'yaml', 'fast-check', 'ipaddr.js'].map((name) => [name, jest.requireActual(name) as unknown]));

/** The code of a file with one passage exchanged, as a module. */
function changedModule(file: string, [find, put]: readonly [string, string]): unknown {
  const source = readFileSync(file, 'utf8').replace(find, () => put);
  const { code } = transformSync(source, {
    jsc: { parser: { syntax: 'typescript', decorators: true }, target: 'es2022' },
    module: { type: 'commonjs' },
    filename: file,
  });
  const made = { exports: {} };
  const needed = (name: string) => jest.requireActual(name.startsWith('.') ? path.join(path.dirname(file), name) : name);
  new Function('require', 'module', 'exports', code)(needed, made, made.exports);
  return made.exports;
}

function written(title: string, row: readonly unknown[]): string {
  let next = 0;
  return title.replace(/%([sijp])/g, (_, kind) => {
    const value = row[next++];
    return kind === 's' || kind === 'i' ? String(value) : (JSON.stringify(value) ?? 'undefined');
  });
}

/** The tests of a file by their titles, against the code with a passage of one file exchanged. They are not run. */
function testsOf(testFile: string, change?: { file: string; off: readonly [string, string] }): Map<string, Run> {
  const found = new Map<string, Run>();
  const test = Object.assign((title: string, run: Run) => void found.set(title, run), {
    each: (rows: readonly unknown[]) => (title: string, run: (...row: unknown[]) => unknown) => {
      for (const one of rows) {
        const row = Array.isArray(one) ? one : [one];
        found.set(written(title, row), () => run(...row));
      }
    },
  });
  const own = { test: globalThis.test, describe: globalThis.describe };
  const changed = change && path.join(root, change.file);
  Object.assign(globalThis, { test, describe: (_title: string, more: () => void) => more() });
  try {
    jest.isolateModules(() => {
      for (const [name, library] of Object.entries(libraries)) jest.doMock(name, () => library);
      if (changed) jest.doMock(changed, () => changedModule(changed, change.off));
      jest.requireActual(path.join(root, testFile));
    });
  } finally {
    Object.assign(globalThis, own);
    if (changed) jest.dontMock(changed);
  }
  return found;
}

/** Which of the named tests fail against the changed code; the first one will do. @throws if there is none of a title */
export async function failing(
  testFile: string,
  titles: readonly string[],
  change?: { file: string; off: readonly [string, string] },
): Promise<string[]> {
  const tests = testsOf(testFile, change);
  for (const title of titles) {
    const runs = [...tests].filter(([one]) => titled(title).test(one));
    if (runs.length === 0) throw new Error(`${testFile} has no test "${title}"`);
    for (const [one, run] of runs) {
      try {
        await run();
      } catch {
        return [one];
      }
    }
  }
  return [];
}
