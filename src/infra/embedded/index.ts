import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Client } from 'pg';
import { KopruError } from '../../core/errors';
import { asFolderError, type DataFolder, openDataFolder } from '../folders';
import { oneAtATime } from '../folders/claim';
import { ensureCluster, passwordFile } from './cluster';
import { choosePlace, clusterOf, findHome } from './place';
import { findPostmaster, findReadyPostmaster, startPostmaster, stopPostmaster } from './process';
import type { OtherSettings } from './settings';

export interface EmbeddedServer {
  /** For the broker's own role, which may create databases and is no superuser. */
  readonly url: string;
  readonly port: number;
  /** The cluster's folder, mostly inside the data folder. */
  readonly folder: string;
  /** It was left running by a killed broker and is taken over. */
  readonly adopted: boolean;
  stop(): Promise<void>;
}

const roleAndDatabase = 'kopru';

const urlFor = (port: number, password: string): string =>
  `postgresql://${roleAndDatabase}:${password}@127.0.0.1:${port}/${roleAndDatabase}`;

/** What logins of API processes are given; the migrations say what it may do. */
const apiRole = 'kopru_api';

/** What a fresh cluster lacks; each part by itself, as an earlier start may have been interrupted between them. */
async function furnish(port: number, password: string): Promise<void> {
  const client = new Client({ host: '127.0.0.1', port, user: 'postgres', password, database: 'postgres' });
  try {
    await client.connect();
    const { rows } = await client.query<{ role: boolean; database: boolean; api: boolean }>(
      `select exists (select from pg_roles where rolname = $1) as role,
              exists (select from pg_database where datname = $1) as database,
              exists (select from pg_roles where rolname = $2) as api`,
      [roleAndDatabase, apiRole],
    );
    const [there] = rows;
    if (!there?.role) await client.query(`create role ${roleAndDatabase} login createdb password ${client.escapeLiteral(password)}`);
    if (!there?.api) await client.query(`create role ${apiRole} nologin role ${roleAndDatabase}`);
    if (!there?.database) await client.query(`create database ${roleAndDatabase} owner ${roleAndDatabase}`);
  } catch (error) {
    throw new KopruError('embedded-failed', 'The embedded PostgreSQL runs, but refuses our password or our first statements.', {
      hint: 'If the secrets in the data folder were changed, restore them from a backup.',
      cause: error,
    });
  } finally {
    await client.end().catch(() => undefined);
  }
}

async function start(data: DataFolder, log: (line: string) => void, others: OtherSettings): Promise<EmbeddedServer> {
  const place = await choosePlace(data.root, log);
  const { cluster } = place;
  const password = await ensureCluster(data.root, place);
  const running = await findReadyPostmaster(cluster);
  const { pid, port } = running ?? (await startPostmaster(place, join(data.logs, 'postgres.log'), others));
  try {
    await furnish(port, password);
  } catch (error) {
    if (!running) await stopPostmaster(cluster, pid);
    throw error;
  }
  return { url: urlFor(port, password), port, folder: cluster, adopted: running !== undefined, stop: () => stopPostmaster(cluster, pid) };
}

/** Starts the data folder's own PostgreSQL, or takes over one that still runs. `log` is told what a person should know; `settings` are those of the server that shall differ. */
export async function startEmbedded(options: {
  folder: string;
  log: (line: string) => void;
  settings?: OtherSettings;
}): Promise<EmbeddedServer> {
  const data = await openDataFolder(options.folder);
  try {
    return await oneAtATime(join(data.root, 'postgres.lock'), () => start(data, options.log, options.settings ?? {}));
  } catch (error) {
    throw asFolderError(data.root, error);
  }
}

/** The running server of a data folder, for another process that wants to talk to it. */
export async function findEmbedded(folder: string): Promise<{ url: string; port: number } | undefined> {
  try {
    const home = await findHome(folder);
    const found = home === undefined ? undefined : await findPostmaster(clusterOf(home));
    if (found?.status !== 'ready') return undefined;
    const password = (await readFile(passwordFile(folder), 'utf8')).trim();
    return { url: urlFor(found.port, password), port: found.port };
  } catch (error) {
    throw asFolderError(folder, error);
  }
}
