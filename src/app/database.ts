import { setTimeout as pause } from 'node:timers/promises';
import { KopruError } from '../core/errors';
import { checkDatabase, type Database, openDatabase } from '../infra/db';
import { findEmbedded, startEmbedded } from '../infra/embedded';
import { migrate, pendingMigrations } from '../infra/migrate';
import type { Settings } from '../infra/settings';

const patienceMillis = 1_000;

export interface OpenedDatabase {
  db: Database;
  /** `embedded`, or the address's host where a server is configured. */
  place: string;
  close(): Promise<void>;
}

/**
 * The configured database, or the embedded one: the running server of the data folder, else one started for this process.
 * With `migrate`, missing migrations are applied; without, they are an error.
 */
export async function openConfiguredDatabase(
  settings: Settings,
  options: { migrate: boolean; keepRunning?: () => boolean; log: (line: string) => void },
): Promise<OpenedDatabase> {
  if (settings.databaseUrl) {
    const db = openDatabase(settings.databaseUrl);
    return ready(db, settings.databaseUrl, new URL(settings.databaseUrl).host, () => db.close(), options);
  }
  const running = await findEmbedded(settings.dataFolder);
  if (running && !options.migrate) {
    const db = openDatabase(running.url);
    return ready(db, running.url, 'embedded', () => db.close(), options);
  }
  const server = await startEmbedded({ folder: settings.dataFolder, log: options.log });
  const db = openDatabase(server.url);
  const close = async () => {
    // A statement that takes long is ended by the server's own end; its transaction is undone, and the run goes on next time.
    await Promise.race([db.close(), pause(patienceMillis, undefined, { ref: false })]);
    // Another process of this data folder may have begun to rely on the server meanwhile.
    if (!options.keepRunning?.()) await server.stop();
  };
  return ready(db, server.url, 'embedded', close, { ...options, migrate: true });
}

async function ready(
  db: Database,
  url: string,
  place: string,
  close: () => Promise<void>,
  options: { migrate: boolean },
): Promise<OpenedDatabase> {
  try {
    await checkDatabase(db);
    if (options.migrate) await migrate(url);
    else await refusePending(url);
  } catch (error) {
    await close();
    throw error;
  }
  return { db, place, close };
}

async function refusePending(url: string): Promise<void> {
  const pending = await pendingMigrations(url);
  if (pending.length === 0) return;
  throw new KopruError('database-outdated', `The database lacks ${pending.length} migration(s) of this version.`, {
    hint: 'Run kopru migrate, or kopru up, which does it too.',
  });
}
