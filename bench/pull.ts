import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { request } from 'node:https';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { datasetOf } from '../src/agreements/fields';
import { type App, openApp } from '../src/app/app';
import { systemClock } from '../src/core/clock';
import { startEmbedded } from '../src/infra/embedded';
import { openDataFolder } from '../src/infra/folders';
import { readSettings } from '../src/infra/settings';
import { ensureLocalTls } from '../src/infra/tls';
import { recordDemoEvents } from '../src/operations/demo';
import { reconcile } from '../src/operations/reconcile';
import { requestRun, runView } from '../src/operations/runs/runs';
import { newestSnapshots } from '../src/operations/snapshots';
import { createWorld, type World } from '../src/simulator';
import { somebody } from '../test/support/people';
import { copyYardstick } from './copy';
import { type LookupFigures, lookupBench } from './lookups';
import { type Peaks, watchMemory } from './memory';
import { type OpenFigures, publicBench } from './public';
import { type ReadFigures, readBench } from './reads';

const dataset = 'emetip.workers';
const questions = 200;

export interface PullFigures {
  records: number;
  /** Seconds of each COPY, in the order in which they ran between the pulls. */
  copies: number[];
  first: Pulled;
  second: Pulled;
  memory: Peaks;
  /** Seconds of a comparison of everything, and of one after the second day's changes; and of making the derived dataset then. */
  reconciled: { whole: number; changed: number; deriveWhole: number; deriveChanged: number; children: number };
  lookups: LookupFigures;
  /** By the data's owner, which no limit binds, and by a party with a grant, whose queries are counted. */
  reads: { owner: ReadFigures; granted: ReadFigures };
  /** A published table, beside a static route. */
  open: OpenFigures;
}

export interface Pulled {
  seconds: number;
  /** Of these, reading and staging; the rest is comparing and publishing. */
  reading: number;
  added: number;
  changed: number;
  removed: number;
}

/** A first pull and a second-day pull over TLS from stand-ins in a process of their own, sealing and indexes on. */
export async function pullBench(folder: string, records: number): Promise<PullFigures> {
  const data = path.join(folder, 'data');
  await openDataFolder(data);
  const server = await startEmbedded({ folder: data, log: () => undefined });
  const tls = await ensureLocalTls(path.join(data, 'tls'), ['localhost'], systemClock);
  const standIns = await startStandIns(folder, tls, records);
  const settings = readSettings({ DATA_FOLDER: data, DATABASE_URL: server.url, API_HOST: 'localhost', API_PORT: '0' });
  const app = await openApp({ settings, migrate: true, sourcesFile: standIns.sourcesFile, standIns: true });
  try {
    await recordDemoEvents(app);
    await app.work();
    const api = await app.api(tls);
    const superuser = new URL(server.url);
    superuser.username = 'postgres';
    superuser.pathname = '/postgres';
    const world = createWorld({
      seed: 2024,
      sizes: { agents: 5_000, workers: records, children: childrenBeside(records) },
      startDate: '2026-08-15',
    });
    const yardstick = await copyYardstick(
      superuser.href,
      folder,
      datasetOf(app.agreement, dataset),
      world.truth(dataset) as Iterable<object>,
    );
    for (const other of ['iskur.agents', 'cts.children']) await pullOnce(app, other);
    const memory = watchMemory(server.folder);
    const first = await pullOnce(app);
    await rested(app);
    const copies = [await yardstick.seconds(), await yardstick.seconds()];
    await standIns.nextDay();
    const second = await pullOnce(app);
    const changed = await rested(app);
    copies.push(await yardstick.seconds(), await yardstick.seconds());
    const whole = await reconcile(app.broker, { whole: true });
    const peaks = memory.stop();
    await yardstick.end();
    const reconciled = {
      whole: whole.millis / 1000,
      changed: changed.millis / 1000,
      deriveWhole: whole.deriveMillis / 1000,
      deriveChanged: changed.deriveMillis / 1000,
      children: childrenBeside(records),
    };
    await standIns.nextDay();
    const readsOf = async (party: string) => {
      const { token } = await somebody(app.broker, party);
      return { token, figures: await readBench(app, { api, tls, token, dataset, ids: firstIds(world, 5_000) }) };
    };
    const [{ token, figures: owner }, { figures: granted }] = [await readsOf('cgm'), await readsOf('iskur')];
    const open = await publicBench(app, { api, tls });
    // As the stand-ins are by now.
    world.nextDay();
    world.nextDay();
    const ids = citizens(world, questions);
    const run = await requestRun(app.broker, { dataset, kind: 'pull', mode: 'manual' }, 'bench');
    const lookups = await lookupBench(app, standIns.sourcesFile, {
      run: run.id,
      api,
      caFile: tls.caFile,
      dataset: 'iskur.agents',
      token,
      ids,
    });
    return { records, copies, first, second, memory: peaks, reconciled, lookups, reads: { owner, granted }, open };
  } finally {
    await app.close();
    standIns.stop();
    await server.stop();
  }
}

/** Waits until what follows a publication is done, so that it does not disturb what is measured next. */
async function rested(app: App): Promise<{ whole: boolean; millis: number; deriveMillis: number }> {
  const [newest] = (await newestSnapshots(app.broker)).filter((s) => s.dataset === dataset);
  for (;;) {
    const last = await app.db.prisma.reconciliation.findFirst({ orderBy: { id: 'desc' } });
    if (last && (last.snapshots as Record<string, number>)[dataset] === newest?.version) return last;
    await pause(50);
  }
}

/** As many children beside so many workers as the task plans for. */
function childrenBeside(workers: number): number {
  return Math.round(workers * 0.3);
}

/** National ids that Ek-1's query takes. */
function citizens(world: World, count: number): string[] {
  const ids: string[] = [];
  for (const { nationalId } of world.truth('iskur.agents')) if (nationalId.length === 11 && ids.length < count) ids.push(nationalId);
  return ids;
}

async function pullOnce(app: App, of = dataset): Promise<Pulled> {
  const { id } = await requestRun(app.broker, { dataset: of, kind: 'pull', mode: 'manual' }, 'bench');
  for (;;) {
    const run = await runView(app.db, id);
    if (run.status === 'succeeded') {
      const { added, changed, removed } = (await newestSnapshots(app.broker)).find((s) => s.dataset === of) ?? {
        added: 0,
        changed: 0,
        removed: 0,
      };
      const begun = run.startedAt?.getTime() ?? 0;
      return {
        seconds: ((run.finishedAt?.getTime() ?? 0) - begun) / 1000,
        reading: (readAt(app, id) - begun) / 1000,
        added,
        changed,
        removed,
      };
    }
    if (run.finishedAt) throw new Error(`the pull is ${run.status}: ${run.error?.message}`);
    await pause(100);
  }
}

/** When a run had read its source, from the log. */
function readAt(app: App, run: number): number {
  const lines = readFileSync(path.join(app.settings.dataFolder, 'logs/kopru.log'), 'utf8').trim().split('\n');
  const line = lines.map((text) => JSON.parse(text)).find((entry) => entry.run === run && entry.msg === 'source read');
  return Date.parse(line.time);
}

async function startStandIns(folder: string, tls: { certFile: string; keyFile: string; caFile: string }, workers: number) {
  const token = 'bench-control';
  const args = [
    '--cert',
    tls.certFile,
    '--key',
    tls.keyFile,
    '--ca',
    tls.caFile,
    '--agents',
    '5000',
    '--workers',
    String(workers),
    '--children',
    String(childrenBeside(workers)),
  ];
  const child: ChildProcess = spawn(
    process.execPath,
    [
      path.join(__dirname, '../src/simulator/main.js'),
      ...args,
      '--control-token',
      token,
      '--folder',
      folder,
      '--pages-folder',
      folder,
      '--json',
    ],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  const [line] = await once(createInterface({ input: child.stdout as NodeJS.ReadableStream }), 'line');
  const { controlUrl } = JSON.parse(line as string) as { controlUrl: string };
  return {
    sourcesFile: path.join(folder, 'sources.json'),
    nextDay: () =>
      new Promise<void>((resolve, reject) => {
        const req = request(
          `${controlUrl}/next-day`,
          { method: 'POST', ca: readFileSync(tls.caFile), headers: { authorization: `Bearer ${token}` } },
          (answer) => {
            answer.resume().on('end', () => resolve());
          },
        );
        req.on('error', reject).end();
      }),
    stop: () => child.kill('SIGTERM'),
  };
}

/** National ids of workers that the first day has. */
function firstIds(world: World, many: number): string[] {
  const ids: string[] = [];
  for (const { nationalId } of world.truth(dataset) as Iterable<{ nationalId: string }>) {
    ids.push(nationalId);
    if (ids.length === many) break;
  }
  return ids;
}
