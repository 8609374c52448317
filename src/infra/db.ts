import { PrismaPg } from '@prisma/adapter-pg';
import { Pool, type PoolClient } from 'pg';
import { KopruError } from '../core/errors';
import { PrismaClient } from './generated/client';
import { openShortReads, type ShortReads } from './shortReads';

/** The database: Prisma for ordinary queries, the pool for set-based SQL and bulk copy, short reads for what every request asks. */
export interface Database {
  url: string;
  prisma: PrismaClient;
  pool: Pool;
  reads: ShortReads;
  /** Makes room for so many connections at once. */
  reserve(connections: number): void;
  close(): Promise<void>;
}

/** Opens connections lazily; `checkDatabase` tells whether the server answers. */
export function openDatabase(url: string, options: { connections?: number } = {}): Database {
  const place = { connectionString: url, application_name: 'kopru', keepAlive: true, connectionTimeoutMillis: 30_000 };
  const pool = new Pool({ ...place, max: options.connections ?? 12 });
  const reads = openShortReads(place);
  // A lost idle connection is replaced by the pool; the next query reports what matters.
  pool.on('error', () => undefined);
  // The pool does not listen on a connection that is lent out; a break there is told by the next query, and must not end the process.
  pool.on('connect', (client) => client.on('error', () => undefined));
  const prisma = new PrismaClient({ adapter: new PrismaPg(pool, { disposeExternalPool: false }) });
  return {
    url,
    prisma,
    pool,
    reads,
    reserve: (connections) => {
      pool.options.max = Math.max(pool.options.max ?? 0, connections);
    },
    close: async () => {
      await reads.close();
      await prisma.$disconnect();
      await pool.end();
    },
  };
}

/** @throws KopruError `database-unavailable` if the server does not answer. */
export async function checkDatabase(db: Database): Promise<void> {
  try {
    await db.pool.query('select 1');
  } catch (cause) {
    throw new KopruError('database-unavailable', 'PostgreSQL does not answer at the configured address.', {
      hint: 'Check that the server runs and that DATABASE_URL is right (kopru doctor tests it).',
      cause,
    });
  }
}

/** Runs statements in one transaction on one connection; rolls back on any error. */
export async function transaction<T>(pool: Pool, work: (client: PoolClient) => Promise<T>): Promise<T> {
  const client = await pool.connect();
  try {
    await client.query('begin');
    const result = await work(client);
    await client.query('commit');
    client.release();
    return result;
  } catch (error) {
    // A connection whose rollback fails is of no more use.
    const broken = await client.query('rollback').then(
      () => false,
      () => true,
    );
    client.release(broken);
    throw error;
  }
}
