import { type ConnectionOptions, createPostgresBackend, type Processor, Queue, Worker, type WorkerOptions } from 'bullmq';
import Redis from 'ioredis';

/** Where the queue lives: Redis where there is one, else the database itself. */
export interface QueuePlace {
  databaseUrl: string;
  redisUrl?: string | undefined;
}

/** Builds queues and workers alike for both places; `close` ends the connections it opened. */
export interface QueueBackend {
  queue(name: string): Queue;
  worker(name: string, work: Processor, options: Omit<WorkerOptions, 'connection'>): Worker;
  close(): Promise<void>;
}

export function queueBackend(place: QueuePlace): QueueBackend {
  return place.redisUrl ? redisBackend(place.redisUrl) : postgresBackend(place.databaseUrl);
}

function redisBackend(url: string): QueueBackend {
  const connections: Redis[] = [];
  const connect = (): ConnectionOptions => {
    // A worker waits for its server as long as it takes.
    const redis = new Redis(url, { maxRetriesPerRequest: null });
    redis.on('error', () => undefined);
    connections.push(redis);
    return redis as unknown as ConnectionOptions;
  };
  return {
    queue: (name) => new Queue(name, { connection: connect() }),
    worker: (name, work, options) => new Worker(name, work, { ...options, connection: connect() }),
    close: async () => {
      for (const redis of connections) redis.disconnect();
    },
  };
}

function postgresBackend(connectionString: string): QueueBackend {
  const connection = { connectionString, migrate: true, max: 3 } as unknown as ConnectionOptions;
  return {
    queue: (name) => new Queue(name, { connection }, createPostgresBackend as never),
    worker: (name, work, options) => new Worker(name, work, { ...options, connection }, createPostgresBackend as never),
    close: async () => undefined,
  };
}
