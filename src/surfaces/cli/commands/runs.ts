import type { Command } from 'commander';
import type { App } from '../../../app/app';
import { KopruError } from '../../../core/errors';
import { allPullable, cancelRun, listRuns, type RunKind, type RunView, requestRun } from '../../../operations/runs/runs';
import { datasetsOf, tellConsents, withConsents } from '../consentLines';
import type { CommandContext } from '../deps';
import { watchRuns } from '../progress';
import { seconds, table, when } from '../terminal';

export function runCommands(program: Command, context: CommandContext): void {
  program
    .command('sync')
    .argument('<dataset>', 'a dataset’s id, or all')
    .option('--wait', 'work on it here if no broker runs, show progress, and end with its outcome')
    .description('request a pull')
    .action(async (dataset: string, options: { wait?: boolean }) => {
      await request(context, dataset, 'pull', options.wait ?? false);
    });

  const runs = program
    .command('runs')
    .description('list runs, newest first')
    .option('--dataset <id>', 'of one dataset')
    .option('--limit <n>', 'how many', '20')
    .action(async (options: { dataset?: string; limit: string }) => {
      const terminal = context.terminal();
      await withApp(context, async (app) => {
        const found = await listRuns(app.db, { dataset: options.dataset, limit: wholeNumber(options.limit, '--limit') });
        terminal.data(await withConsents(app, found));
        terminal.line(runTable(found));
        await tellConsents(terminal, app, datasetsOf(found));
        for (const run of found) if (run.error) terminal.line(`run ${run.id}: ${run.error.message} ${run.error.hint ?? ''}`.trimEnd());
      });
    });
  runs
    .command('cancel')
    .argument('<run>', 'its number')
    .description('end a live run; a pull stops at its next page')
    .action(async (id: string) => {
      const terminal = context.terminal();
      await withApp(context, (app) => cancelRun(app.broker, wholeNumber(id, 'the run'), 'cli'));
      terminal.line(`Run ${id} is cancelled.`);
      terminal.data({ run: Number(id), status: 'cancelled' });
    });
}

/** Requests runs, and with `wait` sees them through. @throws KopruError if one was held or failed */
export async function request(context: CommandContext, dataset: string, kind: RunKind, wait: boolean): Promise<void> {
  const { deps } = context;
  const terminal = context.terminal();
  const settings = deps.settings();
  const elsewhere = await deps.brokerRuns(settings);
  const sources = await deps.sources(settings);
  try {
    const app = await deps.openApp({
      settings,
      sourcesFile: sources.file,
      standIns: sources.standIns,
      keepServer: () => false,
      say: (line) => terminal.line(line),
    });
    try {
      const datasets = dataset === 'all' ? await allPullable(app.broker) : [dataset];
      if (wait && !elsewhere) await app.work({ pulls: 1, lookups: 0 });
      const ids: number[] = [];
      for (const id of datasets) {
        const run = await requestRun(app.broker, { dataset: id, kind, mode: 'manual' }, 'cli');
        ids.push(run.id);
        if (!wait) terminal.line(`${id}: run ${run.id} ${run.already ? 'was requested before' : 'is requested'}.`);
      }
      if (wait) {
        const ended = await watchRuns(app, ids, terminal);
        terminal.data(await withConsents(app, ended));
        terminal.line(runTable(ended));
        await tellConsents(terminal, app, datasetsOf(ended));
        return refuseUnsuccessful(ended);
      }
      if (!elsewhere) terminal.line('No broker runs on this data folder: the request waits for one (kopru up), or use --wait.');
      terminal.data({ runs: ids });
    } finally {
      await app.close();
    }
  } finally {
    await sources.close();
  }
}

function refuseUnsuccessful(runs: readonly RunView[]): void {
  const bad = runs.find((r) => r.status !== 'succeeded');
  if (!bad) return;
  const code = (bad.error?.code ?? 'internal') as ConstructorParameters<typeof KopruError>[0];
  throw new KopruError(
    code,
    `Run ${bad.id} of ${bad.dataset} is ${bad.status}: ${bad.error?.message ?? ''}`,
    bad.error?.hint ? { hint: bad.error.hint } : {},
  );
}

function runTable(runs: RunView[]): string {
  return table(
    ['run', 'dataset', 'kind', 'status', 'records', 'quarantined', 'snapshot', 'requested', 'took'],
    runs.map((r) => [
      String(r.id),
      r.dataset,
      r.kind,
      r.status,
      r.records,
      r.quarantined,
      r.snapshot === null ? '' : `v${r.snapshot}`,
      when(r.requestedAt),
      seconds(r.startedAt, r.finishedAt),
    ]),
  );
}

/** Opens the app without sources for a command that only looks or decides. */
export async function withApp<T>(context: CommandContext, work: (app: App) => Promise<T>): Promise<T> {
  const terminal = context.terminal();
  const app = await context.deps.openApp({ settings: context.deps.settings(), say: (line) => terminal.line(line) });
  try {
    return await work(app);
  } finally {
    await app.close();
  }
}

export function wholeNumber(text: string, what: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new KopruError('usage', `${what} must be a whole number, not "${text.slice(0, 20)}".`);
  return Number(text);
}
