import type { Job } from 'bullmq';
import type { Logger } from 'pino';
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

export async function openRunQueue(backend: QueueBackend, log: Logger): Promise<RunQueue> {
  const queue = backend.queue(queueName);
  const heard = (error: Error & { code?: string }) => log.warn({ queue: queueName, code: error.code ?? error.name }, 'queue connection');
  queue.on('error', heard);
  await queue.waitUntilReady();
  const stopping = new AbortController();
  let worker: ReturnType<QueueBackend['worker']> | undefined;
  return {
    announce: async ({ id, attempts }) => {
      // Finished jobs are not kept: their id may come again, and the run's row is the memory.
      await queue.add('run', { runId: id }, { jobId: `run-${id}-${attempts}`, removeOnComplete: true, removeOnFail: true });
    },
    work: async (execute) => {
      worker = backend.worker(queueName, async (job: Job<{ runId: number }>) => execute(job.data.runId, stopping.signal), { concurrency: 1, lockDuration: 60_000 });
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
