import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { type Many, many } from '../support/many';
import type { RunningUp } from '../support/program';
import { hasRedis, type TestRedis, testRedis } from '../support/redis';
import { times } from '../support/thorough';
import { until } from '../support/until';

/** Where Debian puts it; a process that loads it reads another clock. */
const libfaketime = `/usr/lib/${{ x64: 'x86_64', arm64: 'aarch64' }[process.arch as string] ?? process.arch}-linux-gnu/faketime/libfaketime.so.1`;
const hasFaketime = existsSync(libfaketime);
const datasets = ['iskur.agents', 'emetip.workers', 'cts.children'];
const wanted = times(24, 100);

const places = hasRedis ? ['Redis', 'PostgreSQL'] : ['PostgreSQL'];
if (!hasFaketime) console.error('SKIPPED: no libfaketime on this machine, so slots in fast time are not tested with separate processes.');
if (!hasRedis) console.error('SKIPPED: no redis-server on this machine, so slots in fast time are not tested on Redis.');

/** Beside the other tests of separate processes, and not at the same time: both take all cores. */
export function fastSlots(): void {
  (hasFaketime ? describe : describe.skip).each(places)('many slots in fast time, the queue on %s', (place) => {
    let redis: TestRedis | undefined;
    let broker: Many;
    let clock: FastClock;

    beforeAll(async () => {
      redis = place === 'Redis' ? await testRedis() : undefined;
      clock = await fastClock();
      broker = await many({ size: '20,100,30', lean: true, env: redis ? { REDIS_URL: redis.url } : {} });
    }, 60_000);
    afterAll(async () => {
      await broker.close();
      await clock.end();
      await redis?.stop();
    }, 60_000);

    test('two api, two work and two schedule processes start each slot once', async () => {
      const { pool } = broker.database.db;
      for (const dataset of datasets) {
        const { code } = await broker.program.kopru(['schedules', 'set', dataset, 'periodic', '* * * * *']);
        expect(code).toBe(0);
      }
      const running: RunningUp[] = [];
      for (const kind of ['api', 'api', 'work', 'work', 'schedule', 'schedule']) {
        const one = await broker.program.stay([kind], clock.env);
        expect(one.output()).toMatch(/: ready/);
        running.push(one);
      }
      // Half a minute a second: most pulls of this size end within their minute.
      clock.speed(30);
      const settled = async () =>
        (await pool.query<{ status: string; n: number }>('select status, count(*)::int as n from slot group by status')).rows;
      await until(async () => ((await settled()).find(({ status }) => status === 'started')?.n ?? 0) >= wanted);
      for (const { child } of running) child.kill('SIGTERM');
      await Promise.all(running.map(({ ended }) => ended));

      const { rows: slots } = await pool.query<{ dataset: string; at: Date; status: string; runs: number }>(
        `select s.dataset, s.at, s.status, count(r.id)::int as runs from slot s
       left join run r on r.dataset = s.dataset and r.slot_at = s.at group by 1, 2, 3 order by 1, 2`,
      );
      const runsOf = (status: string) => [...new Set(slots.filter((s) => s.status === status).map((s) => s.runs))];
      expect(runsOf('started')).toEqual([1]);
      expect(slots.filter((s) => s.status !== 'started' && s.runs > 0)).toEqual([]);
      for (const dataset of datasets) {
        const minutes = slots.filter((s) => s.dataset === dataset).map((s) => s.at.getTime() / 60_000);
        expect(minutes.length).toBeGreaterThan(wanted / datasets.length / 2);
        // None is left out: minute after minute, from the first to the last.
        expect(minutes).toEqual(minutes.map((_, i) => (minutes[0] as number) + i));
      }
    }, 600_000);
  });
}

interface FastClock {
  /** What a process needs to read this clock. */
  env: Record<string, string>;
  /** From now on, so many seconds go by in one. */
  speed(times: number): void;
  end(): Promise<void>;
}

/** A clock that several processes share. It is the machine's own until a speed is set. */
async function fastClock(): Promise<FastClock> {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'kopru-clock-'));
  const file = path.join(folder, 'time');
  writeFileSync(file, '+0\n');
  // Its holder gives all who read it one beginning.
  const holder = spawn('faketime', ['-f', '+0', 'sh', '-c', 'echo "$FAKETIME_SHARED"; exec sleep 3600'], {
    stdio: ['ignore', 'pipe', 'ignore'],
    detached: true,
  });
  const shared = await new Promise<string>((resolve, reject) => {
    holder.once('error', reject);
    holder.stdout.once('data', (line) => resolve(String(line).trim()));
  });
  return {
    env: { LD_PRELOAD: libfaketime, FAKETIME_SHARED: shared, FAKETIME_TIMESTAMP_FILE: file, FAKETIME_CACHE_DURATION: '1' },
    speed: (times) => writeFileSync(file, `+0 x${times}\n`),
    end: async () => {
      process.kill(-(holder.pid as number), 'SIGTERM');
      await rm(folder, { recursive: true, force: true });
    },
  };
}
