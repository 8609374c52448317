import { join } from 'node:path';
import { migrate } from '../../src/infra/migrate';
import { ask, scratch } from '../infra/support/server';

const { folder, start, tidy } = scratch();
let owner: string;
let superuser: string;

beforeAll(async () => {
  owner = (await start(join(folder(), 'data'))).url;
  superuser = Object.assign(new URL(owner), { username: 'postgres' }).href;
});
afterAll(tidy);

const made = async () => (await ask(owner, `select 1 from pg_roles where rolname = 'kopru_api'`)).length === 1;
const mayAppend = (url: string) => ask(url, `select has_function_privilege('kopru_api', 'audit_append(text[], bytea[])', 'execute') as it`);
const database = async (name: string, by: string) => {
  await ask(by, `create database ${name}`);
  return Object.assign(new URL(by), { pathname: `/${name}` }).href;
};

test('the embedded server has the role; elsewhere a migration does without it, and gives it its rights when it is made later', async () => {
  expect(await made()).toBe(true);
  await ask(superuser, 'drop role kopru_api');
  const url = await database('without', owner);
  await migrate(url);
  expect(await made()).toBe(false);
  await ask(superuser, 'create role kopru_api nologin');
  await ask(url, 'select grant_api_role()');
  expect(await mayAppend(url)).toEqual([{ it: true }]);
});

test('two databases that are migrated at once by a role that may make roles agree on one', async () => {
  await ask(Object.assign(new URL(owner), { username: 'postgres', pathname: '/without' }).href, 'drop owned by kopru_api');
  await ask(superuser, 'drop role kopru_api');
  const urls = [await database('one', superuser), await database('two', superuser)];
  await Promise.all(urls.map(migrate));
  for (const url of urls) expect(await mayAppend(url)).toEqual([{ it: true }]);
});
