import type { Queues } from '../../jobs/queues';
import type { Database } from '../infra/db';
import type { Logger } from '../infra/log';
import type { Settings } from '../infra/settings';

/** Opens the queues where the settings say. Their libraries are many, and read only by a process that needs them. */
export async function openConfiguredQueues({ redisUrl, redisCaFile }: Settings, db: Database, log: Logger): Promise<Queues> {
  const [{ queueBackend }, { openQueues }] = await Promise.all([import('../../jobs/backend.js'), import('../../jobs/queues.js')]);
  return openQueues(queueBackend({ databaseUrl: db.url, redisUrl, redisCaFile }), log);
}
