import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { migrate, pendingMigrations } from '../../src/infra/migrate';
import { schemaDifferences } from './support/schema';
import { ask, scratch } from './support/server';

const { folder, start, tidy } = scratch();
let server: string;

beforeAll(async () => {
  server = (await start(join(folder(), 'data'))).url;
});
afterAll(tidy);

async function freshDatabase(): Promise<string> {
  const name = `migrate_${randomBytes(6).toString('hex')}`;
  await ask(server, `create database ${name}`);
  return server.replace(/\/[^/]*$/, `/${name}`);
}

const all = readdirSync('prisma/migrations')
  .filter((name) => /^\d+_/.test(name))
  .sort();

test('an empty database lacks everything, is migrated once, and then lacks nothing', async () => {
  const url = await freshDatabase();
  expect(await pendingMigrations(url)).toEqual(all);
  expect(await ask(url, `select to_regclass('_prisma_migrations') as it`)).toEqual([{ it: null }]);
  expect(await migrate(url)).toEqual(all);
  expect(await pendingMigrations(url)).toEqual([]);
  expect(await migrate(url)).toEqual([]);
});

test('two processes that migrate at once apply each migration once', async () => {
  const url = await freshDatabase();
  const outcomes = await Promise.all([migrate(url), migrate(url), migrate(url)]);
  expect(outcomes.flat()).toEqual(all);
  expect(await ask(url, 'select migration_name from _prisma_migrations order by 1')).toEqual(all.map((name) => ({ migration_name: name })));
});

/** Prisma's own table, as its native engine makes it. */
const begin = `create table _prisma_migrations (
  id varchar(36) primary key, checksum varchar(64) not null, finished_at timestamptz, migration_name varchar(255) not null,
  logs text, rolled_back_at timestamptz, started_at timestamptz not null default now(), applied_steps_count integer not null default 0)`;

test('a migration that a killed process only began is applied', async () => {
  const url = await freshDatabase();
  await ask(url, begin);
  await ask(url, `insert into _prisma_migrations (id, checksum, migration_name) values ('1', 'x', '${all[0]}')`);
  expect(await pendingMigrations(url)).toEqual(all);
  expect(await migrate(url)).toEqual(all);
  expect(await pendingMigrations(url)).toEqual([]);
});

test('a migration that fails is undone as a whole and reported in one sentence', async () => {
  const url = await freshDatabase();
  const last = [...readFileSync(`prisma/migrations/${all[0]}/migration.sql`, 'utf8').matchAll(/^CREATE TABLE "(\w+)"/gm)].at(-1)?.[1];
  await ask(url, begin);
  await ask(url, `create table ${last} (in_the_way int)`);
  await expect(migrate(url)).rejects.toMatchObject({ code: 'database-outdated', message: expect.stringContaining('undone') });
  expect(await ask(url, `select tablename from pg_tables where schemaname = 'public' order by 1`)).toEqual(
    ['_prisma_migrations', last].sort().map((tablename) => ({ tablename })),
  );
  await ask(url, `drop table ${last}`);
  expect(await migrate(url)).toEqual(all);
});

test('a database that holds something else is left alone', async () => {
  const url = await freshDatabase();
  await ask(url, 'create table theirs (x int)');
  await expect(migrate(url)).rejects.toMatchObject({ code: 'database-outdated', message: expect.stringContaining('left alone') });
  expect(await ask(url, `select tablename from pg_tables where schemaname = 'public'`)).toEqual([{ tablename: 'theirs' }]);
});

test('a database that is away is one sentence, without the address', async () => {
  const away = 'postgresql://kopru:secret@127.0.0.1:1/kopru';
  await expect(migrate(away)).rejects.toMatchObject({ code: 'database-unavailable', message: expect.not.stringContaining('secret') });
});

test('the migrations make what prisma/schema.prisma says', async () => {
  const migrated = await freshDatabase();
  await migrate(migrated);
  expect(await schemaDifferences(migrated, await freshDatabase())).toEqual([]);
});
