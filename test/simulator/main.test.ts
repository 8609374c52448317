import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createWorld, startSimulator } from '../../src/simulator';
import { sourcesShape } from '../../src/sources/configure/config';
import { selfSigned } from './support/certificate';
import { ask, jsonOf } from './support/client';
import { ended, firstLine, runMain } from './support/process';

let folder: string;
let cert: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'stand-in-'));
  const tls = await selfSigned();
  cert = tls.cert;
  writeFileSync(join(folder, 'cert.pem'), tls.cert);
  writeFileSync(join(folder, 'key.pem'), tls.key);
});
afterAll(() => rmSync(folder, { recursive: true }));

const small = ['--agents', '30', '--workers', '60', '--children', '20', '--seed', '5'];
const tls = ['--cert', 'cert.pem', '--key', 'key.pem'];

it('serves what its seed and day say, and ends cleanly on SIGTERM and on SIGINT', async () => {
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    const child = runMain([...tls, ...small, '--day', '3', '--control-token', 't', '--json'], folder);
    const end = ended(child);
    const { controlUrl } = JSON.parse(await firstLine(child));
    const truth = await ask(`${controlUrl}/truth/iskur.agents`, { ca: cert, headers: { authorization: 'Bearer t' } });
    const world = createWorld({ seed: 5, sizes: { agents: 30, workers: 60, children: 20 }, startDate: '2026-08-15' }, 3);
    expect(truth.body.toString()).toBe([...world.truth('iskur.agents')].map((record) => `${JSON.stringify(record)}\n`).join(''));
    child.kill(signal);
    expect(await end).toBe(0);
  }
});

it('keeps its credentials in a folder, with sources files that work', async () => {
  const read = (name: string) => readFileSync(join(folder, 'kept', name), 'utf8');
  const passwords = [];
  for (let start = 0; start < 2; start += 1) {
    const child = runMain([...tls, ...small, '--folder', 'kept', '--json'], folder);
    const end = ended(child);
    const line = JSON.parse(await firstLine(child));
    expect(line.credentials).toBeUndefined();
    passwords.push(read('iskurPassword'));
    const { sources } = sourcesShape.parse(JSON.parse(read('sources.json')));
    const workers = sources['emetip.workers'];
    const reply = await ask(`${workers?.baseUrl}${workers?.request.path}`, {
      ca: readFileSync(workers?.ca ?? '', 'utf8'),
      headers: { authorization: `Bearer ${read('emetipToken')}` },
    });
    expect(jsonOf(reply).toplam).toBe(60);
    child.kill();
    await end;
  }
  expect(passwords[0]).toBe(passwords[1]);
  expect(statSync(join(folder, 'kept', 'ctsKey')).mode & 0o777).toBe(0o600);
  expect(sourcesShape.parse(JSON.parse(read('sources-query.json'))).sources['iskur.agents']?.kind).toBe('query');
});

it.each([
  [['--workers', '5'], /--cert and --key/],
  [[...tls, '--workers', 'many'], /--workers takes a whole number/],
  [[...tls, '--unknown'], /--unknown/],
  [['--cert', 'none.pem', '--key', 'key.pem'], /none\.pem cannot be read/],
  [['--cert', 'key.pem', '--key', 'cert.pem'], /certificate and key/],
  [[...tls, '--workers', '9000000', '--start-date', '2026-02-30'], /workers must be .*; the start date/],
])('complains of %j in one sentence', async (args, complaint) => {
  const child = runMain(args, folder);
  const end = ended(child);
  await expect(firstLine(child)).rejects.toThrow(complaint);
  expect(await end).toBe(2);
});

it('names a port that is taken, and frees those it had already', async () => {
  const options = { tls: await selfSigned(), sizes: { agents: 10, workers: 12, children: 10 } };
  const portOf = (url: string) => Number(new URL(url).port);
  const first = await startSimulator(options);
  const taken = portOf(first.baseUrls.children);
  const spare = await startSimulator(options);
  const free = portOf(spare.baseUrls.agents);
  await spare.close();
  const second = startSimulator({ ...options, ports: { agents: free, children: taken } });
  await expect(second).rejects.toMatchObject({ code: 'port-taken', message: expect.stringContaining(String(taken)) });
  await first.close();
  const third = await startSimulator({ ...options, ports: { agents: free, children: taken } });
  expect([third.baseUrls.agents, third.baseUrls.children].map(portOf)).toEqual([free, taken]);
  await third.close();
});
