import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Queues } from '../../jobs/queues';
import { startRelay } from '../../jobs/relay';
import { certificateOf } from '../access/institutions/certificates';
import { whoOfTokens } from '../access/who';
import type { Agreement } from '../agreements/language';
import { loadAgreement } from '../agreements/load';
import { createAuditLog } from '../audit/log';
import { type Clock, systemClock } from '../core/clock';
import { createCourtesy } from '../core/courtesy';
import { KopruError } from '../core/errors';
import { together } from '../core/together';
import { Door } from '../disclosure/door';
import { checkDatabase, type Database } from '../infra/db';
import { openDataFolder, projectRoot, writeFileAtomic } from '../infra/folders';
import { operatorToken } from '../infra/folders/operatorToken';
import { hasKeys, KeyRing, masterKey } from '../infra/keys';
import type { Listening } from '../infra/listen';
import { createLog, type Logger } from '../infra/log';
import type { Settings } from '../infra/settings';
import { dropLeftStaging } from '../intake/staging';
import { currentState, demoDatabase, hasRealEvents, isDemoDatabase, lifeAt, realDatabase } from '../operations/agreementEvents';
import type { Broker } from '../operations/broker';
import { type LookupDesk, lookupDesk, tidyLookups } from '../operations/lookups';
import { createWorkspaces } from '../operations/pulls/workspace';
import { executeRun } from '../operations/runs/execute';
import { executePart } from '../operations/runs/executePart';
import { listRuns } from '../operations/runs/runs';
import { createStops } from '../operations/runs/stopping';
import { createPlanner, startDueSlots } from '../operations/schedules/slots';
import { brokerMetrics } from '../operations/upkeep/metrics';
import { type ProcessKind, usualWork } from '../operations/upkeep/processes';
import type { PublicationDeps } from '../publication/acting';
import { type LoadedSources, loadSources } from '../sources';
import type { ApiDeps } from '../surfaces/api/server';
import { auditAnchor } from './auditAnchor';
import { dailyWork } from './daily';
import { openConfiguredDatabase } from './database';
import { createMessages, createWaiting } from './messages';
import { bePresent, type Role } from './presence';
import { publicationParts } from './publication';
import { openConfiguredQueues } from './queues';
import { serveOn } from './serve';

/** How long an ordered end may take before the database is closed all the same. */
const patienceMillis = 4_000;
/** How often a process that hands answers out erases those that nobody fetched. */
const tidyMillis = 30_000;

/** The wired parts. Nothing of it runs by itself until `work`, `schedule`, `api` or `ops` is called. */
export interface App {
  settings: Settings;
  agreement: Agreement;
  db: Database;
  databasePlace: string;
  broker: Broker;
  /** Consents and publications. */
  publication: PublicationDeps;
  door: Door;
  log: Logger;
  clock: Clock;
  /** Works on runs and look-ups in this process until the app is closed. */
  work(role?: Partial<Role>): Promise<void>;
  /** Starts due slots in this process. */
  schedule(role?: Partial<Role>): Promise<void>;
  /** Serves the API; returns its address. */
  api(tls: { key: string; cert: string; caFile: string }, role?: Partial<Role>): Promise<string>;
  /** Serves health, metrics and the queue board to operators; returns its address. */
  ops(kind: ProcessKind, tls: { key: string; cert: string }): Promise<string>;
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
  const sources = options.sourcesFile ? loadSources(options.sourcesFile, agreement) : { sources: {}, lookups: {} };
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
  sources: LoadedSources;
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
  if (!options.standIns && Object.keys(sources.sources).length > 0 && (await isDemoDatabase(db))) throw demoDatabase();
  if (options.standIns && (await hasRealEvents(db))) throw realDatabase();
  const keys = new KeyRing(db, masterKey(settings.masterKeyFile, { create: !(await hasKeys(db)) }));
  const stateFor = together(async (asked: readonly unknown[]) => Array(asked.length).fill(await currentState({ db, agreement, clock })));
  const state = () => stateFor(undefined);
  const whoIs = together((tokens: readonly string[]) => whoOfTokens(db, tokens, clock()));
  const closing: (() => Promise<unknown>)[] = [];

  let queues: Promise<Queues> | undefined;
  const openedQueues = () => {
    queues ??= openConfiguredQueues(settings, db, log);
    return queues;
  };
  const messages = createMessages();
  const waiting = createWaiting();
  messages.on('told', waiting.tell);
  let presence: Promise<Listening> | undefined;
  let desk: LookupDesk | undefined;
  const present = (role: Partial<Role>) => {
    presence ??= bePresent(db, { kind: 'command', pulls: 0, lookups: 0, ...role }, clock, messages.heard);
    return presence;
  };

  const courtesy = createCourtesy();
  const audit = createAuditLog(db.pool);
  const stops = createStops();
  messages.on('stop', (run) => stops.stop(Number(run)));
  const base = {
    db,
    keys,
    agreement,
    sources: sources.sources,
    lookups: sources.lookups,
    state,
    clock,
    log,
    audit,
    anchor: auditAnchor(settings),
    stops,
    intake: { threads: settings.intakeThreads, folder: path.join(projectRoot(), 'dist/src/intake'), turn: courtesy.turn },
  };
  const broker: Broker = Object.assign(base, { workspaces: createWorkspaces(base) });
  const { publication, shelf, countStatistic } = publicationParts(
    { db, agreement, state, lifeAt: (at) => lifeAt({ db, agreement }, at), clock },
    settings,
  );
  const door = new Door({
    db,
    keys,
    agreement,
    state,
    clock,
    audit,
    countStatistic,
    lookups: { offered: new Set(Object.keys(sources.lookups)), told: waiting.told, courtesy },
  });
  const apiDeps: ApiDeps = {
    door,
    agreement,
    broker,
    publication,
    shelf,
    log,
    clock,
    lookupWaitMillis: settings.lookupWaitSeconds * 1000,
    whoIs: async (token, came) => {
      const who = await whoIs(token);
      return who && { who, certificate: await certificateOf(db, who.person.party, came, clock()) };
    },
    runs: (datasets, limit) => listRuns(db, { datasets, limit }),
    ready: () => checkDatabase(db),
  };
  const ready = async () => {
    await checkDatabase(db);
    if (queues) await (await queues).check();
    if (presence && !(await presence).live())
      throw new KopruError('database-unavailable', 'This process does not hear the database at present.', {
        hint: 'It connects again by itself.',
      });
  };

  return {
    settings,
    agreement,
    db,
    databasePlace: opened.place,
    broker,
    publication,
    door,
    log,
    clock,
    work: async (role) => {
      const concurrency = { ...usualWork, ...role };
      // Each pull holds its lock on one connection and works on up to three.
      db.reserve(concurrency.pulls * 4 + concurrency.lookups + 6);
      await dropLeftStaging(db.pool);
      await present(concurrency);
      const opened = await openedQueues();
      desk = lookupDesk(broker);
      const { answer } = desk;
      await opened.work(
        {
          run: (id, signal) => executeRun(broker, id, signal),
          part: (id, signal) => executePart(broker, id, signal),
          lookup: (id, signal) => answer(id, signal).finally(courtesy.begin()),
        },
        concurrency,
      );
      const relay = startRelay({
        db,
        queues: opened,
        clock,
        log,
        alsoSweep: () => Promise.all([tidyLookups(broker), startDueSlots(broker)]),
      });
      for (const word of ['run', 'slot']) messages.on(word, relay.wake);
      messages.on('ask', relay.ask);
      closing.push(() => relay.stop());
    },
    schedule: async (role) => {
      await present({ ...role });
      const { startSchedule } = await import('../../jobs/schedule.js');
      const running = startSchedule({
        broker,
        planner: createPlanner(broker),
        log,
        daily: dailyWork(broker),
      });
      messages.on('schedule', () => void running.reload());
      closing.push(() => running.stop());
    },
    api: async (tls, role) => {
      await present({ ...role });
      const [{ apiServer }, { clientTls }] = await Promise.all([import('../surfaces/api/server.js'), import('./clientTls.js')]);
      const server = await apiServer(apiDeps, { ...tls, clients: clientTls(settings), proxies: settings.trustedProxies });
      const tidy = setInterval(() => void tidyLookups(broker).catch(() => undefined), tidyMillis).unref();
      closing.push(async () => clearInterval(tidy));
      closing.push(() => server.close());
      const url = await serveOn(server, settings.apiHost, settings.apiPort, { what: 'The API', setting: 'API' });
      await writeFileAtomic(path.join(settings.dataFolder, 'secrets', 'api.json'), JSON.stringify({ url, caFile: tls.caFile }));
      return url;
    },
    ops: async (kind, tls) => {
      const [{ opsServer }, { queueBoard }] = await Promise.all([import('../surfaces/ops/server.js'), import('../../jobs/board.js')]);
      const token = await operatorToken(settings.dataFolder);
      const board = queueBoard((await openedQueues()).all);
      const metrics = () => brokerMetrics(broker);
      const server = await opsServer({ kind, ready, metrics, board, token, log }, tls);
      closing.push(() => server.close());
      return serveOn(server, settings.opsHost, settings.opsPort, { what: 'The operators’ listener', setting: 'OPS' });
    },
    checkQueue: async () => {
      await (await openedQueues()).check();
    },
    close: async () => {
      // Workers before queues, queues before the database; but what hangs must not keep the server from ending.
      const ordered = async () => {
        // Whoever pulls saves its place at once, and is waited for below.
        void queues?.then((all) => all.halt()).catch(() => undefined);
        for (const end of closing.reverse()) await end();
        if (queues) await (await queues.catch(() => undefined))?.close();
        desk?.close();
        await broker.workspaces.close();
        await (await presence?.catch(() => undefined))?.close();
      };
      const late = pause(patienceMillis, undefined, { ref: false });
      await Promise.race([ordered().catch((err) => log.warn({ err }, 'closing')), late]);
      await opened.close();
    },
  };
}
