import { createHash } from 'node:crypto';
import { type TestBroker, testBroker } from '../../support/broker';
import { parseCsv } from '../../support/csv';
import { sorted, truthOf } from '../../support/truth';
import { type Contract, contractOf } from './contract';
import { type Reader, readerOf } from './reader';
import { type Answer, type Api, closeClean, expectProblem, loggedFor, servedApi } from './support';

const datasets = ['iskur.agents', 'emetip.workers', 'cts.children'] as const;
const owner = { 'iskur.agents': 'iskur', 'emetip.workers': 'cgm', 'cts.children': 'cgm' } as const;
const workers = '/v1/datasets/emetip.workers';

describe('the forms of an export', () => {
  let broker: TestBroker;
  let api: Api;
  let contract: Contract;
  let read: Reader['read'];

  beforeAll(async () => {
    broker = await testBroker({ agents: 60, workers: 1200, children: 120 });
    for (const dataset of datasets) expect((await broker.run(dataset)).status).toBe('succeeded');
    api = await servedApi(broker);
    contract = await contractOf(api);
    ({ read } = readerOf(broker, api, contract));
  });
  afterAll(() => closeClean(broker));

  const header = (answer: Pick<Answer, 'headers'>, name: string) =>
    JSON.parse(Buffer.from(String(answer.headers[name]), 'base64url').toString('utf8'));
  const proofOf = (text: string, records: number) => ({
    'kopru-records': String(records),
    'kopru-sha256': createHash('sha256').update(text).digest('hex'),
  });

  test.each(datasets)('%s as CSV has Turkish headings and each record as the source has it', async (dataset) => {
    const { fields } = broker.app.agreement.datasets[dataset] as { fields: Record<string, { label: string; type: string }> };
    const answer = await read('exportSnapshot', `/v1/datasets/${dataset}/export?format=csv`, { as: owner[dataset] });
    expect(answer.headers['content-type']).toBe('text/csv; charset=utf-8; header=present');
    const [heading, ...rows] = parseCsv(answer.text, ';');
    expect(heading?.map((label) => label.replace(/^\t/, ''))).toEqual(Object.values(fields).map(({ label }) => label));
    const truth = truthOf(broker.standIns, dataset);
    const told = truth.map((record) => Object.entries(fields).map(([name, { type }]) => plainly(record[name], type)));
    const byId = (a: string[], b: string[]) => ((a[0] as string) < (b[0] as string) ? -1 : 1);
    expect(rows.map((row) => row.map((cell) => cell.replace(/^\t/, ''))).sort(byId)).toEqual(told.sort(byId));
    // Whatever looks like a number and is none is marked as text, so that a spreadsheet keeps it whole.
    for (const row of rows)
      for (const [i, { type }] of Object.values(fields).entries())
        if (['nationalId', 'province', 'phone'].includes(type) && /\d/.test(row[i] ?? '')) expect(row[i]).toMatch(/^\t/);
    expect(answer.trailers).toEqual(proofOf(answer.text, truth.length));
  });

  test('a comma is a wish; fields and snapshot are chosen as in NDJSON', async () => {
    const answer = await read(
      'exportSnapshot',
      `${workers}/export?format=csv&separator=comma&fields=season,workProvince,fullName&snapshot=1`,
      { as: 'iskur' },
    );
    const [heading, ...rows] = parseCsv(answer.text, ',');
    expect(heading).toEqual(['Ad Soyad', 'Çalıştığı İl', 'Sezon']);
    expect(rows).toHaveLength(1200);
    expect(answer.logged).toMatchObject({ action: 'export', fields: ['fullName', 'workProvince', 'season'] });
    expect(header(answer, 'kopru-export')).toMatchObject({ separator: 'comma', fields: ['fullName', 'workProvince', 'season'] });
  });

  test('its statement says format, separator, fields and time, and goes with the provenance and the request’s number', async () => {
    const granted = broker.app.agreement.grants['iskur-workers']?.fields;
    const before = Date.now();
    for (const [asked, format, separator] of [
      ['', 'ndjson', null],
      ['?format=ndjson', 'ndjson', null],
      ['?format=csv', 'csv', 'semicolon'],
      ['?format=csv&separator=semicolon', 'csv', 'semicolon'],
    ] as const) {
      const answer = await read('exportSnapshot', `${workers}/export${asked}`, { as: 'iskur' });
      const { exportedAt, ...statement } = header(answer, 'kopru-export');
      expect(statement).toEqual({ format, separator, fields: granted, filter: {} });
      expect(Date.parse(exportedAt)).toBeGreaterThanOrEqual(before);
      expect(header(answer, 'kopru-provenance')).toMatchObject({
        dataset: 'emetip.workers',
        snapshot: { version: 1, records: 1200, digest: expect.stringMatching(/^[0-9a-f]{64}$/) },
        grant: { id: 'iskur-workers' },
        publicationConsent: [{ dataset: 'emetip.workers', owner: 'cgm', state: 'closed', article: 'V.Ç.9', consents: [] }],
      });
      expect((await loggedFor(broker, answer)).map((entry) => entry.records)).toEqual([1000, 200]);
      expect(answer.headers.trailer).toBe('Kopru-Records, Kopru-Sha256');
      expect(answer.trailers).toEqual(proofOf(answer.text, 1200));
    }
  });

  test('NDJSON is what it was', async () => {
    const answer = await read('exportSnapshot', `${workers}/export?format=ndjson`, { as: 'cgm' });
    const lines = answer.text.slice(0, -1).split('\n');
    expect(sorted(lines.map((line) => JSON.parse(line)))).toEqual(truthOf(broker.standIns, 'emetip.workers'));
  });

  test.each([
    ['format=xlsx', /format must be equal to one of the allowed values/],
    ['format=csv&separator=tab', /separator must be equal to one of the allowed values/],
    ['format=csv&separator=;', /separator must be equal to one of the allowed values/],
    ['separator=comma', /A separator was given, and NDJSON has none/],
    ['format=csv&format=ndjson', /format must be/],
  ])('%s is refused', async (asked, why) => {
    const answer = await api.ask(`${workers}/export?${asked}`, { as: 'cgm' });
    expectProblem(answer, 400, 'request-invalid');
    expect(answer.json.detail).toMatch(why);
    expect(answer.headers.trailer).toBeUndefined();
  });

  test('on the wire the trailers stand behind the last chunk; a reader of HTTP/1.0 gets neither chunks nor trailers', async () => {
    const asked = (version: string) =>
      api.raw(
        `GET ${workers}/export?format=csv&fields=season HTTP/${version}\r\nHost: localhost\r\nAuthorization: Bearer ${api.token('cgm')}\r\nKopru-Purpose: child-labour\r\nKopru-Case: T-1\r\nConnection: close\r\n\r\n`,
      );
    const newer = await asked('1.1');
    expect(newer).toMatch(/\r\nTrailer: Kopru-Records, Kopru-Sha256\r\n/i);
    expect(newer).toMatch(/\r\n0\r\nKopru-Records: 1200\r\nKopru-Sha256: [0-9a-f]{64}\r\n\r\n$/);
    const older = await asked('1.0');
    expect(older).not.toMatch(/\r\n(?:Transfer-Encoding|Trailer|Kopru-Records):/i);
    const body = older.slice(older.indexOf('\r\n\r\n') + 4);
    expect(parseCsv(Buffer.from(body, 'latin1').toString('utf8'), ';')).toHaveLength(1201);
  });
});

/** A value as people read it. */
function plainly(value: unknown, type: string): string {
  if (value === null || value === undefined) return '';
  if (type === 'boolean') return value ? 'Evet' : 'Hayır';
  if (type === 'phone') {
    const { e164, raw } = value as { e164: string | null; raw: string };
    return (e164 ?? raw).replace(/^-/, "'-");
  }
  return String(value);
}
