import { parse } from 'csv-parse/sync';
import { datasets } from '../../../publication/support';
import { logged } from '../../../support/audit';
import { somebody } from '../../../support/people';
import { until } from '../../../support/until';
import { closeClean, expectProblem, loggedFor, servedApi } from '../support';
import { everybody, type Office, office } from './support';

const document = 'E-2026/1';
const statistic = 'agents-by-status';

describe('consents and publications, over the API', () => {
  let it: Office;
  const as = (party: string, role: Parameters<Office['person']>[1]) => it.person(party, role);
  const post = (who: ReturnType<typeof as>, operation: string, where: string, body: object) =>
    it.ask(who, operation, where, { method: 'POST', body });
  const open = (where: string, headers: Record<string, string> = {}) => it.api.ask(where, { purpose: null, case: null, headers });
  let standing: Promise<number> | undefined;
  /** The number of the consent that İŞKUR gives, once. */
  const consented = () => {
    standing ??= consent();
    return standing;
  };
  const consent = async () => {
    const asked = await post(as('cgm', 'statistics'), 'askConsent', '/v1/consents', { dataset: 'iskur.agents', statistic, document });
    const { number } = asked.json;
    const body = { decision: 'grant', until: '2099-12-31', document };
    expect((await post(as('iskur', 'approver'), 'decideConsent', `/v1/consents/${number}/decision`, body)).status).toBe(200);
    return number as number;
  };
  const published = async () => {
    await consented();
    const { json } = await post(as('cgm', 'statistics'), 'proposePublication', '/v1/publications', { statistic, document });
    const place = `/v1/publications/${json.number}`;
    await post(as('iskur', 'approver'), 'approvePublication', `${place}/approval`, { digest: json.digest, document, named: true });
    expect((await post(as('cgm', 'statistics'), 'publishPublication', `${place}/release`, { document })).status).toBe(200);
    return json as { number: number; digest: string };
  };

  beforeAll(async () => {
    it = await office({ agents: 300, workers: 600, children: 100 });
    for (const dataset of datasets) await it.broker.run(dataset);
  }, 120_000);
  afterAll(() => closeClean(it.broker));

  test('every answer carries the flags in force, with the article', async () => {
    const read = async () =>
      (await it.api.ask('/v1/datasets/iskur.agents/records?limit=1', { as: 'cgm' })).json.provenance.publicationConsent;
    expect(await read()).toEqual([{ dataset: 'iskur.agents', owner: 'iskur', state: 'closed', article: 'V.Ç.10', consents: [] }]);
    const number = await consented();
    const granted = [
      {
        ...{ dataset: 'iskur.agents', owner: 'iskur', state: 'granted', article: 'V.Ç.10' },
        consents: [{ number, beneficiary: 'cgm', statistic, until: '2099-12-31' }],
      },
    ];
    expect(await read()).toEqual(granted);
    const exported = await it.api.ask('/v1/datasets/iskur.agents/export', { as: 'cgm' });
    const said = JSON.parse(Buffer.from(String(exported.headers['kopru-provenance']), 'base64url').toString());
    expect(said.publicationConsent).toEqual(granted);
    const found = await it.api.ask('/v1/findings?limit=1', { as: 'cgm' });
    expect(found.json.publicationConsent).toEqual(expect.arrayContaining(granted));
  });

  test('who asks, decides, proposes, approves and publishes hangs on the role; who may not is told so and logged', async () => {
    await consented();
    for (const [party, role] of everybody(['cgm', 'iskur'])) {
      const who = as(party, role);
      if (role !== 'statistics')
        expectProblem(await post(who, 'askConsent', '/v1/consents', { dataset: 'iskur.agents', statistic, document }), 403, 'role-refused');
      if (role !== 'statistics')
        expectProblem(await post(who, 'proposePublication', '/v1/publications', { statistic, document }), 403, 'role-refused');
      if (role !== 'approver') {
        const body = { decision: 'refuse', document };
        const answer = await post(who, 'decideConsent', '/v1/consents/1/decision', body);
        expectProblem(answer, 403, 'role-refused');
        expect(await loggedFor(it.broker, answer)).toMatchObject([
          { party, action: 'consent refuse', decision: 'refuse', code: 'role-refused' },
        ]);
      }
    }
    const { token } = await somebody(it.broker.app.broker, 'cgm', { roles: ['statistics'], province: '01' });
    const province = { id: 0, token };
    expectProblem(await post(province, 'proposePublication', '/v1/publications', { statistic, document }), 403, 'scope-refused');
    // The right role of the wrong party: admitted to the duty, refused for what it is about, and both logged.
    const answer = await post(as('cgm', 'approver'), 'decideConsent', '/v1/consents/1/decision', { decision: 'refuse', document });
    expectProblem(answer, 403, 'approver-refused');
    expect(answer.json.detail).toContain('V.Ç.10');
    expect((await loggedFor(it.broker, answer)).map(({ decision, code }: any) => [decision, code])).toEqual([
      ['allow', null],
      ['refuse', 'approver-refused'],
    ]);
  });

  test('published, anybody reads it as JSON, CSV and SDMX-CSV; nothing else has a public address', async () => {
    const { number, digest } = await published();
    const list = await open('/public/v1/publications');
    expect(list.json.publications).toMatchObject([
      { number, digest, approvals: [{ owner: 'Türkiye İş Kurumu Genel Müdürlüğü', article: 'V.Ç.10' }] },
    ]);
    const { json } = await open(`/public/v1/publications/${number}`);
    const counts = new Map<string, number | null>(json.cells.map(({ at, count }: any) => [at[0], count]));
    expect(counts.get('*')).toBe(300);

    const approved = `Türkiye İş Kurumu Genel Müdürlüğü V.Ç.10 (${json.approvals[0].on})`;
    const csv = await open(`/public/v1/publications/${number}?format=csv`);
    expect(csv.headers['content-type']).toContain('text/csv');
    const [heading, ...rows] = parse(csv.text, { bom: true, delimiter: ';' }) as string[][];
    expect(heading).toEqual(['Durum', 'Sayı (aracı)', 'Gizlilik', 'Tarih', 'Onay']);
    expect(rows.find(([label]) => label === 'Toplam')).toEqual(['Toplam', '300', '', json.date, approved]);
    expect(rows).toHaveLength(counts.size);

    const sdmx = await open(`/public/v1/publications/${number}?format=sdmx-csv`);
    expect(sdmx.headers['content-type']).toContain('application/vnd.sdmx.data+csv');
    const [columns, ...observations] = parse(sdmx.text) as string[][];
    expect(columns).toEqual([
      'STRUCTURE',
      'STRUCTURE_ID',
      'ACTION',
      'STATUS',
      'TIME_PERIOD',
      'OBS_VALUE',
      'OBS_STATUS',
      'CONF_STATUS',
      'COMMENT_OBS',
    ]);
    for (const [structure, id, action, status, period, value, observed, confidential, comment] of observations) {
      expect(comment).toBe(approved);
      expect([structure, action, period]).toEqual(['dataflow', 'I', json.date]);
      expect(id).toMatch(/^[A-Z0-9_]+:AGENTS_BY_STATUS\(1\.0\.0\)$/);
      expect(status).toMatch(/^[A-Za-z0-9_@$-]+$/);
      expect([observed, confidential]).toEqual(value === '' ? ['Q', 'N'] : ['A', 'F']);
    }

    expect(
      (
        await open(`/public/v1/publications/${number}`, {
          'if-none-match': String((await open(`/public/v1/publications/${number}`)).headers.etag),
        })
      ).status,
    ).toBe(304);
    const place = `/public/v1/publications/${number}`;
    expect((await open(place, { 'if-none-match': '*' })).status).toBe(304);
    const head = await it.api.ask(place, { purpose: null, case: null, method: 'HEAD' });
    expect([head.status, head.text, head.headers.etag]).toEqual([200, '', (await open(place)).headers.etag]);
    for (const where of [
      '/public/v1/datasets',
      '/public/v1/statistics',
      '/public/v1/publications/999',
      `/public/v1/publications/${number}/table`,
    ])
      expectProblem(await open(where), 404, 'not-found');
    for (const where of ['/v1/publications', '/v1/statistics', `/v1/statistics/${statistic}`, '/v1/consents'])
      expectProblem(await open(where), 401, 'not-authenticated');
    expectProblem(await open(`/public/v1/publications/${number}?format=xml`), 400, 'request-invalid');
    await post(as('iskur', 'approver'), 'withdrawPublication', `/v1/publications/${number}/withdrawal`, { document });
  });

  test('a withdrawal ends it in every process at once, whatever was kept; a proposal is nowhere to be seen before', async () => {
    await consented();
    const second = await servedApi(it.broker);
    const elsewhere = (where: string) => second.ask(where, { purpose: null, case: null });
    const { json } = await post(as('cgm', 'statistics'), 'proposePublication', '/v1/publications', { statistic, document });
    const place = `/public/v1/publications/${json.number}`;
    expectProblem(await open(place), 404, 'not-found');
    await post(as('iskur', 'approver'), 'approvePublication', `/v1/publications/${json.number}/approval`, {
      digest: json.digest,
      document,
    });
    expectProblem(await open(place), 404, 'not-found');
    await post(as('cgm', 'statistics'), 'publishPublication', `/v1/publications/${json.number}/release`, { document });
    for (const ask of [open, elsewhere]) expect((await ask(place)).status).toBe(200);
    // Readers go on all the while; none that asks afterwards gets it.
    let stop = false;
    const late: number[] = [];
    let gone = false;
    const reading = [open, elsewhere].map(async (ask) => {
      while (!stop) {
        const begunAfter = gone;
        const { status } = await ask(place);
        if (begunAfter) late.push(status);
      }
    });
    await post(as('cgm', 'statistics'), 'withdrawPublication', `/v1/publications/${json.number}/withdrawal`, { document });
    gone = true;
    await until(async () => late.length > 20);
    stop = true;
    await Promise.all(reading);
    expect(new Set(late)).toEqual(new Set([410]));
    expectProblem(await elsewhere(place), 410, 'publication-withdrawn');
    expect((await it.api.ask(place, { purpose: null, case: null, method: 'HEAD' })).status).toBe(410);
    expect((await elsewhere('/public/v1/publications')).json.publications).toEqual([]);
  });

  test('a statistic for the own use goes through the door: role, purpose, grant, log; the flags say that it is not for publication', async () => {
    const own = (who: ReturnType<typeof as>, of = statistic, more = {}) =>
      it.ask(who, 'readStatistic', `/v1/statistics/${of}`, { purpose: 'own-business', case: 'T-1', ...more });
    const answer = await own(as('cgm', 'statistics'));
    expect(answer.json.cells.reduce((sum: number, { count }: any) => sum + count, 0)).toBe(300);
    expect(answer.json.publicationConsent).toMatchObject([{ dataset: 'iskur.agents', article: 'V.Ç.10' }]);
    expect(await loggedFor(it.broker, answer)).toMatchObject([
      { action: 'statistic', dataset: 'iskur.agents', purpose: 'own-business', decision: 'allow', records: 0, detail: { statistic } },
    ]);
    expectProblem(await own(as('cgm', 'statistics'), statistic, { purpose: null }), 403, 'purpose-missing');
    expectProblem(await own(as('cgm', 'auditor')), 403, 'role-refused');
    expectProblem(await own(as('cgm', 'statistics'), 'no-such-statistic'), 404, 'not-found');
    // The reverse grants lack the day on which work began? They have it; of the children they lack nothing that this counts but sex.
    expect((await own(as('iskur', 'query'), 'workers-by-province-month')).status).toBe(200);
    const catalogue = (await it.ask(as('iskur', 'operator'), 'listStatistics', '/v1/statistics')).json.statistics;
    expect(catalogue.find(({ id }: any) => id === 'agent-workers-by-status').publicationConsent).toMatchObject([
      { dataset: 'iskur.agents', article: 'V.Ç.10' },
      { dataset: 'emetip.workers', article: 'V.Ç.9' },
    ]);
    const all = (await it.ask(as('cgm', 'query'), 'listDatasets', '/v1/datasets')).json.datasets;
    for (const one of all) expect([one.id, one.publicationConsent.length > 0]).toEqual([one.id, true]);
    expect((await it.ask(as('iskur', 'operator'), 'listStatistics', '/v1/statistics')).json.statistics.map(({ id }: any) => id)).toContain(
      statistic,
    );
  });

  test('hostile bodies get a problem and change nothing', async () => {
    const count = async () => [
      await it.broker.database.db.prisma.consent.count(),
      await it.broker.database.db.prisma.publicationEvent.count(),
    ];
    const before = await count();
    const asker = as('cgm', 'statistics');
    for (const body of [
      {},
      { dataset: 'iskur.agents', statistic, document: '' },
      { dataset: 'iskur.agents', statistic, document: 'x'.repeat(300) },
      { dataset: 'iskur.agents', statistic, document: 'kişi 10000000146' },
      { dataset: '__proto__', statistic, document },
      { dataset: 'iskur.agents', statistic: 'constructor', document },
      { dataset: 'cts.children', statistic, document },
      { dataset: 'iskur.agents', statistic, document, more: 1 },
    ]) {
      const answer = await it.api.ask('/v1/consents', {
        method: 'POST',
        body,
        purpose: null,
        case: null,
        authorization: `Bearer ${asker.token}`,
      });
      expect([400, 404, 413]).toContain(answer.status);
      expect(answer.headers['content-type']).toContain('application/problem+json');
    }
    for (const where of ['/v1/publications/0/release', '/v1/publications/x/release', '/v1/publications/99999/release'])
      expect([400, 404]).toContain(
        (await it.api.ask(where, { method: 'POST', body: { document }, purpose: null, case: null, authorization: `Bearer ${asker.token}` }))
          .status,
      );
    expect(await count()).toEqual(before);
    expect(
      (await logged(it.broker.database.db, { party: 'cgm' })).some((entry: any) => JSON.stringify(entry).includes('10000000146')),
    ).toBe(false);
  });
});
