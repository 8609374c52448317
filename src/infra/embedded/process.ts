import { spawn } from 'node:child_process';
import { readlinkSync, realpathSync } from 'node:fs';
import { open, readFile, rename, rm, stat } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { KopruError } from '../../core/errors';
import { readIfThere } from '../folders';
import { isAlive } from '../folders/process';
import type { Place } from './place';
import { type OtherSettings, serverArguments, serverEnvironment } from './settings';

/** What postmaster.pid says of a server that really runs. */
export interface Postmaster {
  readonly pid: number;
  readonly port: number;
  readonly status: string;
}

const pollMs = 20;
const fastShutdownMs = 8_000;
const lastResortMs = 15_000;
const keptLogBytes = 10_000_000;

/** Whether that process is the server of this cluster: a server works inside its cluster's folder. */
function serves(pid: number, cluster: string): boolean {
  if (!isAlive(pid)) return false;
  if (process.platform !== 'linux') return true;
  try {
    return readlinkSync(`/proc/${pid}/cwd`) === realpathSync(cluster);
  } catch (error) {
    // Another user's process does not show its folder; it is alive, and the file names it.
    return (error as NodeJS.ErrnoException).code === 'EACCES';
  }
}

/** The cluster's running server, or undefined; a pid file left by a killed one counts as none. */
export async function findPostmaster(cluster: string): Promise<Postmaster | undefined> {
  const lines = ((await readIfThere(join(cluster, 'postmaster.pid'))) ?? '').split('\n').map((line) => line.trim());
  const pid = Number(lines[0]);
  if (!Number.isInteger(pid) || pid <= 0 || !serves(pid, cluster)) return undefined;
  return { pid, port: Number(lines[3]), status: lines[7] ?? '' };
}

/** Waits until the condition gives something; undefined when the time is over. */
async function until<T>(limitMs: number, look: () => T | undefined | Promise<T | undefined>): Promise<T | undefined> {
  const end = performance.now() + limitMs;
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    if (performance.now() > end) return undefined;
    await wait(pollMs);
  }
}

const gone = (pid: number) => (): true | undefined => (isAlive(pid) ? undefined : true);

/** A server left running by a killed broker: waited for while it starts or ends. */
export async function findReadyPostmaster(cluster: string): Promise<Postmaster | undefined> {
  for (;;) {
    const found = await findPostmaster(cluster);
    if (!found || found.status === 'ready') return found;
    await wait(pollMs);
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.on('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}

async function openLog(path: string) {
  const size = await stat(path).then(
    (found) => found.size,
    () => 0,
  );
  if (size > keptLogBytes) await rename(path, `${path}.1`);
  return open(path, 'a', 0o600);
}

/** What a failed start wrote, to tell what may be tried again from what may not. */
async function saidSince(path: string, from: number): Promise<string> {
  return (await readFile(path)).subarray(from).toString('utf8');
}

const worthRetrying = /could not bind|Address already in use|still in use|lock file .* already exists/;

/**
 * Where the sessions of a killed server gave up the making of an unlogged table, its recovery stumbles over the file they left, once:
 * the empty form beside it, which this recovery wrote, lets the next one clear it away.
 */
const leftByUnlogged = /could not create file "base\/\d+\/\d+": File exists/;

async function startOnce({ user, native, cluster }: Place, logFile: string, others: OtherSettings): Promise<Postmaster | string> {
  // The server refuses to start over a pid file whose pid now belongs to something else.
  if (!(await findPostmaster(cluster))) await rm(join(cluster, 'postmaster.pid'), { force: true });
  const output = await openLog(logFile);
  const { size } = await output.stat();
  let ended = false;
  try {
    const child = spawn(join(native, 'bin/postgres'), serverArguments(cluster, await freePort(), others), {
      ...user,
      cwd: '/',
      env: serverEnvironment,
      // In a session of its own, so that Ctrl-C in the terminal does not reach it before we have ended.
      detached: true,
      stdio: ['ignore', output.fd, output.fd],
    });
    child.on('error', () => {
      ended = true;
    });
    child.on('exit', () => {
      ended = true;
    });
    child.unref();
    for (;;) {
      if (ended) return await saidSince(logFile, size);
      const found = await findPostmaster(cluster);
      if (found && found.pid === child.pid && found.status === 'ready') return found;
      await wait(pollMs);
    }
  } finally {
    await output.close();
  }
}

/** Starts the server; an unlucky port or the last children of a killed server are waited out. */
export async function startPostmaster(place: Place, logFile: string, others: OtherSettings): Promise<Postmaster> {
  let said = '';
  const started = await until(20_000, async () => {
    let outcome = await startOnce(place, logFile, others);
    if (typeof outcome === 'string' && leftByUnlogged.test(outcome)) outcome = await startOnce(place, logFile, others);
    if (typeof outcome !== 'string') return outcome;
    said = outcome;
    return worthRetrying.test(said) ? undefined : ('failed' as const);
  });
  if (started && started !== 'failed') return started;
  const reason = /(?:FATAL|PANIC): +(.*)/.exec(said)?.[1];
  throw new KopruError('embedded-failed', `The embedded PostgreSQL did not start${reason ? `: ${reason}` : ''}.`, {
    hint: `Look into ${logFile}.`,
  });
}

/** Fast shutdown: sessions are ended, what is written is safe. */
export async function stopPostmaster(cluster: string, pid: number): Promise<void> {
  if (!serves(pid, cluster)) return;
  process.kill(pid, 'SIGINT');
  if (await until(fastShutdownMs, gone(pid))) return;
  process.kill(pid, 'SIGQUIT');
  if (await until(lastResortMs, gone(pid))) return;
  throw new KopruError('embedded-failed', `The embedded PostgreSQL (process ${pid}) does not end.`);
}
