import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import os from 'node:os';
import path from 'node:path';

/** Whether this machine has a redis-server; tests that need one say plainly that they are skipped. */
export const hasRedis = (() => {
  try {
    execFileSync('redis-server', ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
})();

export interface TestRedis {
  url: string;
  /** Everything in it, keys and values, as text. */
  dump(): string;
  /** Ends the server as a crash would, and starts an empty one at the same address. */
  restartEmpty(): Promise<void>;
  /** Ends the server, and later starts an empty one at the same address. */
  away(): Promise<() => Promise<void>>;
  /** Empties it while it runs. */
  flush(): void;
  stop(): Promise<void>;
}

export async function testRedis(): Promise<TestRedis> {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'kopru-redis-'));
  const port = await freePort();
  let child = await start(folder, port);
  const end = async () => {
    child.kill('SIGKILL');
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  };
  return {
    url: `redis://127.0.0.1:${port}`,
    dump: () => {
      const script = `local out = {} for _, k in ipairs(redis.call('keys', '*')) do out[#out + 1] = k .. ' ' .. redis.call('dump', k) end return table.concat(out, '\\n')`;
      return execFileSync('redis-cli', ['-p', String(port), '--raw', 'eval', script, '0'], { encoding: 'latin1' });
    },
    restartEmpty: async () => {
      await end();
      child = await start(folder, port);
    },
    away: async () => {
      await end();
      return async () => {
        child = await start(folder, port);
      };
    },
    flush: () => void execFileSync('redis-cli', ['-p', String(port), 'flushall'], { stdio: 'ignore' }),
    stop: async () => {
      await end();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function start(folder: string, port: number): Promise<ChildProcess> {
  const args = [
    '--port',
    String(port),
    '--bind',
    '127.0.0.1',
    '--save',
    '',
    '--appendonly',
    'no',
    '--dir',
    folder,
    '--maxmemory-policy',
    'noeviction',
  ];
  const child = spawn('redis-server', args, { stdio: ['ignore', 'pipe', 'ignore'] });
  let said = '';
  for await (const part of child.stdout as AsyncIterable<Buffer>) {
    said += part;
    if (said.includes('Ready to accept connections')) break;
  }
  child.stdout?.resume();
  return child;
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  return typeof address === 'object' && address ? address.port : 0;
}
