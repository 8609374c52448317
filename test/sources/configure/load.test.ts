import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { stringify } from 'yaml';
import { KopruError } from '../../../src/core/errors';
import { loadSources } from '../../../src/sources';
import { certificateFiles } from '../certificates';
import { agreement, cleanUp, folder } from '../support';

afterEach(cleanUp);

type Loose = Record<string, unknown>;
const listing = (more: Loose = {}) => ({
  kind: 'listing',
  service: 'Agency',
  baseUrl: 'https://agency.example/api',
  request: { path: '/agents' },
  paging: { style: 'page', sizeParam: 'size' },
  fields: { nationalId: 'tc', fullName: 'ad' },
  ...more,
});
const query = (more: Loose = {}) => ({
  kind: 'query',
  service: 'Agency',
  baseUrl: 'https://agency.example',
  request: { path: '/ask', body: { tc: '{id}' } },
  known: [{ dataset: 'emetip.workers', field: 'agentId' }],
  fields: { fullName: 'ad' },
  ...more,
});

const write = (sources: Loose, into = folder()) => {
  const file = path.join(into, 'sources.yaml');
  writeFileSync(file, stringify({ sources }));
  return file;
};
const load = (source: Loose, env: NodeJS.ProcessEnv = {}) => loadSources(write({ 'iskur.agents': source }), agreement, env);
/** The problems that loading tells of, without the heading. */
const problems = (source: Loose, env: NodeJS.ProcessEnv = {}): string => {
  try {
    load(source, env);
  } catch (error) {
    if (error instanceof KopruError && error.code === 'sources-invalid')
      return error.message.replace(/^The sources file sources\.yaml is wrong: /, '');
    throw error;
  }
  return '';
};

test('a listing and a query that are right are read, with what they do not say filled in', () => {
  const source = load(listing()).sources['iskur.agents'];
  expect(source).toMatchObject({
    kind: 'listing',
    auth: { type: 'none' },
    limits: { pageSize: 1000, concurrency: 2 },
    retry: { attempts: 5 },
    response: { records: '$', encoding: 'utf-8' },
  });
  // A query's key is the id that is asked for.
  expect(load(query()).sources['iskur.agents']).toMatchObject({ kind: 'query', kinds: ['tckn'], request: { method: 'POST' } });
});

test('JSON is read as well as YAML', () => {
  const file = path.join(folder(), 'sources.json');
  writeFileSync(file, JSON.stringify({ $schema: './sources.schema.json', sources: { 'iskur.agents': listing() } }));
  expect(Object.keys(loadSources(file, agreement, {}).sources)).toEqual(['iskur.agents']);
});

test('all mistakes are told at once, each with its place', () => {
  const text = problems(
    listing({
      baseUrl: 'http://user:pw@agency.example/?a=1',
      fields: {
        nationalId: 'tc',
        nick: 'x',
        title: { from: 'a..b', format: 'dd.MM.yyyy' },
        reportedWorkerCount: { from: 'n', accept: 'number' },
      },
      auth: { type: 'bearer', token: { env: 'NOT_SET' } },
      limits: { maxBodyBytes: 100, maxInflatedBytes: 10 },
      retry: { firstSeconds: 9, maxSeconds: 2 },
      consistency: 'version',
    }),
  );
  const told = text.trim().split(/; (?=sources\.)/);
  expect(told.map((one) => one.slice(0, one.indexOf(': ')))).toEqual([
    'sources.iskur.agents.fields.nick',
    'sources.iskur.agents.fields.title.format',
    'sources.iskur.agents.fields.reportedWorkerCount.accept',
    'sources.iskur.agents.baseUrl',
    'sources.iskur.agents.baseUrl',
    'sources.iskur.agents.baseUrl',
    'sources.iskur.agents.auth',
    'sources.iskur.agents.fields.title',
    'sources.iskur.agents.limits.maxInflatedBytes',
    'sources.iskur.agents.retry.firstSeconds',
    'sources.iskur.agents.consistency',
  ]);
  expect(text).not.toContain('pw');
});

test('datasets and fields of the agreement', () => {
  const wrong = write({ 'iskur.nothing': listing(), constructor: listing() });
  expect(() => loadSources(wrong, agreement, {})).toThrow(/no dataset "iskur\.nothing"[\s\S]*no dataset "constructor"/);
  expect(problems(listing({ fields: { fullName: 'ad' } }))).toMatch(/the key field "nationalId" is not mapped/);
  expect(problems(listing({ fields: { nationalId: 'tc', constructor: 'x' } }))).toMatch(/no field "constructor"/);
  const workers = write({ 'emetip.workers': listing({ fields: { nationalId: 'tc' } }) });
  expect(() => loadSources(workers, agreement, {})).toThrow(
    /"fullName" is not mapped[\s\S]*"memberRole" is not mapped[\s\S]*"season" is not mapped/,
  );
});

describe('the address', () => {
  test.each([
    ['http://agency.example', {}, /must begin with https/],
    ['http://agency.example', { allowHttpOnLoopback: true }, /must begin with https/],
    ['http://127.0.0.1.agency.example', { allowHttpOnLoopback: true }, /must begin with https/],
    ['http://localhost.agency.example', { allowHttpOnLoopback: true }, /must begin with https/],
    ['http://[::2]', { allowHttpOnLoopback: true }, /must begin with https/],
    ['http://127.0.0.1:8080', {}, /allowHttpOnLoopback: true/],
    ['ftp://agency.example', {}, /must begin with https/],
    ['file:///etc/passwd', { allowHttpOnLoopback: true }, /must begin with https/],
    ['https://user@agency.example', {}, /belongs under auth/],
    ['https://agency.example/#a', {}, /before any \? or #/],
    ['not a url', {}, /baseUrl/],
  ])('%s with %j is refused', (baseUrl, more, message) => {
    expect(problems(listing({ baseUrl, ...more }))).toMatch(message);
  });

  test.each(['http://127.0.0.1:8080', 'http://127.9.9.9', 'http://[::1]:80', 'http://localhost', 'HTTP://LOCALHOST'])(
    '%s is this machine',
    (baseUrl) => {
      expect(problems(listing({ baseUrl, allowHttpOnLoopback: true }))).toBe('');
    },
  );
});

describe('secrets and files', () => {
  const bearer = (token: Loose) => listing({ auth: { type: 'bearer', token } });

  test('that are not there are told by where they should be', () => {
    expect(problems(bearer({ env: 'T' }))).toMatch(/auth: the environment variable T is not set/);
    expect(problems(bearer({ env: 'T' }), { T: '' })).toMatch(/T is empty/);
    expect(problems(bearer({ file: 'no.txt' }))).toMatch(/auth: the file .*no\.txt cannot be read/);
    expect(problems(listing({ ca: 'no.pem' }))).toMatch(/ca: the file .*no\.pem cannot be read/);
    expect(problems(query({ known: [{ file: 'no.txt' }] }))).toMatch(/known\[0\]\.file: .*cannot be read/);
  });

  test('that a header cannot carry are told, and never shown', () => {
    for (const T of ['two\nlines', 'tab\there', 'çğş€']) {
      const text = problems(bearer({ env: 'T' }), { T });
      expect(text).toMatch(/sources\.iskur\.agents\.auth: /);
      expect(text).not.toContain(T);
    }
    expect(problems(bearer({ env: 'T' }), { T: 'fine\r\n' })).toBe('');
    expect(problems(listing({ auth: { type: 'basic', username: { env: 'U' }, password: { env: 'P' } } }), { U: 'a:b', P: 'x' })).toMatch(
      /colon/,
    );
    expect(problems(listing({ auth: { type: 'apiKey', header: 'X Key', key: { env: 'K' } } }), { K: 'x' })).toMatch(
      /not the name of a header/,
    );
  });

  test('a secret written into the file is not accepted', () => {
    const text = problems(bearer('s3cret' as unknown as Loose));
    expect(text).toMatch(/auth/);
    expect(text).not.toContain('s3cret');
    expect(problems(listing({ request: { path: '/a', headers: { Authorization: 'Bearer s3cret' } } }))).toMatch(/belongs under auth/);
  });

  test('names of files are taken from the folder of the sources file', () => {
    const into = folder();
    writeFileSync(path.join(into, 'token'), 'abc');
    writeFileSync(path.join(into, 'ids'), '');
    const file = write({ 'iskur.agents': query({ auth: { type: 'bearer', token: { file: './token' } }, known: [{ file: 'ids' }] }) }, into);
    expect(loadSources(file, agreement, {}).sources['iskur.agents']).toMatchObject({
      auth: { token: { file: path.join(into, 'token') } },
      known: [{ file: path.join(into, 'ids') }],
    });
  });

  test('certificates must be whole and fit their key', async () => {
    const files = await certificateFiles(folder());
    const client = (certificate: string, key: string) => listing({ ca: files.ca, auth: { type: 'clientCertificate', certificate, key } });
    expect(problems(client(files.clientCert, files.clientKey))).toBe('');
    expect(problems(client(files.clientCert, files.serverKey))).toMatch(/certificate files cannot be used/);
    expect(problems(client(files.clientKey, files.clientKey))).toMatch(/certificate files cannot be used/);
    expect(problems(listing({ ca: files.clientKey }))).toMatch(/no certificate/);
    expect(problems({ ...client(files.clientCert, files.clientKey), baseUrl: 'http://127.0.0.1', allowHttpOnLoopback: true })).toMatch(
      /needs https/,
    );
  });
});

describe('the request', () => {
  test.each([
    [listing({ request: { path: '/a?b=1' } }), /request\.path: it ends before/],
    [listing({ request: { path: 'a' } }), /request\.path/],
    [listing({ request: { path: '/a', body: {} } }), /a GET has no body/],
    [listing({ request: { path: '/a', headers: { 'X-A': 'a\nb' } } }), /X-A: it is not a header/],
    [listing({ request: { path: '/a', query: { size: 5 } } }), /paging\.sizeParam: "size" also stands/],
    [listing({ paging: { style: 'page', sizeParam: 'page' } }), /two parameters have one name/],
    [listing({ paging: { style: 'page', pages: 'a.' } }), /paging\.pages: "a\." has an empty name/],
    [query({ request: { path: '/ask', body: { tc: 'id' } } }), /"\{id\}" stands nowhere/],
    [query({ request: { path: '/ask/{id}', body: { tc: '{id}' } } }), /in the body alone/],
    [query({ request: { path: '/ask', query: { tc: '{id}' }, body: { tc: '{id}' } } }), /in the body alone/],
    [query({ request: { path: '/ask', headers: { 'X-Id': '{id}' }, body: { tc: '{id}' } } }), /in the body alone/],
    [query({ request: { path: '/ask', method: 'GET', body: { tc: '{id}' } } }), /request\.method/],
    [query({ known: [{ dataset: 'no.such', field: 'a' }] }), /known\[0\]\.dataset: the agreement has no dataset/],
    [query({ known: [{ dataset: 'emetip.workers', field: 'no' }] }), /known\[0\]\.field: .* has no field "no"/],
    [query({ known: [{ dataset: 'emetip.workers', field: 'season' }] }), /"season" is not a national id/],
    [listing({ colour: 'red' }), /colour/],
  ])('%#', (source, message) => {
    expect(problems(source)).toMatch(message);
  });
});
