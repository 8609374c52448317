import { spawn } from 'node:child_process';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Client } from 'pg';
import { KopruError } from '../core/errors';
import { projectRoot } from './folders';

/** One migration at a time per database, whoever starts it; the number is only ours to know. */
const migrationLock = 1_263_489_618;

const migrationsFolder = (): string => join(projectRoot(), 'prisma/migrations');

async function withClient<T>(url: string, work: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ connectionString: url, application_name: 'kopru migrate' });
  // A connection that breaks between statements must not end the process; the next statement reports it.
  client.on('error', () => undefined);
  try {
    await client.connect();
  } catch (error) {
    throw new KopruError('database-unavailable', 'The database cannot be reached.', {
      hint: 'Look whether PostgreSQL runs and DATABASE_URL is right.',
      cause: error,
    });
  }
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

async function pendingOn(client: Client): Promise<string[]> {
  const entries = await readdir(migrationsFolder(), { withFileTypes: true });
  const all = entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
  const { rows: known } = await client.query<{ there: boolean }>(`select to_regclass('_prisma_migrations') is not null as there`);
  const { rows } = known[0]?.there
    ? await client.query<{ migration_name: string }>(
        'select migration_name from _prisma_migrations where finished_at is not null and rolled_back_at is null',
      )
    : { rows: [] };
  const applied = new Set(rows.map((row) => row.migration_name));
  return all.filter((name) => !applied.has(name)).sort();
}

/** Names of the migrations this version has and the database lacks; changes nothing. */
export const pendingMigrations = (url: string): Promise<string[]> => withClient(url, pendingOn);

/** Runs the schema engine in a process of its own; the address goes by environment, which other users cannot read. */
export function runEngine<T>(command: 'apply' | 'schema', url: string): Promise<T> {
  const { NODE_OPTIONS: _ours, ...environment } = process.env;
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [join(projectRoot(), 'bin/migrate-engine.mjs'), command], {
      env: { ...environment, KOPRU_MIGRATE_URL: url },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    let errors = '';
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      output += chunk;
    });
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
      errors += chunk;
    });
    child.on('error', reject);
    child.on('close', () => {
      try {
        const answer = JSON.parse(output) as { ok: T } | { error: string };
        if ('ok' in answer) resolve(answer.ok);
        else reject(new Error(answer.error));
      } catch {
        reject(new Error(`The schema engine ended without an answer. ${errors.slice(0, 500)}`));
      }
    });
  });
}

/** Applies what is pending and returns its names. Migrations stay in Prisma's own format, so its native command line works too. */
export async function migrate(url: string): Promise<string[]> {
  return withClient(url, async (client) => {
    await client.query('select pg_advisory_lock($1)', [migrationLock]);
    if ((await pendingOn(client)).length === 0) return [];
    try {
      return await runEngine<string[]>('apply', url);
    } catch (error) {
      if (/schema is not empty/.test((error as Error).message)) {
        throw new KopruError('database-outdated', 'The database already holds tables that are not the broker’s, and is left alone.', {
          hint: 'Point DATABASE_URL to an empty database.',
        });
      }
      throw new KopruError('database-outdated', 'A migration of the database failed; it was undone as a whole.', {
        hint: `PostgreSQL said: ${/ERROR: .*/.exec((error as Error).message)?.[0] ?? '(nothing)'}`,
        cause: error,
      });
    }
  });
}
