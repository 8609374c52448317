import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { queueBackend } from '../../jobs/backend';
import { startRelay } from '../../jobs/relay';
import { openRunQueue, type RunQueue } from '../../jobs/runs';
import { partyOfToken } from '../access/tokens';
import type { Agreement } from '../agreements/language';
import { loadAgreement } from '../agreements/load';
import { type Clock, systemClock } from '../core/clock';
import { KopruError } from '../core/errors';
import { Door } from '../disclosure/door';
import { checkDatabase, type Database } from '../infra/db';
import { openDataFolder, projectRoot, writeFileAtomic } from '../infra/folders';
import { hasKeys, KeyRing, masterKey } from '../infra/keys';
import { createLog, type Logger } from '../infra/log';
import type { Settings } from '../infra/settings';
import { dropLeftStaging } from '../intake/staging';
import { currentState, demoDatabase, hasRealEvents, isDemoDatabase, realDatabase } from '../operations/agreementEvents';
import type { Broker } from '../operations/broker';
import { executeRun } from '../operations/execute';
import { listRuns } from '../operations/runs';
import { loadSources, type SourceConfig } from '../sources';
import { type ApiDeps, apiServer } from '../surfaces/api/server';
import { openConfiguredDatabase } from './database';

/** How long an ordered end may take before the database is closed all the same. */
const patienceMillis = 4_000;

/** The wired parts. Nothing of it runs by itself until `work` or `api` is called. */
export interface App {
  settings: Settings;
  agreement: Agreement;
  db: Database;
  databasePlace: string;
  broker: Broker;
  door: Door;
  log: Logger;
  clock: Clock;
  /** Works on runs in this process until the app is closed. */
  work(): Promise<void>;
  /** Serves the API; returns its address. */
  api(tls: { key: string; cert: string; caFile: string }): Promise<string>;
  /** @throws KopruError `queue-unavailable` */
  checkQueue(): Promise<void>;
  close(): Promise<void>;
}

export interface AppOptions {
  settings: Settings;
  /** Apply missing migrations; else they are an error. */
  migrate?: boolean;
  /** The sources file; its absence leaves every dataset without a source. */
  sourcesFile?: string | undefined;
  /** Whether the sources are the stand-ins. Real ones refuse a demo database. */
  standIns?: boolean;
  /** Leave the embedded server running at the end, for another process of the data folder. */
  keepServer?: () => boolean;
  clock?: Clock;
  log?: Logger;
  say?: (line: string) => void;
}

export async function openApp(options: AppOptions): Promise<App> {
  const { settings, clock = systemClock } = options;
  const agreement = loadAgreement(settings.agreementFile);
  const sources = options.sourcesFile ? loadSources(options.sourcesFile, agreement).sources : {};
  await openDataFolder(settings.dataFolder);
  const log = options.log ?? createLog(settings);
  const opened = await openConfiguredDatabase(settings, {
    migrate: options.migrate ?? false,
    log: options.say ?? (() => undefined),
    ...(options.keepServer ? { keepRunning: options.keepServer } : {}),
  });
  try {
    return await wire(options, opened, { agreement, sources, log, clock });
  } catch (error) {
    await opened.close();
    throw error;
  }
}

interface Parts {
  agreement: Agreement;
  sources: Record<string, SourceConfig>;
  log: Logger;
  clock: Clock;
}

async function wire(
  options: AppOptions,
  opened: Awaited<ReturnType<typeof openConfiguredDatabase>>,
  { agreement, sources, log, clock }: Parts,
): Promise<App> {
  const { settings } = options;
  const { db } = opened;
  if (!options.standIns && Object.keys(sources).length > 0 && (await isDemoDatabase(db))) throw demoDatabase();
  if (options.standIns && (await hasRealEvents(db))) throw realDatabase();
  const keys = new KeyRing(db, masterKey(settings.masterKeyFile, { create: !(await hasKeys(db)) }));
  const state = () => currentState({ db, agreement, clock });
  const closing: (() => Promise<unknown>)[] = [];

  let queue: Promise<RunQueue> | undefined;
  const openQueue = () => {
    queue ??= openRunQueue(queueBackend({ databaseUrl: db.url, redisUrl: settings.redisUrl }), log);
    return queue;
  };
  const broker: Broker = {
    db,
    keys,
    agreement,
    sources,
    state,
    clock,
    log,
    intake: { threads: settings.intakeThreads, folder: path.join(projectRoot(), 'dist/src/intake') },
    announce: async (run) => {
      // The row is written: a queue that is away costs time, not the run.
      const tell = async () => (await openQueue()).announce(run);
      await tell().catch(() => log.warn({ run: run.id, code: 'queue-unavailable' }, 'the run waits for the sweep'));
    },
  };
  const door = new Door({ db, keys, agreement, state, clock });
  const api: ApiDeps = {
    door,
    agreement,
    log,
    partyOf: (token) => partyOfToken(db, token),
    runs: (datasets, limit) => listRuns(db, { datasets, limit }),
    ready: () => checkDatabase(db),
  };

  return {
    settings,
    agreement,
    db,
    databasePlace: opened.place,
    broker,
    door,
    log,
    clock,
    work: async () => {
      await dropLeftStaging(db.pool);
      const runs = await openQueue();
      await runs.work((id, signal) => executeRun(broker, id, signal));
      const relay = startRelay({ db, queue: runs, clock, log });
      closing.push(() => relay.stop());
    },
    api: async (tls) => {
      const server = await apiServer(api, tls);
      closing.push(() => server.close());
      const url = await listen(server, settings);
      await writeFileAtomic(path.join(settings.dataFolder, 'secrets', 'api.json'), JSON.stringify({ url, caFile: tls.caFile }));
      return url;
    },
    checkQueue: async () => {
      await openQueue();
    },
    close: async () => {
      // Workers before queues, queues before the database; but what hangs must not keep the server from ending.
      const ordered = async () => {
        for (const end of closing.reverse()) await end();
        if (queue) await (await queue.catch(() => undefined))?.close();
      };
      const late = pause(patienceMillis, undefined, { ref: false });
      await Promise.race([ordered().catch((err) => log.warn({ err }, 'closing')), late]);
      await opened.close();
    },
  };
}

async function listen(server: Awaited<ReturnType<typeof apiServer>>, { apiHost, apiPort }: Settings): Promise<string> {
  try {
    await server.listen({ host: apiHost, port: apiPort });
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'EADDRINUSE')
      throw new KopruError('port-taken', `Port ${apiPort} on ${apiHost} is in use.`, {
        hint: 'Set API_PORT to another one, or 0 for any.',
      });
    throw new KopruError('port-taken', `The API cannot listen on ${apiHost}:${apiPort} (${code}).`, {
      hint: 'Check API_HOST and API_PORT.',
    });
  }
  const address = server.server.address();
  const port = typeof address === 'object' && address ? address.port : apiPort;
  return `https://${apiHost}:${port}`;
}
