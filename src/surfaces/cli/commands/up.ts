import path from 'node:path';
import type { Command } from 'commander';
import type { App } from '../../../app/app';
import { recordDemoEvents } from '../../../operations/demo';
import { readable } from '../../../operations/people/grants';
import { listRuns, pullable, type RunView, requestRun } from '../../../operations/runs/runs';
import { newestSnapshots, type SnapshotInfo } from '../../../operations/snapshots';
import { usualWork } from '../../../operations/upkeep/processes';
import type { CommandContext, Credential, Terminal } from '../deps';
import { watchRuns } from '../progress';
import { stopSignal } from '../stopSignal';
import { count, seconds, table } from '../terminal';

export function upCommand(program: Command, { deps, terminal: getTerminal }: CommandContext): void {
  program
    .command('up')
    .description('run everything in this process: database, queue, worker, API, and stand-ins unless real sources are configured')
    .action(async () => {
      const terminal = getTerminal();
      const settings = deps.settings();
      const stop = stopSignal();
      const claim = await deps.claim(settings);
      try {
        const tls = await deps.tls(settings);
        const sources = await deps.sources(settings, true);
        try {
          const app = await deps.openApp({
            settings,
            migrate: true,
            sourcesFile: sources.file,
            standIns: sources.standIns,
            say: (line) => terminal.line(line),
          });
          try {
            await serve(app, { terminal, standIns: sources.standIns, credentials: () => deps.credentials(app), tls, stop });
          } finally {
            await app.close();
          }
        } finally {
          await sources.close();
        }
      } finally {
        await claim.release();
      }
      terminal.line('stopped');
    });
}

interface Serving {
  terminal: Terminal;
  standIns: boolean;
  credentials(): Promise<Credential[]>;
  tls: { key: string; cert: string; caFile: string };
  stop: AbortSignal;
}

async function serve(app: App, { terminal, standIns, credentials, tls, stop }: Serving): Promise<void> {
  terminal.line(`Köprü: ${app.agreement.title}`);
  terminal.line(
    `database: ${app.databasePlace}; queue: ${app.settings.redisUrl ? 'Redis' : 'PostgreSQL'}; data folder: ${app.settings.dataFolder}`,
  );
  if (standIns) {
    await recordDemoEvents(app);
    terminal.line('DEMO: the agencies are stand-ins with made-up people; sample signing, annexes and ek protokol are recorded for them.');
  }
  const state = await app.broker.state();
  terminal.line(
    `agreement ${app.agreement.id}: ${state.status}${state.endsOn ? `, term to ${state.endsOn}` : ''}${state.missing.length > 0 ? `, missing: ${state.missing.join(', ')}` : ''}`,
  );
  const role = { kind: 'up', ...usualWork } as const;
  await app.work(role);
  const address = await app.api(tls);
  await app.schedule();
  const operators = await app.ops('up', tls);
  const people = await credentials();

  const runs = await firstRuns(app);
  if (runs.length > 0) {
    terminal.line();
    const watched = await watchRuns(app, runs, terminal, stop);
    for (const run of watched)
      if (run.error) terminal.line(`${run.dataset}: ${run.error.message}${run.error.hint ? ` ${run.error.hint}` : ''}`);
  }
  if (!stop.aborted) {
    await summary(app, terminal);
    terminal.line();
    terminal.line(`API      ${address}/v1`);
    terminal.line(`public   ${address}/public/v1/publications (what is published, without login)`);
    terminal.line(`docs     ${address}/docs`);
    terminal.line(
      `operate  ${operators}/metrics, /board, /health/ready (user operator; token in ${app.settings.dataFolder}/secrets/operator.token)`,
    );
    terminal.line(`CA file  ${tls.caFile}`);
    terminal.line(`log      ${app.settings.logFile ?? `${app.settings.dataFolder}/logs/kopru.log`}`);
    terminal.line();
    await readCommands(app, terminal, people);
    terminal.line();
    terminal.line('ready (Ctrl-C ends it)');
    terminal.data({
      ready: true,
      address,
      operators,
      caFile: tls.caFile,
      credentials: Object.fromEntries(people.map(({ name, file }) => [name, file])),
    });
    await new Promise<void>((resolve) => (stop.aborted ? resolve() : stop.addEventListener('abort', () => resolve(), { once: true })));
  }
  terminal.line('stopping …');
}

/** Runs left over from before, and a first pull of each dataset that has no snapshot yet. */
async function firstRuns(app: App): Promise<number[]> {
  const live = (await listRuns(app.db, { limit: 100 })).filter((r) => ['queued', 'running', 'waiting'].includes(r.status));
  const ids = new Map(live.map((r) => [r.dataset, r.id]));
  const have = new Set((await newestSnapshots(app.broker)).map((s) => s.dataset));
  for (const dataset of await pullable(app.broker)) {
    if (!have.has(dataset) && !ids.has(dataset))
      ids.set(dataset, (await requestRun(app.broker, { dataset, kind: 'pull', mode: 'manual' }, 'start')).id);
  }
  return [...ids.values()].sort((a, b) => a - b);
}

async function summary(app: App, terminal: Terminal): Promise<void> {
  const snapshots = await newestSnapshots(app.broker);
  const runs = new Map<number, RunView>((await listRuns(app.db, { limit: 100 })).map((r) => [r.id, r]));
  const duration = (s: SnapshotInfo) => seconds(runs.get(s.runId)?.startedAt ?? null, runs.get(s.runId)?.finishedAt ?? null);
  terminal.line();
  terminal.line(
    table(
      ['dataset', 'records', 'quarantined', 'snapshot', 'duration'],
      snapshots.map((s) => [s.dataset, s.records, s.quarantined, `v${count(s.version)}`, duration(s)]),
    ),
  );
}

/** For each party, a command by which one of its people reads something that is open. */
async function readCommands(app: App, terminal: Terminal, people: readonly Credential[]): Promise<void> {
  const have = new Set((await newestSnapshots(app.broker)).map((s) => s.dataset));
  // The command works when pasted elsewhere: another data folder than the usual one is named.
  const { dataFolder } = app.settings;
  const prefix = dataFolder === path.resolve('data') ? '' : `DATA_FOLDER='${dataFolder}' `;
  for (const { name, person } of people) {
    const found = await readable(app, person);
    const open = found.datasets.filter(({ id }) => have.has(id));
    // Another party's data show more than one's own.
    const choice = open.find(({ id }) => app.agreement.datasets[id]?.owner !== found.party) ?? open[0];
    if (!choice) continue;
    const stated = `--purpose ${choice.purpose} --case DEMO-1`;
    const short = app.agreement.parties[found.party]?.short ?? found.party;
    terminal.line(`${short} reads: ${prefix}npm run -s kopru -- read ${choice.id} --as ${name} ${stated} --limit 2`);
  }
}
