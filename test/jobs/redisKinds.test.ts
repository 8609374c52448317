import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import pino from 'pino';
import { queueBackend } from '../../jobs/backend';
import { openQueues } from '../../jobs/queues';
import { systemClock } from '../../src/core/clock';
import { ensureLocalTls, type LocalTls } from '../../src/infra/tls';
import { freePort, hasRedis } from '../support/redis';
import { until } from '../support/until';

if (!hasRedis) console.error('SKIPPED: no redis-server on this machine, so Redis over TLS, with Sentinels and as a Cluster is not tested.');

/** Redis as it stands in real installations, each a real server. */
(hasRedis ? describe : describe.skip)('the queues on Redis', () => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'kopru-redis-kinds-'));
  const servers: ChildProcess[] = [];
  let tls: LocalTls;
  beforeAll(async () => {
    tls = await ensureLocalTls(path.join(folder, 'tls'), ['localhost'], systemClock);
  });
  afterAll(async () => {
    for (const server of servers) server.kill('SIGKILL');
    await rm(folder, { recursive: true, force: true });
  });

  const start = async (...args: string[]) => {
    const server = spawn('redis-server', [...args, ...(args[0]?.endsWith('.conf') ? [] : ['--save', '', '--dir', folder])], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    servers.push(server);
    let said = '';
    for await (const part of server.stdout as AsyncIterable<Buffer>) {
      said += part;
      if (/Ready to accept connections|Sentinel ID is/.test(said)) break;
    }
    server.stdout?.resume();
    return server;
  };
  const cli = (port: number, ...args: string[]) => execFileSync('redis-cli', ['-p', String(port), ...args], { encoding: 'utf8' });

  /** A run, its parts and a look-up go through. */
  const goesThrough = async (redisUrl: string, redisCaFile?: string) => {
    const queues = await openQueues(queueBackend({ databaseUrl: '', redisUrl, redisCaFile }), pino({ enabled: false }));
    const seen: string[] = [];
    const all = new Promise<void>((resolve) => {
      const see = async (what: string) => {
        seen.push(what);
        if (seen.length === 5) resolve();
      };
      void queues
        .work(
          { run: (id) => see(`run ${id}`), part: (id) => see(`part ${id}`), lookup: (id) => see(`lookup ${id}`) },
          { pulls: 1, lookups: 1 },
        )
        .then(async () => {
          await queues.announceRun({ id: 1, attempts: 0 });
          await queues.announceParts([11, 12].map((id) => ({ id, runId: 2, pass: 1, attempts: 0 })));
          await queues.announceLookup({ id: 'x', attempts: 0 });
        });
    });
    await all;
    expect(seen.sort()).toEqual(['lookup x', 'part 11', 'part 12', 'run 1', 'run 2']);
    await queues.check();
    await queues.close();
  };

  test('over TLS with a private authority, and a password', async () => {
    const port = await freePort();
    const keys = ['--tls-cert-file', path.join(folder, 'tls/server.pem'), '--tls-key-file', path.join(folder, 'tls/server-key.pem')];
    await start(
      '--port',
      '0',
      '--tls-port',
      String(port),
      ...keys,
      '--tls-ca-cert-file',
      tls.caFile,
      '--tls-auth-clients',
      'no',
      '--requirepass',
      'gizli',
    );
    await goesThrough(`rediss://:gizli@localhost:${port}/0`, tls.caFile);
    await expect(
      openQueues(queueBackend({ databaseUrl: '', redisUrl: `rediss://:gizli@localhost:${port}/0` }), pino({ enabled: false })),
    ).rejects.toMatchObject({ code: 'queue-unavailable' });
  }, 30_000);

  test('found by a Sentinel', async () => {
    const [port, sentinel] = [await freePort(), await freePort()];
    await start('--port', String(port), '--bind', '127.0.0.1');
    const file = path.join(folder, 'sentinel.conf');
    writeFileSync(file, `port ${sentinel}\nbind 127.0.0.1\ndir ${folder}\nsentinel monitor kopru 127.0.0.1 ${port} 1\n`);
    await start(file, '--sentinel');
    await goesThrough(`redis+sentinel://127.0.0.1:${sentinel}/kopru/0`);
  }, 30_000);

  test('as a Cluster', async () => {
    const port = await freePort();
    await start(
      '--port',
      String(port),
      '--bind',
      '127.0.0.1',
      '--cluster-announce-ip',
      '127.0.0.1',
      '--cluster-enabled',
      'yes',
      '--cluster-config-file',
      path.join(folder, 'nodes.conf'),
    );
    cli(port, 'cluster', 'addslotsrange', '0', '16383');
    await until(async () => cli(port, 'cluster', 'info').includes('cluster_state:ok'));
    await goesThrough(`redis+cluster://127.0.0.1:${port}`);
  }, 30_000);
});
