import { type ConnectionOptions, createPostgresBackend, FlowProducer, type Processor, Queue, Worker, type WorkerOptions } from 'bullmq';
import { redisPlace } from '../src/core/redisPlace';
import { connectRedis } from './redis';

/** Where the queue lives: Redis where there is one, else the database itself. */
export interface QueuePlace {
  databaseUrl: string;
  redisUrl?: string | undefined;
  redisCaFile?: string | undefined;
}

/** Builds queues, flows and workers alike for both places; `close` ends the connections it opened. */
export interface QueueBackend {
  queue(name: string): Queue;
  flows(): FlowProducer;
  worker(name: string, work: Processor, options: Omit<WorkerOptions, 'connection'>): Worker;
  close(): Promise<void>;
}

export function queueBackend({ databaseUrl, redisUrl, redisCaFile }: QueuePlace): QueueBackend {
  const place = redisUrl === undefined ? undefined : redisPlace(redisUrl);
  return place ? redisBackend((producer) => connectRedis(place, { caFile: redisCaFile, producer })) : postgresBackend(databaseUrl);
}

/** In braces, so that a Cluster keeps all of a queue in one place. */
const prefix = '{kopru}';

function redisBackend(open: (producer: boolean) => ReturnType<typeof connectRedis>): QueueBackend {
  const connections: ReturnType<typeof connectRedis>[] = [];
  const connect = (producer: boolean): ConnectionOptions => {
    const redis = open(producer);
    connections.push(redis);
    return redis as unknown as ConnectionOptions;
  };
  return {
    queue: (name) => new Queue(name, { connection: connect(true), prefix }),
    flows: () => new FlowProducer({ connection: connect(true), prefix }),
    worker: (name, work, options) => new Worker(name, work, { ...options, connection: connect(false), prefix }),
    close: async () => {
      for (const redis of connections) redis.disconnect();
    },
  };
}

function postgresBackend(connectionString: string): QueueBackend {
  // Few each: a server has a hundred connections, and there may be many processes.
  const connection = (max: number) => ({ connectionString, migrate: true, max }) as unknown as ConnectionOptions;
  return {
    queue: (name) => new Queue(name, { connection: connection(1) }, createPostgresBackend as never),
    flows: () => new FlowProducer({ connection: connection(1) }, createPostgresBackend as never),
    worker: (name, work, options) => new Worker(name, work, { ...options, connection: connection(2) }, createPostgresBackend as never),
    close: async () => undefined,
  };
}
