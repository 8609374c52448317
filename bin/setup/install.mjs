// `npm ci`, when node_modules is missing or not what the lock file says.
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { hydrateServer } from './hydrate.mjs';
import { runTool } from './run.mjs';
import { hashOf, readStamp, writeStamp } from './stamp.mjs';

const json = (path) => {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return undefined;
  }
};

function wanted(project) {
  const { dependencies, devDependencies, optionalDependencies, overrides } = json(join(project, 'package.json'));
  return hashOf(
    readFileSync(join(project, 'package-lock.json')),
    JSON.stringify({ dependencies, devDependencies, optionalDependencies, overrides }),
    process.versions.node.split('.')[0],
    process.platform,
    process.arch,
  );
}

/** Whether someone's own finished `npm ci` or `npm install` already left exactly what the lock file says. */
function isInstalledByHand(project) {
  const there = json(join(project, 'node_modules/.package-lock.json'))?.packages;
  if (!there) return false;
  const { '': _root, ...locked } = json(join(project, 'package-lock.json')).packages;
  return Object.entries(locked).every(([path, entry]) => {
    if (!there[path]) return entry.optional === true;
    if (there[path].integrity !== entry.integrity) return false;
    return json(join(project, path, 'package.json'))?.version === entry.version;
  });
}

const quiet = ['--no-audit', '--no-fund', '--loglevel=error'];

/** The npm that runs us, where there is one: its cache and its settings are those the person chose. */
function npm() {
  const running = process.env.npm_execpath;
  if (running && basename(running) === 'npm-cli.js' && existsSync(running)) return { command: process.execPath, first: [running] };
  return { command: 'npm', first: [] };
}

export function installStep(project) {
  const stamp = join(project, 'node_modules/.kopru-stamp');
  const begun = join(project, 'dist/.setup/installing');
  return {
    isFresh: () => readStamp(stamp) === wanted(project),
    async run(noteChild) {
      rmSync(stamp, { force: true });
      if (existsSync(begun) || !isInstalledByHand(project)) {
        writeStamp(begun, '');
        const { command, first } = npm();
        await runTool({
          label: 'Installing packages',
          command,
          // The compiler is a development dependency and is needed here even under NODE_ENV=production.
          args: [...first, 'ci', '--ignore-scripts', '--include=dev', '--include=optional', '--prefer-offline', ...quiet],
          cwd: project,
          env: { npm_config_update_notifier: 'false' },
          failure: 'The packages could not be installed; see what npm said above, then start again.',
          noteChild,
        });
      }
      hydrateServer(project);
      writeStamp(stamp, wanted(project));
      rmSync(begun, { force: true });
    },
  };
}
