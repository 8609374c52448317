import { createHash } from 'node:crypto';
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { logged } from '../../support/audit';
import { type TestBroker, testBroker } from '../../support/broker';
import { parseCsv } from '../../support/csv';
import { sorted, truthOf } from '../../support/truth';
import { until } from '../../support/until';
import { type Api, servedApi } from '../api/support';
import { runKopru } from './support';

const dataset = 'emetip.workers';
const sha256 = (bytes: string | Buffer) => createHash('sha256').update(bytes).digest('hex');

describe('kopru export', () => {
  let broker: TestBroker;
  let api: Api;
  let folder: string;

  /** Runs a command at an API, with what it printed. */
  function kopru(url: string, ...words: string[]) {
    const access = [
      '--url',
      url,
      '--ca',
      path.join(broker.folder, 'tls', 'ca.pem'),
      '--token-file',
      path.join(folder, 'cgm.token'),
      '--case',
      'T-1',
    ];
    if (!words.includes('--purpose')) access.push('--purpose', 'child-labour');
    return runKopru([...words, ...access], { settings: () => broker.app.settings });
  }

  beforeAll(async () => {
    broker = await testBroker({ agents: 10, workers: 1500, children: 10 });
    expect((await broker.run(dataset)).status).toBe('succeeded');
    api = await servedApi(broker);
  });
  afterAll(() => broker.close());
  beforeEach(() => {
    folder = mkdtempSync(path.join(os.tmpdir(), 'kopru-export-'));
    writeFileSync(path.join(folder, 'cgm.token'), api.token('cgm'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const out = () => path.join(folder, 'file');
  const lying = () => readdirSync(folder).filter((name) => name !== 'cgm.token');

  test('writes a CSV and a manifest that proves it, both for their owner alone', async () => {
    const words = ['export', dataset, '--as', 'cgm', '--format', 'csv', '--purpose', 'schooling', '--out', out()];
    const answer = await kopru(api.url, ...words);
    expect(answer).toEqual({ code: 0, err: '', out: `${out()}: snapshot v1 of ${dataset}, 1500 records; manifest beside it.\n` });
    expect(lying().sort()).toEqual(['file', 'file.manifest.json']);
    for (const name of lying()) expect(statSync(path.join(folder, name)).mode & 0o777).toBe(0o600);
    const bytes = readFileSync(out());
    expect(parseCsv(bytes.toString('utf8'), ';')).toHaveLength(1501);
    const manifest = JSON.parse(readFileSync(`${out()}.manifest.json`, 'utf8'));
    const fields = Object.keys(broker.app.agreement.datasets[dataset]?.fields ?? {});
    expect(manifest).toEqual({
      dataset,
      source: { party: 'cgm', name: 'Çalışma Genel Müdürlüğü', time: expect.any(String) },
      snapshot: { version: 1, publishedAt: expect.any(String), records: 1500, digest: expect.stringMatching(/^[0-9a-f]{64}$/) },
      agreement: { id: 'cgm-iskur-2024', status: 'in-force', endsOn: expect.any(String) },
      grant: { id: 'owner', article: expect.any(String) },
      classification: 'HİZMETE ÖZEL',
      notice: { text: 'teyit gerekir', article: 'V.Ç.5' },
      publicationConsent: [{ dataset, owner: 'cgm', state: 'closed', article: 'V.Ç.9', consents: [] }],
      format: 'csv',
      separator: 'semicolon',
      fields,
      filter: {},
      exportedAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
      records: 1500,
      sha256: sha256(bytes),
      requestId: expect.stringMatching(/^[0-9a-f-]{36}$/),
    });
    const entries = await logged(broker.database.db, { requestId: manifest.requestId });
    const entry = { action: 'export', party: 'cgm', dataset, snapshot: 1, purpose: 'schooling', fields };
    expect(entries).toMatchObject([
      { ...entry, records: 1000 },
      { ...entry, records: 500 },
    ]);
  });

  test('writes NDJSON over an older file, chosen fields, and answers in JSON', async () => {
    writeFileSync(out(), 'older');
    chmodSync(out(), 0o644);
    const words = ['export', dataset, '--as', 'cgm', '--json', '--out', out(), '--fields', 'season,nationalId', '--snapshot', '1'];
    const answer = await kopru(api.url, ...words);
    expect(answer).toMatchObject({ code: 0, err: '' });
    const manifest = JSON.parse(readFileSync(`${out()}.manifest.json`, 'utf8'));
    expect(JSON.parse(answer.out)).toEqual({ file: out(), manifestFile: `${out()}.manifest.json`, manifest });
    expect(manifest).toMatchObject({ format: 'ndjson', separator: null, fields: ['nationalId', 'season'], records: 1500 });
    const records = readFileSync(out(), 'utf8').trim().split('\n');
    expect(sorted(records.map((line) => JSON.parse(line)))).toEqual(
      truthOf(broker.standIns, dataset).map(({ nationalId, season }) => ({ nationalId, season })),
    );
    expect(statSync(out()).mode & 0o777).toBe(0o600);
  });

  test('writes to standard output, and nothing else there', async () => {
    const csv = await kopru(api.url, 'export', dataset, '--as', 'cgm', '--format', 'csv', '--separator', 'comma', '--fields', 'fullName');
    expect(csv).toMatchObject({ code: 0, err: '' });
    expect(parseCsv(csv.out, ',')).toHaveLength(1501);
    const lines = await kopru(api.url, 'export', dataset, '--as', 'cgm', '--json');
    expect(lines.out.trim().split('\n')).toHaveLength(1500);
  });

  test.each([
    [['--format', 'xlsx'], 2, /Allowed choices are ndjson, csv/],
    [['--format', 'csv', '--separator', 'tab'], 2, /Allowed choices are semicolon, comma/],
    [['--format', 'csv', '--json'], 2, /Standard output takes either a CSV or JSON\. .* \[usage\]/],
    [['--separator', 'comma'], 2, /A separator was given, and NDJSON has none\. .* \[request-invalid\]/],
    [['--fields', 'nothing'], 4, /\[grant-closed\]/],
  ])('%j ends with %i', async (words, code, sentence) => {
    const answer = await kopru(api.url, 'export', dataset, '--as', 'cgm', ...words);
    expect(answer).toMatchObject({ code, err: expect.stringMatching(sentence) });
    expect(lying()).toEqual([]);
  });

  test('a place that cannot be written is told, and nothing is left', async () => {
    const nowhere = path.join(folder, 'no', 'file');
    const answer = await kopru(api.url, 'export', dataset, '--as', 'cgm', '--out', nowhere);
    expect(answer).toMatchObject({ code: 2, err: expect.stringMatching(/file cannot be written \(ENOENT\)\. .* \[folder-unusable\]/) });
    mkdirSync(out());
    const taken = await kopru(api.url, 'export', dataset, '--as', 'cgm', '--out', out());
    expect(taken).toMatchObject({ code: 2, err: expect.stringMatching(/\[folder-unusable\]/) });
    expect(lying()).toEqual(['file']);
  });

  describe('from an API whose export is not whole', () => {
    const whole = '{"fullName":"a"}\n{"fullName":"b"}\n';
    const trailers = (records: number, digest: string) => ({ 'Kopru-Records': String(records), 'Kopru-Sha256': digest });

    /** An API that gives this for an export. */
    async function broken(give: (answer: ServerResponse) => void): Promise<{ url: string; close(): Promise<void> }> {
      const server = createServer({ key: broker.tls.key, cert: broker.tls.cert }, (_request, answer) => {
        const said = Buffer.from('{"snapshot":{"version":1}}').toString('base64url');
        answer.writeHead(200, { 'Kopru-Provenance': said, 'Kopru-Export': said, Trailer: 'Kopru-Records, Kopru-Sha256' });
        give(answer);
      });
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      return {
        url: `https://127.0.0.1:${(server.address() as AddressInfo).port}`,
        close: () => new Promise((resolve) => server.close(() => resolve())),
      };
    }

    const ends = (body: string, said?: Record<string, string>) => (answer: ServerResponse) => {
      answer.write(body);
      if (said) answer.addTrailers(said);
      answer.end();
    };

    test.each([
      ['has no trailers', ends(whole), /without its record count and SHA-256/],
      ['has no SHA-256', ends(whole, { 'Kopru-Records': '2' }), /without its record count and SHA-256/],
      ['has another count', ends(whole, trailers(3, sha256(whole))), /is not the one that the API sent/],
      ['has another SHA-256', ends(whole, trailers(2, sha256('x'))), /is not the one that the API sent/],
      ['breaks off', (answer: ServerResponse) => void answer.write(whole, () => answer.destroy()), /broke off before its end/],
    ])('one that %s is refused, and no file is left or replaced', async (_what, give, sentence) => {
      const server = await broken(give);
      writeFileSync(out(), 'older');
      const answer = await kopru(server.url, 'export', dataset, '--as', 'cgm', '--out', out());
      expect(answer).toMatchObject({ code: 5, out: '', err: expect.stringMatching(sentence) });
      expect(answer.err).toMatch(/^kopru: [^\n]* \[export-incomplete\]\n$/);
      expect([lying(), readFileSync(out(), 'utf8')]).toEqual([['file'], 'older']);
      const shown = await kopru(server.url, 'export', dataset, '--as', 'cgm', '--json');
      expect(shown).toMatchObject({ code: 5, err: expect.stringMatching(sentence) });
      await server.close();
    });

    test('the same one, whole, is taken', async () => {
      const server = await broken(ends(whole, trailers(2, sha256(whole))));
      expect(await kopru(server.url, 'export', dataset, '--as', 'cgm', '--out', out())).toMatchObject({ code: 0 });
      expect(lying().sort()).toEqual(['file', 'file.manifest.json']);
      await server.close();
    });

    test('no name is given before the end; a stopped one leaves nothing', async () => {
      const server = await broken((answer) => void answer.write(whole));
      const end = kopru(server.url, 'export', dataset, '--as', 'cgm', '--out', out());
      await until(async () => lying().some((name) => statSync(path.join(folder, name)).size > 0));
      expect(lying()).toEqual([expect.stringMatching(/^file\.[0-9a-f]{12}\.part$/)]);
      process.emit('SIGINT');
      expect(await end).toMatchObject({ code: 5, err: expect.stringMatching(/was stopped before its end.*\[export-incomplete\]/) });
      expect(lying()).toEqual([]);
      await server.close();
    });
  });
});
