import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import path from 'node:path';
import { KopruError } from '../core/errors';
import { readIfThere, writeFileAtomic } from '../infra/folders';
import type { Settings } from '../infra/settings';
import type { LocalTls } from '../infra/tls';
import type { Simulator } from '../simulator';

/** Where the stand-ins of a data folder are described for other processes. */
export function standInFiles(dataFolder: string) {
  const folder = path.join(dataFolder, 'secrets', 'stand-ins');
  return {
    folder,
    sources: path.join(folder, 'sources.json'),
    querySources: path.join(folder, 'sources-query.json'),
    control: path.join(folder, 'control.json'),
    state: path.join(folder, 'state.json'),
  };
}

interface StandInState {
  seed: number;
  day: number;
  agents: number;
  workers: number;
  children: number;
}

export interface StandIns {
  simulator: Simulator;
  /** A sources file that leads to them, and one that asks Ek-1's query instead of the intermediaries' listing. */
  sourcesFile: string;
  querySourcesFile: string;
  close(): Promise<void>;
}

/**
 * Starts the stand-in services with the data folder's own population, so that a second start goes on where the first one was.
 * Secrets and the way to steer them lie in files that only this user can read.
 */
export async function startStandIns(settings: Settings, tls: LocalTls): Promise<StandIns> {
  const files = standInFiles(settings.dataFolder);
  mkdirSync(files.folder, { recursive: true, mode: 0o700 });
  const kept = await readIfThere(files.state);
  const state: StandInState = { seed: 2024, day: 0, ...settings.standInSize, ...(kept ? samePopulation(JSON.parse(kept), settings) : {}) };
  const controlToken = randomBytes(24).toString('base64url');
  const [{ startSimulator, serviceNames }, { secretTexts, simulatorSources, simulatorQuerySources }] = await Promise.all([
    import('../simulator/index.js'),
    import('../simulator/sources.js'),
  ]);
  const simulator = await startSimulator({
    tls: { key: tls.key, cert: tls.cert },
    seed: state.seed,
    day: state.day,
    sizes: { agents: state.agents, workers: state.workers, children: state.children },
    host: 'localhost',
    ...(settings.standInPort > 0 ? { ports: Object.fromEntries(serviceNames.map((name, i) => [name, settings.standInPort + i])) } : {}),
    controlToken,
  });
  const secrets = secretTexts(simulator.credentials);
  const secretFiles = Object.fromEntries(Object.keys(secrets).map((name) => [name, path.join(files.folder, name)])) as Record<
    keyof typeof secrets,
    string
  >;
  for (const [name, text] of Object.entries(secrets)) await writeFileAtomic(secretFiles[name as keyof typeof secrets], text);
  const reached = { baseUrls: simulator.baseUrls, caFile: tls.caFile, secretFiles };
  await writeFileAtomic(files.sources, JSON.stringify(simulatorSources(reached), null, 2));
  await writeFileAtomic(files.querySources, JSON.stringify(simulatorQuerySources(reached), null, 2));
  await writeFileAtomic(files.control, JSON.stringify({ url: simulator.controlUrl, token: controlToken, ca: tls.caFile }));

  let saved = -1;
  const save = () => {
    if (simulator.world.day() === saved) return;
    saved = simulator.world.day();
    writeFileSync(files.state, JSON.stringify({ ...state, day: saved }), { mode: 0o600 });
  };
  save();
  // Whoever moves the day, the next start finds it, even after a kill.
  const timer = setInterval(save, 200);
  timer.unref();
  return {
    simulator,
    sourcesFile: files.sources,
    querySourcesFile: files.querySources,
    close: async () => {
      clearInterval(timer);
      save();
      await simulator.close();
    },
  };
}

/** The kept day belongs to a population of the same size; another size begins anew. */
function samePopulation(kept: StandInState, settings: Settings): Partial<StandInState> {
  const { agents, workers, children } = settings.standInSize;
  return kept.agents === agents && kept.workers === workers && kept.children === children ? kept : {};
}

/** Sends a command to the stand-ins of a running broker; returns their answer. */
export async function steerStandIns(dataFolder: string, method: 'GET' | 'POST' | 'DELETE', where: string, body?: unknown): Promise<string> {
  const control = standInControl(dataFolder);
  if (!control) throw notRunning();
  return new Promise((resolve, reject) => {
    const req = request(
      `${control.url}/${where}`,
      { method, ca: readFileSync(control.ca), headers: { authorization: `Bearer ${control.token}` } },
      (answer) => {
        const parts: Buffer[] = [];
        answer.on('data', (part) => parts.push(part));
        answer.on('end', () => {
          const text = Buffer.concat(parts).toString('utf8');
          if (answer.statusCode === 200) resolve(text);
          else reject(new KopruError('usage', `The stand-ins refused it: ${text}`));
        });
      },
    );
    req.on('error', () => reject(notRunning()));
    req.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

function notRunning(): KopruError {
  return new KopruError('state-conflict', 'No stand-ins run on this data folder.', {
    hint: 'They run with kopru up, unless SOURCES_FILE names real sources.',
  });
}

/** How a running stand-in is steered. */
export function standInControl(dataFolder: string): { url: string; token: string; ca: string } | undefined {
  try {
    return JSON.parse(readFileSync(standInFiles(dataFolder).control, 'utf8'));
  } catch {
    return undefined;
  }
}
