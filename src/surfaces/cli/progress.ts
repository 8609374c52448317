import { setTimeout as pause } from 'node:timers/promises';
import { MultiBar, Presets, type SingleBar } from 'cli-progress';
import type { App } from '../../app/app';
import { type RunView, runView } from '../../operations/runs/runs';
import type { Terminal } from './deps';
import { count } from './terminal';

const ended = new Set(['succeeded', 'held', 'failed', 'cancelled']);

/** Shows runs as they go, until all have ended or wait for another day; returns them as they then are. */
export async function watchRuns(app: App, ids: readonly number[], terminal: Terminal, signal?: AbortSignal): Promise<RunView[]> {
  const bars = terminal.live ? liveBars() : plainLines(terminal);
  try {
    for (;;) {
      const runs = await Promise.all(ids.map((id) => runView(app.db, id)));
      for (const run of runs) bars.show(run);
      if (runs.every((run) => ended.has(run.status) || rests(run, app.clock())) || signal?.aborted) return runs;
      await pause(150, undefined, signal ? { signal } : {}).catch(() => undefined);
    }
  } finally {
    bars.stop();
  }
}

/** A run that goes on much later, such as tomorrow when the daily limit renews. */
function rests(run: RunView, now: Date): boolean {
  return run.status === 'waiting' && run.resumeAt !== null && run.resumeAt.getTime() - now.getTime() > 10 * 60_000;
}

interface Bars {
  show(run: RunView): void;
  stop(): void;
}

function liveBars(): Bars {
  const multi = new MultiBar(
    { format: '{dataset} {bar} {percentage}% {records} {state}', hideCursor: true, clearOnComplete: false, forceRedraw: true },
    Presets.shades_classic,
  );
  const bars = new Map<number, SingleBar>();
  return {
    show: (run) => {
      const total = run.total ?? Math.max(run.records, 1);
      const done = run.status === 'succeeded' ? total : Math.min(run.records, total);
      const state =
        run.status === 'running'
          ? run.pass > 1
            ? `reading ${run.pass}`
            : run.records === run.total
              ? 'comparing'
              : 'pulling'
          : run.status;
      const shown = { dataset: run.dataset.padEnd(18), records: count(run.records).padStart(10), state };
      const bar = bars.get(run.id) ?? multi.create(total, 0, shown);
      bars.set(run.id, bar);
      bar.setTotal(total);
      bar.update(done, shown);
    },
    stop: () => multi.stop(),
  };
}

function plainLines(terminal: Terminal): Bars {
  const last = new Map<number, string>();
  return {
    show: (run) => {
      // Every tenth of the way is a line; a file of output need not hold more.
      const tenth = run.total ? Math.floor((10 * run.records) / run.total) * 10 : 0;
      const said = ended.has(run.status) ? run.status : run.status === 'running' ? `${tenth}%` : run.status;
      if (last.get(run.id) === said) return;
      last.set(run.id, said);
      terminal.line(`${run.dataset}: ${said}${run.records ? `, ${count(run.records)} records read` : ''}`);
    },
    stop: () => undefined,
  };
}
