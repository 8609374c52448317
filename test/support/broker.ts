import { mkdtempSync } from 'node:fs';
import { readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { type App, openApp } from '../../src/app/app';
import { type StandIns, startStandIns } from '../../src/app/standIns';
import { type Clock, systemClock } from '../../src/core/clock';
import { openDataFolder } from '../../src/infra/folders';
import { readSettings } from '../../src/infra/settings';
import { ensureLocalTls, type LocalTls } from '../../src/infra/tls';
import { recordDemoEvents } from '../../src/operations/demo';
import { reconcileIfDue } from '../../src/operations/reconcile';
import { type RunKind, type RunView, requestRun, runView } from '../../src/operations/runs/runs';
import { type TestDatabase, testDatabase } from './database';
import { until } from './until';

export interface TestBroker {
  app: App;
  standIns: StandIns;
  tls: LocalTls;
  database: TestDatabase;
  folder: string;
  /** Requests a run and sees it end. */
  run(dataset: string, kind?: RunKind): Promise<RunView>;
  close(): Promise<void>;
}

export interface TestBrokerOptions {
  agents?: number;
  workers?: number;
  children?: number;
  clock?: Clock;
  demo?: boolean;
  work?: boolean;
  redisUrl?: string;
  env?: Record<string, string>;
  /** Asks Ek-1's query for the intermediaries instead of the listing. */
  query?: boolean;
  /** Writes the sources file anew from the stand-ins' own. */
  sources?(file: { sources: Record<string, Record<string, unknown>> }): unknown;
}

/** A whole broker on a database of its own with small stand-ins, working in this process. */
export async function testBroker(options: TestBrokerOptions = {}): Promise<TestBroker> {
  const { agents = 60, workers = 400, children = 120, clock = systemClock } = options;
  const folder = mkdtempSync(path.join(os.tmpdir(), 'kopru-broker-'));
  const database = await testDatabase();
  await openDataFolder(folder);
  const settings = readSettings({
    DATABASE_URL: database.url,
    DATA_FOLDER: folder,
    API_PORT: '0',
    STAND_IN_SIZE: `${agents},${workers},${children}`,
    LOG_LEVEL: 'debug',
    ...(options.redisUrl ? { REDIS_URL: options.redisUrl } : {}),
    ...options.env,
  });
  const tls = await ensureLocalTls(path.join(folder, 'tls'), ['localhost'], systemClock);
  const standIns = await startStandIns(settings, tls);
  const ownFile = options.query ? standIns.querySourcesFile : standIns.sourcesFile;
  const sourcesFile = options.sources ? await rewritten(folder, ownFile, options.sources) : ownFile;
  // On this thread: the compiled threads are driven by the tests of the whole program.
  const app = await openApp({ settings: { ...settings, intakeThreads: 0 }, sourcesFile, standIns: true, clock });
  if (options.demo ?? true) await recordDemoEvents(app);
  if (options.work ?? true) await app.work();
  return {
    app,
    standIns,
    tls,
    database,
    folder,
    run: async (dataset, kind = 'pull') => {
      const { id } = await requestRun(app.broker, { dataset, kind, mode: 'manual' }, 'test');
      const ended = await until(async () => {
        const run = await runView(app.db, id);
        return ['succeeded', 'held', 'failed', 'cancelled'].includes(run.status) && run;
      });
      // What follows a publication is done too.
      if (ended.status === 'succeeded') await reconcileIfDue(app.broker);
      return ended;
    },
    close: async () => {
      await app.close();
      await standIns.close();
      await database.drop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function rewritten(folder: string, file: string, change: NonNullable<TestBrokerOptions['sources']>): Promise<string> {
  const other = path.join(folder, 'sources.json');
  await writeFile(other, JSON.stringify(change(JSON.parse(await readFile(file, 'utf8')))));
  return other;
}
