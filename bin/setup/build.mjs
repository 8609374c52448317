// `tsc`, when a source changed: the sources' names, sizes and times are compared, not their contents.
import { existsSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { runTool } from './run.mjs';
import { hashOf, readStamp, writeStamp } from './stamp.mjs';

// Tests are run from their sources by jest and checked by `npm run typecheck`.
const roots = ['src', 'jobs', 'bench'];

function filesUnder(folder, ending, found = []) {
  if (!existsSync(folder)) return found;
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) filesUnder(path, ending, found);
    else if (path.endsWith(ending) && !path.endsWith('.d.ts')) found.push(path);
  }
  return found;
}

const sources = (project) => roots.flatMap((name) => filesUnder(join(project, name), '.ts'));

const compiler = (project) =>
  hashOf(
    readFileSync(join(project, 'tsconfig.json')),
    readFileSync(join(project, 'tsconfig.build.json')),
    readFileSync(join(project, 'node_modules/typescript/package.json')),
  );

function wanted(project) {
  const listing = sources(project).map((path) => {
    const { size, mtimeMs } = statSync(path);
    return `${path} ${size} ${mtimeMs}`;
  });
  return hashOf(compiler(project), listing.sort().join('\n'));
}

const outputOf = (project, source) => join(project, 'dist', source.slice(project.length).replace(/\.ts$/, '.js'));

/** A deleted source's output would still be found by `require`. */
function removeOrphans(project, expected) {
  for (const name of roots) {
    for (const path of filesUnder(join(project, 'dist', name), '.js')) {
      if (expected.has(path)) continue;
      rmSync(path);
      rmSync(`${path}.map`, { force: true });
    }
  }
}

export function buildStep(project) {
  const stamp = join(project, 'dist/.setup/build');
  const compilerStamp = join(project, 'dist/.setup/compiler');
  return {
    isFresh: () => readStamp(stamp) === wanted(project),
    async run(noteChild) {
      const inputs = wanted(project);
      const expected = new Set(sources(project).map((source) => outputOf(project, source)));
      // The incremental record does not notice another configuration, an interrupted build or lost outputs.
      const trusted =
        readStamp(stamp) !== 'building' &&
        readStamp(compilerStamp) === compiler(project) &&
        [...expected].every((path) => existsSync(path));
      if (!trusted) rmSync(join(project, 'dist/.tsbuildinfo'), { force: true });
      writeStamp(stamp, 'building');
      writeStamp(compilerStamp, compiler(project));
      removeOrphans(project, expected);
      try {
        await runTool({
          label: 'Compiling',
          command: process.execPath,
          args: [join(project, 'node_modules/typescript/bin/tsc'), '-p', join(project, 'tsconfig.build.json')],
          cwd: project,
          env: {},
          failure: 'The sources do not compile; see above.',
          noteChild,
        });
      } catch (error) {
        writeStamp(stamp, 'failed');
        throw error;
      }
      writeStamp(stamp, inputs);
    },
  };
}
