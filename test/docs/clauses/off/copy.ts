import { execFile } from 'node:child_process';
import { chmodSync, cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { root } from '../../support/pages';
import { testOf, titled } from '../names';

const left = new Set(['node_modules', 'dist', 'data', '.git', 'coverage']);

export interface Outcome {
  passed: string[];
  failed: string[];
}

export interface ProjectCopy {
  /** Runs the named tests, and no others of their files, with a passage of a file exchanged, or with none. */
  run(named: readonly string[], change?: { file: string; off: readonly [string, string] }): Promise<Outcome>;
  remove(): void;
}

/** A copy of the project in which a passage may be exchanged; the installed libraries are the project's own. */
export function copyProject(): ProjectCopy {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'kopru-off-'));
  chmodSync(folder, 0o711);
  cpSync(root, folder, { recursive: true, filter: (from) => !left.has(path.relative(root, from).split(path.sep)[0] as string) });
  for (const name of ['node_modules', 'dist']) symlinkSync(path.join(root, name), path.join(folder, name));
  return {
    run: async (named, change) => {
      if (!change) return jestRun(folder, named, false);
      const file = path.join(folder, change.file);
      const source = readFileSync(file, 'utf8');
      writeFileSync(
        file,
        source.replace(change.off[0], () => change.off[1]),
      );
      try {
        // What a migration says, a server of its own is made of.
        return await jestRun(folder, named, change.file.startsWith('prisma/'));
      } finally {
        writeFileSync(file, source);
      }
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

function jestRun(folder: string, named: readonly string[], ownServer: boolean): Promise<Outcome> {
  const tests = named.map(testOf);
  const report = path.join(folder, 'outcome.json');
  rmSync(report, { force: true });
  const { JEST_WORKER_ID: _, SWITCH_OFF: __, ...env } = process.env;
  const words = [
    path.join(folder, 'node_modules/jest/bin/jest.js'),
    ...[
      '--json',
      '--silent',
      `--outputFile=${report}`,
      '--forceExit',
      '-t',
      tests.map(({ title }) => titled(title, false).source).join('|'),
    ],
    ...(ownServer ? [] : [`--globalSetup=${path.join(__dirname, 'noServer.cjs')}`]),
    ...['--runTestsByPath', ...new Set(tests.map(({ file }) => file))],
  ];
  return new Promise((resolve, reject) => {
    execFile(process.execPath, words, { cwd: folder, env, maxBuffer: 100_000_000 }, (_error, _out, err) => {
      try {
        const { testResults } = JSON.parse(readFileSync(report, 'utf8')) as {
          testResults: { assertionResults: { title: string; status: string }[] }[];
        };
        const all = testResults.flatMap((file) => file.assertionResults);
        const of = (status: string) => all.filter((one) => one.status === status).map(({ title }) => title);
        const outcome = { passed: of('passed'), failed: of('failed') };
        // Code that cannot be read proves nothing.
        if (outcome.passed.length + outcome.failed.length === 0) throw new Error('no test ran');
        resolve(outcome);
      } catch (cause) {
        reject(new Error(`jest gave no outcome:\n${err.slice(-2000)}`, { cause }));
      }
    });
  });
}
