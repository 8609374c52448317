import type { Command } from 'commander';
import type { App } from '../../../app/app';
import { liveProcesses, type ProcessKind, usualWork } from '../../../operations/upkeep/processes';
import type { CommandContext } from '../deps';
import { stopSignal } from '../stopSignal';
import { table, when } from '../terminal';
import { wholeNumber, withApp } from './runs';

/** The broker as separate processes, any number of each on any machines, on one database and one queue. */
export function processCommands(program: Command, context: CommandContext): void {
  program
    .command('api')
    .description('serve the API, and nothing else')
    .action(() =>
      serve(context, 'api', async (app, tls) => {
        const address = await app.api(tls, { kind: 'api' });
        await context.deps.credentials(app);
        return { API: `${address}/v1` };
      }),
    );

  program
    .command('work')
    .option('--pulls', 'work on pulls only')
    .option('--lookups', 'work on look-ups only')
    .option(
      '--concurrency <n>',
      `how many at once: of look-ups, or of pulls with --pulls (default: ${usualWork.pulls} pull, ${usualWork.lookups} look-ups)`,
    )
    .description('work on pulls and look-ups, and nothing else')
    .action((options: WorkOptions) =>
      serve(context, 'work', async (app) => {
        const { pulls, lookups } = share(options);
        await app.work({ kind: 'work', pulls, lookups });
        return { pulls: String(pulls), 'look-ups': String(lookups) };
      }),
    );

  program
    .command('schedule')
    .description('start due slots of the schedules, and nothing else')
    .action(() =>
      serve(context, 'schedule', async (app) => {
        await app.schedule({ kind: 'schedule' });
        return {};
      }),
    );

  program
    .command('processes')
    .description('list the broker’s processes that live now')
    .action(async () => {
      const terminal = context.terminal();
      await withApp(context, async (app) => {
        const found = await liveProcesses(app.db);
        terminal.data(found);
        terminal.line(
          table(
            ['process', 'machine', 'pid', 'pulls', 'look-ups', 'since'],
            found.map((p) => [p.kind, p.host, String(p.pid), p.pulls, p.lookups, when(p.startedAt)]),
          ),
        );
      });
    });
}

/** Each takes connections of the database. */
const mostAtOnce = 32;

interface WorkOptions {
  pulls?: boolean;
  lookups?: boolean;
  concurrency?: string;
}

function share({ pulls, lookups, concurrency }: WorkOptions): { pulls: number; lookups: number } {
  const asked = concurrency === undefined ? undefined : Math.min(mostAtOnce, Math.max(1, wholeNumber(concurrency, '--concurrency')));
  if (pulls && !lookups) return { pulls: asked ?? usualWork.pulls, lookups: 0 };
  if (lookups && !pulls) return { pulls: 0, lookups: asked ?? usualWork.lookups };
  return { pulls: usualWork.pulls, lookups: asked ?? usualWork.lookups };
}

/** Opens the app, starts a part of it, and stays until it is told to stop. */
async function serve(
  { deps, terminal: getTerminal }: CommandContext,
  kind: ProcessKind,
  start: (app: App, tls: Awaited<ReturnType<typeof deps.tls>>) => Promise<Record<string, string>>,
): Promise<void> {
  const terminal = getTerminal();
  const stop = stopSignal();
  const settings = deps.settings();
  const sources = await deps.sharedSources(settings);
  const tls = await deps.tls(settings);
  const app = await deps.openApp({
    settings,
    sourcesFile: sources.file,
    standIns: sources.standIns,
    say: (line) => terminal.line(line),
  });
  try {
    const told = await start(app, tls);
    const operators = await app.ops(kind, tls);
    for (const [name, value] of Object.entries({ ...told, operators })) terminal.line(`${name.padEnd(9)} ${value}`);
    terminal.line(`${kind}: ready (Ctrl-C ends it)`);
    terminal.data({ ready: true, kind, ...told, operators });
    await new Promise<void>((resolve) => (stop.aborted ? resolve() : stop.addEventListener('abort', () => resolve(), { once: true })));
    terminal.line('stopping …');
  } finally {
    await app.close();
  }
  terminal.line('stopped');
}
