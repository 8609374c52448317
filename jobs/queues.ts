import { setTimeout as pause } from 'node:timers/promises';
import type { FlowProducer, Job, Queue, Worker } from 'bullmq';
import type { Logger } from 'pino';
import { KopruError } from '../src/core/errors';
import type { QueueBackend } from './backend';

/** What is due, as its rows say: numbers only. */
export interface DueRun {
  id: number;
  attempts: number;
}
export interface DuePart {
  id: number;
  runId: number;
  pass: number;
  attempts: number;
}
export interface DueLookup {
  id: string;
  attempts: number;
}

/** What a worker is handed; the rows say what to do. */
export interface Steps {
  run(runId: number, signal: AbortSignal): Promise<void>;
  part(partId: number, signal: AbortSignal): Promise<void>;
  lookup(lookupId: string, signal: AbortSignal): Promise<void>;
}

/** The queues of pulls and of look-ups. Jobs carry numbers of rows and nothing else. Telling twice does no harm. */
export interface Queues {
  announceRun(run: DueRun): Promise<void>;
  /** Parts of one run, and the run itself once they have been worked on. */
  announceParts(parts: readonly DuePart[]): Promise<void>;
  announceLookup(lookup: DueLookup): Promise<void>;
  /** Starts to work in this process. Look-ups have workers of their own: a pull does not delay them. */
  work(steps: Steps, concurrency: { pulls: number; lookups: number }): Promise<void>;
  /** @throws KopruError `queue-unavailable` if the queues' server does not answer now */
  check(): Promise<void>;
  /** For the queue board. */
  all: readonly Queue[];
  /** Tells what runs to save its place and stop; `close` waits for it. */
  halt(): void;
  /** Stops workers first, letting a running pull reach its checkpoint, then the queues. */
  close(): Promise<void>;
}

const names = { pulls: 'pulls', lookups: 'lookups' } as const;
const patienceMillis = 5_000;
/**
 * How soon a killed worker's job comes back to the others. One that comes back too early does no harm: whoever works on the
 * row holds its lock.
 */
const handOver = { lockDuration: 10_000, stalledInterval: 4_000, maxStalledCount: 10 };
/** Finished jobs are not kept: their id may come again, and the row is the memory. */
const gone = { removeOnComplete: true, removeOnFail: true };

export async function openQueues(backend: QueueBackend, log: Logger): Promise<Queues> {
  const heardOn = (queue: string) => (error: Error & { code?: string }) =>
    log.warn({ queue, code: error.code ?? error.name }, 'queue connection');
  const pulls = backend.queue(names.pulls);
  const lookups = backend.queue(names.lookups);
  const flows = backend.flows();
  for (const queue of [pulls, lookups]) queue.on('error', heardOn(queue.name));
  flows.on('error', heardOn('flows'));
  await readyInTime([pulls, lookups, flows], backend);
  const stopping = new AbortController();
  const workers: Worker[] = [];

  const start = async (name: string, concurrency: number, work: (job: Job) => Promise<void>) => {
    if (concurrency === 0) return;
    const worker = backend.worker(name, work, { concurrency, ...handOver });
    worker.on('error', heardOn(name));
    worker.on('failed', (_job, error) => heardOn(name)(error));
    workers.push(worker);
    await worker.waitUntilReady();
  };

  return {
    all: [pulls, lookups],
    announceRun: async ({ id, attempts }) => {
      await pulls.add('run', { runId: id }, { jobId: `run-${id}-${attempts}`, ...gone });
    },
    announceParts: async (parts) => {
      const first = parts[0];
      if (!first) return;
      const { runId, pass } = first;
      await flows.add({
        name: 'run',
        queueName: names.pulls,
        data: { runId },
        opts: { jobId: `run-${runId}-pass-${pass}`, ...gone },
        children: parts.map(({ id, attempts }) => ({
          name: 'part',
          queueName: names.pulls,
          data: { partId: id },
          opts: { jobId: `part-${id}-${pass}-${attempts}`, ...gone },
        })),
      });
    },
    announceLookup: async ({ id, attempts }) => {
      await lookups.add('lookup', { lookupId: id }, { jobId: `lookup-${id}-${attempts}`, ...gone });
    },
    work: async (steps, concurrency) => {
      const { signal } = stopping;
      await start(names.pulls, concurrency.pulls, async ({ name, data }) =>
        name === 'part' ? steps.part(data.partId, signal) : steps.run(data.runId, signal),
      );
      await start(names.lookups, concurrency.lookups, async ({ data }) => steps.lookup(data.lookupId, signal));
    },
    check: async () => {
      await Promise.race([
        Promise.all([pulls.getWaitingCount(), lookups.getWaitingCount()]),
        pause(patienceMillis, undefined, { ref: false }).then(() => Promise.reject(away())),
      ]).catch(() => Promise.reject(away()));
    },
    halt: () => stopping.abort(),
    close: async () => {
      stopping.abort();
      await Promise.all(workers.map((worker) => worker.close()));
      await Promise.all([pulls.close(), lookups.close(), flows.close()]);
      await backend.close();
    },
  };
}

/** A queue whose server does not answer is told of, instead of being waited for without end. */
async function readyInTime(opened: readonly (Queue | FlowProducer)[], backend: QueueBackend): Promise<void> {
  const ready = Promise.all(opened.map((one) => one.waitUntilReady())).then(() => 'ready' as const);
  const late = pause(patienceMillis, 'late' as const, { ref: false });
  const outcome = await Promise.race([ready, late]).catch(() => 'late' as const);
  if (outcome === 'ready') return;
  await backend.close();
  throw away();
}

function away(): KopruError {
  return new KopruError('queue-unavailable', 'The queue’s server does not answer.', {
    hint: 'Check REDIS_URL, or the database where it is unset, and that the server runs.',
  });
}
