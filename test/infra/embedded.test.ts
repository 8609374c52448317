import { readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Client } from 'pg';
import { type EmbeddedServer, findEmbedded } from '../../src/infra/embedded';
import { isAlive } from '../../src/infra/folders/process';
import { ask, scratch } from './support/server';

const isRoot = process.getuid?.() === 0;
const { folder: freshFolder, start, stopAll, tidy, lines } = scratch();

const pidOf = (server: EmbeddedServer): number => Number(readFileSync(join(server.folder, 'postmaster.pid'), 'utf8').split('\n')[0]);

afterEach(stopAll);
afterAll(tidy);

/** Most tests share one cluster: making one takes a second. */
let folder: string;
beforeAll(() => {
  folder = join(freshFolder(), 'data');
});

test('a fresh data folder gets a server of its own, with settings that depend on nothing outside', async () => {
  expect(await findEmbedded(folder)).toBeUndefined();
  const server = await start(folder);
  expect(server.adopted).toBe(false);
  const [row] = await ask<Record<string, unknown>>(
    server.url,
    `select current_setting('server_encoding') as encoding, current_setting('TimeZone') as zone, current_setting('data_checksums') as checksums,
            current_setting('fsync') as fsync, current_setting('listen_addresses') as listens,
            (select datlocprovider::text || ' ' || datlocale from pg_database where datname = current_database()) as locale,
            (select rolsuper from pg_roles where rolname = current_user) as super, upper('ığüş') as upper`,
  );
  expect(row).toEqual({
    encoding: 'UTF8',
    zone: 'UTC',
    checksums: 'on',
    fsync: 'on',
    listens: '127.0.0.1',
    locale: 'b C.UTF-8',
    super: false,
    upper: 'IĞÜŞ',
  });
  expect(await findEmbedded(folder)).toEqual({ url: server.url, port: server.port });
  expect(statSync(join(folder, 'secrets/postgres-password')).mode & 0o777).toBe(0o600);
});

test('what was written is there after a stop, and nothing runs in between', async () => {
  const first = await start(folder);
  await ask(first.url, 'create table written as select 42 as answer');
  const pid = pidOf(first);
  await first.stop();
  expect(isAlive(pid)).toBe(false);
  expect(await findEmbedded(folder)).toBeUndefined();
  const second = await start(folder);
  expect(await ask(second.url, 'select answer from written')).toEqual([{ answer: 42 }]);
});

test('a server left running is taken over, and stopping it stops it', async () => {
  const first = await start(folder);
  const second = await start(folder);
  expect(second).toMatchObject({ adopted: true, port: first.port, url: first.url });
  const pid = pidOf(second);
  await second.stop();
  expect(isAlive(pid)).toBe(false);
});

test('a killed server starts again with what was committed', async () => {
  const first = await start(folder);
  await ask(first.url, 'create table kept as select 7 as answer');
  process.kill(pidOf(first), 'SIGKILL');
  const second = await start(folder);
  expect(second.adopted).toBe(false);
  expect(await ask(second.url, 'select answer from kept')).toEqual([{ answer: 7 }]);
});

test('a server killed while a session made an unlogged table starts again, though its first recovery stumbles', async () => {
  const first = await start(folder);
  const session = new Client({ connectionString: first.url });
  session.on('error', () => undefined);
  await session.connect();
  await session.query('begin');
  await session.query('create unlogged table half_made (n int)');
  // A commit elsewhere writes out that the table was begun; that it was given up, which the session then only notes, is lost.
  await ask(first.url, 'create table whole as select 8 as answer');
  const gone = new Promise((resolve) => session.once('end', resolve));
  process.kill(pidOf(first), 'SIGKILL');
  await gone;
  const second = await start(folder);
  expect(await ask(second.url, 'select answer from whole')).toEqual([{ answer: 8 }]);
  expect(readFileSync(join(folder, 'logs/postgres.log'), 'utf8')).toMatch(/could not create file .*: File exists/);
});

test('a pid file whose pid belongs to something else by now does not keep the server from starting', async () => {
  const first = await start(folder);
  const file = join(first.folder, 'postmaster.pid');
  const content = readFileSync(file, 'utf8').split('\n');
  await first.stop();
  // process.ppid lives, and is not the server.
  writeFileSync(file, [String(process.ppid), ...content.slice(1)].join('\n'));
  expect(await findEmbedded(folder)).toBeUndefined();
  expect((await start(folder)).adopted).toBe(false);
});

test('a making of the cluster that was interrupted is begun anew', async () => {
  const folder = join(freshFolder(), 'data');
  await mkdir(join(folder, 'postgres/new-interrupted/cluster/base'), { recursive: true });
  writeFileSync(join(folder, 'postgres/new-interrupted/cluster/PG_VERSION'), '18\n');
  const server = await start(folder);
  expect(await ask(server.url, 'select 1 as one')).toEqual([{ one: 1 }]);
  expect(await readdir(join(folder, 'postgres'))).toEqual(['cluster']);
});

test('two starts at once end up at one server', async () => {
  const folder = join(freshFolder(), 'data');
  const [one, two] = await Promise.all([start(folder), start(folder)]);
  expect(one.port).toBe(two.port);
});

test('a refused statement leaves nothing of its values in the server’s log', async () => {
  const server = await start(folder);
  await ask(server.url, `create table people (id text primary key)`);
  await ask(server.url, `insert into people values ('10000000146')`);
  await expect(ask(server.url, `insert into people values ('10000000146')`)).rejects.toThrow();
  await expect(ask(server.url, `select '10000000146x'::int`)).rejects.toThrow();
  await server.stop();
  const text = readFileSync(join(folder, 'logs/postgres.log'), 'utf8');
  expect(text).toContain('ready to accept connections');
  expect(text).not.toContain('10000000146');
});

test('a missing password file is one sentence', async () => {
  const folder = join(freshFolder(), 'data');
  await (await start(folder)).stop();
  rmSync(join(folder, 'secrets/postgres-password'));
  await expect(start(folder)).rejects.toMatchObject({ code: 'embedded-failed', message: expect.stringContaining('password file') });
});

(isRoot ? describe : describe.skip)('as root, below a folder that the user postgres may not enter', () => {
  test('the files go elsewhere, are found again, and one line says so', async () => {
    const folder = join(freshFolder(0o700), 'data');
    const first = await start(folder);
    expect(first.folder).toMatch(/^\/var\/lib\/kopru\//);
    expect(lines.at(-1)).toEqual(expect.stringContaining("the database's files are kept in"));
    await ask(first.url, 'create table kept as select 3 as answer');
    expect(await findEmbedded(folder)).toEqual({ url: first.url, port: first.port });
    await first.stop();
    lines.length = 0;
    const second = await start(folder);
    expect(second.folder).toBe(first.folder);
    expect(lines).toEqual([]);
    expect(await ask(second.url, 'select answer from kept')).toEqual([{ answer: 3 }]);
  });
});
