import { setTimeout as pause } from 'node:timers/promises';
import type { Job, Queue } from 'bullmq';
import type { Logger } from 'pino';
import { KopruError } from '../src/core/errors';
import type { QueueBackend } from './backend';

/** The queue of runs. Jobs carry a run's number and nothing else; the run's row says what to do. */
export interface RunQueue {
  /** Tells the workers of a run; telling twice does no harm. */
  announce(run: { id: number; attempts: number }): Promise<void>;
  /** Starts to work on runs in this process. */
  work(execute: (runId: number, signal: AbortSignal) => Promise<void>): Promise<void>;
  /** Stops workers first, letting a running pull reach its checkpoint, then the queue. */
  close(): Promise<void>;
}

const queueName = 'runs';
const patienceMillis = 5_000;

export async function openRunQueue(backend: QueueBackend, log: Logger): Promise<RunQueue> {
  const queue = backend.queue(queueName);
  const heard = (error: Error & { code?: string }) => log.warn({ queue: queueName, code: error.code ?? error.name }, 'queue connection');
  queue.on('error', heard);
  await readyInTime(queue, backend);
  const stopping = new AbortController();
  let worker: ReturnType<QueueBackend['worker']> | undefined;
  return {
    announce: async ({ id, attempts }) => {
      // Finished jobs are not kept: their id may come again, and the run's row is the memory.
      await queue.add('run', { runId: id }, { jobId: `run-${id}-${attempts}`, removeOnComplete: true, removeOnFail: true });
    },
    work: async (execute) => {
      worker = backend.worker(queueName, async (job: Job<{ runId: number }>) => execute(job.data.runId, stopping.signal), {
        concurrency: 1,
        lockDuration: 60_000,
      });
      worker.on('error', heard);
      worker.on('failed', (_job, error) => heard(error));
      await worker.waitUntilReady();
    },
    close: async () => {
      stopping.abort();
      await worker?.close();
      await queue.close();
      await backend.close();
    },
  };
}

/** A queue whose server does not answer is told of, instead of being waited for without end. */
async function readyInTime(queue: Queue, backend: QueueBackend): Promise<void> {
  const late = pause(patienceMillis, 'late' as const, { ref: false });
  const outcome = await Promise.race([queue.waitUntilReady().then(() => 'ready' as const), late]).catch(() => 'late' as const);
  if (outcome === 'ready') return;
  await backend.close();
  throw new KopruError('queue-unavailable', 'The queue’s server does not answer.', {
    hint: 'Check REDIS_URL, or the database where it is unset, and that the server runs.',
  });
}
