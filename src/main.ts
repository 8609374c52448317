import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { openApp } from './app/app';
import { demoCredentials } from './app/demoCredentials';
import { standInControl, standInFiles, startStandIns, steerStandIns } from './app/standIns';
import { systemClock } from './core/clock';
import { KopruError } from './core/errors';
import { openDataFolder } from './infra/folders';
import { claimInstance, instanceRuns } from './infra/folders/claim';
import { readSettings, type Settings } from './infra/settings';
import type { CliDeps } from './surfaces/cli/deps';
import { runCli } from './surfaces/cli/program';

/** The process's entry: the command line with the real parts. Returns the exit code. */
export function main(argv: readonly string[]): Promise<number> {
  let settings: Settings | undefined;
  const read = () => {
    settings ??= readSettings(process.env);
    return settings;
  };
  const deps: CliDeps = {
    settings: read,
    openApp,
    tls,
    certificates: {
      makeAuthority: async (folder) => (await import('./infra/tls/clients.js')).makeClientAuthority(folder, systemClock()),
      issue: async (wish) => (await import('./infra/tls/clients.js')).issueClientFiles(wish, systemClock()),
      read: async (file) => (await import('./infra/tls/read.js')).readClientCertificateFile(file, systemClock()),
    },
    credentials: demoCredentials,
    sources,
    sharedSources,
    claim: async ({ dataFolder }) => {
      await openDataFolder(dataFolder);
      return claimInstance(dataFolder);
    },
    brokerRuns: ({ dataFolder }) => instanceRuns(dataFolder),
    steerStandIns: ({ dataFolder }, method, where, body) => steerStandIns(dataFolder, method, where, body),
    serveStandIns,
  };
  return runCli(argv, deps);
}

async function tls(settings: Settings) {
  const [folder, { ensureLocalTls }] = await Promise.all([openDataFolder(settings.dataFolder), import('./infra/tls/index.js')]);
  return ensureLocalTls(path.join(folder.root, 'tls'), [settings.apiHost], systemClock);
}

async function sources(settings: Settings, always = false): Promise<{ file: string; standIns: boolean; close(): Promise<void> }> {
  const nothing = async () => undefined;
  if (settings.sourcesFile) return { file: settings.sourcesFile, standIns: false, close: nothing };
  const own = standInFiles(settings.dataFolder).sources;
  if (!always && (await instanceRuns(settings.dataFolder)) && standInControl(settings.dataFolder))
    return { file: own, standIns: true, close: nothing };
  const standIns = await startStandIns(settings, await tls(settings));
  return { file: standIns.sourcesFile, standIns: true, close: standIns.close };
}

async function sharedSources({ sourcesFile, dataFolder, databaseUrl }: Settings): Promise<{ file: string; standIns: boolean }> {
  const up = await instanceRuns(dataFolder);
  if (!databaseUrl && !up) {
    throw new KopruError('settings-invalid', 'Processes that share the work need a database of their own.', {
      hint: 'Set DATABASE_URL, or run kopru up on this data folder.',
    });
  }
  if (sourcesFile) return { file: sourcesFile, standIns: false };
  if (up && standInControl(dataFolder)) return { file: standInFiles(dataFolder).sources, standIns: true };
  throw new KopruError('settings-invalid', 'No sources are configured.', {
    hint: 'Set SOURCES_FILE (docs/sources.md), or run kopru up on this data folder for its stand-ins.',
  });
}

async function serveStandIns(args: readonly string[]): Promise<number> {
  const child = spawn(process.execPath, [path.join(__dirname, 'simulator/main.js'), ...args], { stdio: 'inherit' });
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => child.kill(signal));
  const [code] = await once(child, 'exit');
  return code ?? 1;
}
