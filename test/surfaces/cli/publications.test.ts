import { datasets } from '../../publication/support';
import { type TestBroker, testBroker } from '../../support/broker';
import { somebody } from '../../support/people';
import { kopruOn } from './support';

describe('kopru consent and publication', () => {
  let broker: TestBroker;
  const ids: Record<string, string> = {};
  const kopru = kopruOn(() => broker.app);
  const paper = (person: string) => ['--person', ids[person] as string, '--document', 'E-1'];

  beforeAll(async () => {
    broker = await testBroker({ agents: 300, workers: 600, children: 100 });
    for (const dataset of datasets) await broker.run(dataset);
    for (const party of ['cgm', 'iskur'])
      for (const role of ['statistics', 'approver'] as const)
        ids[`${party} ${role}`] = String((await somebody(broker.app.broker, party, { roles: [role] })).id);
  }, 120_000);
  afterAll(() => broker?.close());

  test('from asking to withdrawing, each by somebody who may', async () => {
    const ask = ['consent', 'ask', 'agents-by-status', '--dataset', 'iskur.agents'];
    expect(await kopru(...ask, ...paper('cgm approver'))).toMatchObject({ code: 4, err: expect.stringContaining('[approver-refused]') });
    expect((await kopru(...ask, ...paper('cgm statistics'))).out).toMatch(/1.*iskur.*cgm.*agents-by-status.*asked.*no/);
    expect(await kopru('consent', 'grant', '1', '--until', '2099-01-01', ...paper('cgm approver'))).toMatchObject({
      code: 4,
      err: expect.stringContaining('V.Ç.10'),
    });
    expect((await kopru('consent', 'grant', '1', '--until', '2099-01-01', ...paper('iskur approver'))).out).toMatch(/granted.*yes/);
    expect((await kopru('snapshots', 'iskur.agents')).out).toContain(
      'publication of statistics from iskur.agents: granted, agents-by-status by cgm until 2099-01-01 (V.Ç.10)',
    );
    const flags = [expect.objectContaining({ dataset: 'iskur.agents', state: 'granted', article: 'V.Ç.10' })];
    for (const words of [
      ['snapshots', 'iskur.agents'],
      ['runs', '--dataset', 'iskur.agents'],
    ])
      expect(JSON.parse((await kopru(...words, '--json')).out)).toEqual([expect.objectContaining({ publicationConsent: flags })]);
    expect((await kopru('findings')).out).toContain('publication of statistics from cts.children: closed (V.Ç.9)');
    const counts = JSON.parse((await kopru('findings', '--json')).out);
    expect(counts.find(({ rule }: { rule: string }) => rule === 'permit-not-active')).toMatchObject({
      datasets: ['emetip.workers', 'iskur.agents'],
      publicationConsent: [expect.objectContaining({ dataset: 'emetip.workers', state: 'closed', article: 'V.Ç.9' }), ...flags],
    });

    expect((await kopru('publication', 'propose', 'agents-by-status', ...paper('cgm statistics'))).out).toMatch(
      /iskur \(V.Ç.10\): has not approved/,
    );
    const { digest } = JSON.parse((await kopru('publication', 'show', '1', '--json')).out);
    expect((await kopru('publication', 'approve', '1', '--digest', digest, '--named', ...paper('iskur approver'))).code).toBe(0);
    expect((await kopru('publication', 'publish', '1', ...paper('cgm statistics'))).out).toMatch(/publication 1: .*published/);
    const list = (await kopru('publication', 'list')).out;
    expect(list).toMatch(/1.*agents-by-status.*cgm.*published.*iskur yes/);
    expect(list).toContain('publication of statistics from iskur.agents: granted');
    expect(JSON.parse((await kopru('publication', 'list', '--json')).out)).toMatchObject([{ publicationConsent: flags }]);
    expect(JSON.parse((await kopru('consent', 'list', '--json')).out)).toMatchObject([{ number: 1, article: 'V.Ç.10' }]);
    expect(JSON.parse((await kopru('agreement', 'show', '--json')).out).publicationConsent).toEqual(expect.arrayContaining(flags));
    expect((await kopru('publication', 'withdraw', '1', '--as-owner', ...paper('iskur approver'))).out).toMatch(/withdrawn/);
    expect(await kopru('publication', 'publish', '1', ...paper('cgm statistics'))).toMatchObject({ code: 3 });
    expect((await kopru('consent', 'withdraw', '1', ...paper('iskur approver'))).out).toMatch(/withdrawn/);
    expect(JSON.parse((await kopru('consent', 'list', '--on', '2000-01-01', '--json')).out)).toEqual([]);
  });

  test('says in one sentence what is wrong', async () => {
    for (const [words, code] of [
      [['consent', 'grant', 'x', '--until', '2099-01-01', ...paper('iskur approver')], 2],
      [['consent', 'ask', 'nothing', '--dataset', 'iskur.agents', ...paper('cgm statistics')], 3],
      [['publication', 'show', '99'], 3],
      [['publication', 'propose', 'agents-by-status', '--person', '9999', '--document', 'E-1'], 3],
    ] as const) {
      const ran = await kopru(...words);
      expect([words.slice(0, 2), ran.code]).toEqual([words.slice(0, 2), code]);
      expect(ran.err).toMatch(/^kopru: .* \[[a-z-]+\]\n$/);
    }
  });
});
