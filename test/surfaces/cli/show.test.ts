import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { projectRoot } from '../../../src/infra/folders';
import { type TestBroker, testBroker } from '../../support/broker';
import { type Api, servedApi } from '../api/support';

describe('kopru show', () => {
  let broker: TestBroker;
  let api: Api;
  beforeAll(async () => {
    broker = await testBroker({ agents: 40, workers: 400, children: 100 });
    for (const dataset of ['iskur.agents', 'emetip.workers', 'cts.children']) await broker.run(dataset);
    api = await servedApi(broker);
  }, 60_000);
  afterAll(() => broker.close());

  /** The program itself, with the id on its standard input. */
  async function show(as: string, input: string, ...words: string[]): Promise<{ code: number | null; out: string; err: string }> {
    const tokenFile = path.join(broker.folder, `${as}.token`);
    writeFileSync(tokenFile, api.token(as));
    const stated = ['--purpose', 'child-labour', '--case', 'T-1'];
    const access = [...stated, '--as', as, '--url', api.url, '--ca', path.join(broker.folder, 'tls', 'ca.pem'), '--token-file', tokenFile];
    const child = spawn(process.execPath, [path.join(projectRoot(), 'bin/kopru.mjs'), 'show', ...words, ...access], {
      env: { ...process.env, DATA_FOLDER: broker.folder },
    });
    let [out, err] = ['', ''];
    child.stdout.on('data', (part) => (out += part));
    child.stderr.on('data', (part) => (err += part));
    child.stdin.end(input);
    return new Promise((resolve) => child.on('close', (code) => resolve({ code, out, err })));
  }

  test('one reconciled record by its labels, with its findings by kind', async () => {
    const { json } = await api.ask('/v1/datasets/joint.agents/records?listed=false&limit=1', { as: 'cgm' });
    const [unlisted] = json.records;
    const { code, out } = await show('cgm', `${unlisted.nationalId}\n`);
    expect(code).toBe(0);
    for (const text of [
      unlisted.nationalId,
      'İŞKUR Kaydında',
      'Hayır',
      'İŞKUR kaydında bulunmayan aracı',
      'teyit gerekir',
      'closed (V.Ç.9)',
    ])
      expect(out).toContain(text);
    const told = await show('cgm', unlisted.nationalId, '--json');
    expect(JSON.parse(told.out).record).toEqual(unlisted);
  });

  test('to another party what is open to it', async () => {
    const { json } = await api.ask('/v1/datasets/joint.agents/records?limit=1', { as: 'cgm' });
    const { out } = await show('iskur', json.records[0].nationalId);
    expect(out).toContain('Kayıtlı İşçi Sayısı');
    expect(out).not.toContain('18 Yaş Altı');
  });

  test('no id, and one that is not there, are one sentence', async () => {
    expect(await show('cgm', '')).toMatchObject({ code: 2, err: expect.stringMatching(/^kopru: No national id came on standard input\./) });
    expect(await show('cgm', '10000000146')).toMatchObject({ err: expect.stringMatching(/\[record-not-found\]\n$/) });
  });
});
