import { type ChildProcess, spawn } from 'node:child_process';
import { chmodSync, mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { until } from './until';

const root = path.join(__dirname, '../..');

/** A data folder of its own, with the program run on it as a person would. */
export interface Program {
  folder: string;
  /** Starts `kopru up` and waits until it says that it is ready, or ends. */
  up(env?: Record<string, string>): Promise<RunningUp>;
  /** Starts `kopru up` without waiting. */
  start(env?: Record<string, string>): RunningUp;
  /** Starts a command that stays, and waits until it says that it is ready, or ends. */
  stay(args: string[], env?: Record<string, string>): Promise<RunningUp>;
  /** Runs one command to its end. */
  kopru(args: string[], input?: string, env?: Record<string, string>): Promise<Ended>;
  /** Processes that still run on the folder. */
  processes(): number[];
  remove(): Promise<void>;
}

export interface Ended {
  code: number | null;
  out: string;
  err: string;
}

export interface RunningUp {
  child: ChildProcess;
  output(): string;
  ended: Promise<Ended>;
}

export function program(base: Record<string, string> = {}): Program {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'kopru-program-'));
  // As root, PostgreSQL runs as another user, who must be able to pass.
  chmodSync(folder, 0o711);
  const environment = (env: Record<string, string> = {}) => {
    const { KOPRU_TEST_SERVER: _server, ...inherited } = process.env;
    return {
      ...inherited,
      DATA_FOLDER: path.join(folder, 'data'),
      API_PORT: '0',
      STAND_IN_SIZE: '60,400,120',
      LOG_LEVEL: 'debug',
      ...base,
      ...env,
    };
  };
  const spawnKopru = (args: string[], env?: Record<string, string>): RunningUp => {
    const child = spawn(process.execPath, [path.join(root, 'bin/kopru.mjs'), ...args], {
      env: environment(env),
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    let out = '';
    let err = '';
    child.stdout?.on('data', (part) => {
      out += part;
    });
    child.stderr?.on('data', (part) => {
      err += part;
    });
    const ended = new Promise<Ended>((resolve) => child.on('close', (code) => resolve({ code, out, err })));
    return { child, output: () => out + err, ended };
  };
  const start = (env?: Record<string, string>) => spawnKopru(['up'], env);
  return {
    folder,
    start,
    up: (env) => ready(start(env)),
    stay: (args, env) => ready(spawnKopru(args, env)),
    kopru: (args, input = '', env) => {
      const running = spawnKopru(args, env);
      running.child.stdin?.end(input);
      return running.ended;
    },
    processes: () => processesOn(folder),
    remove: async () => {
      for (const pid of processesOn(folder)) process.kill(pid, 'SIGKILL');
      await until(async () => processesOn(folder).length === 0);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function ready(running: RunningUp): Promise<RunningUp> {
  const { child } = running;
  await until(async () => /^(\w+: )?ready/m.test(running.output()) || child.exitCode !== null || child.signalCode !== null);
  return running;
}

/** Processes whose command or environment names the folder: the broker itself and its PostgreSQL. */
function processesOn(folder: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .filter((pid) => [`/proc/${pid}/cmdline`, `/proc/${pid}/environ`].some((file) => contentOf(file).includes(folder)))
    .map(Number);
}

function contentOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
