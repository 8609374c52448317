import { istanbulYear, keepReference } from '../../../src/operations/reports/yearReport';
import type { CliDeps } from '../../../src/surfaces/cli/deps';
import { type TestBroker, testBroker } from '../../support/broker';
import { runKopru } from './support';

const dataset = 'cts.children';

describe('kopru report, retention and snapshots', () => {
  let broker: TestBroker;
  let now = new Date();
  const year = istanbulYear(now);

  /** Runs a command on this broker; what it says while it opens goes where a terminal shows it. */
  const kopru = (...words: string[]) => {
    const openApp: CliDeps['openApp'] = async (options) => {
      options.say?.('database is starting');
      return { ...broker.app, close: async () => undefined };
    };
    return runKopru(words, { settings: () => broker.app.settings, openApp });
  };

  beforeAll(async () => {
    broker = await testBroker({ agents: 10, workers: 50, children: 100, clock: () => now });
    const keep = async (of: number) => {
      const run = await broker.run(dataset);
      await keepReference(broker.app.broker, { dataset, version: run.snapshot as number, runId: run.id, year: of });
    };
    await keep(year);
    for (const days of [100, 100]) {
      now = new Date(now.getTime() + days * 24 * 3_600_000);
      for (let day = 0; day < 3; day += 1) broker.standIns.simulator.world.nextDay();
      await broker.run(dataset);
    }
    await keep(year + 1);
  });
  afterAll(() => broker.close());

  test('lists the references', async () => {
    const { code, out } = await kopru('report');
    expect(code).toBe(0);
    expect(out).toMatch(new RegExp(`cts\\.children │ ${year + 1} │ v4 `));
    expect(JSON.parse((await kopru('report', '--json')).out)).toMatchObject([
      { dataset, year: year + 1, version: 4 },
      { dataset, year, version: 1 },
    ]);
  });

  test('shows a report: with the changes of a year, province names and both years’ counts', async () => {
    const { code, out } = await kopru('report', dataset);
    expect(code).toBe(0);
    expect(out).toContain(`Çocuk işçiliği takip kayıtları (cts.children), ${year + 1}: v4, 100 records`);
    expect(out).toMatch(new RegExp(`│ Okullaşma Durumu │ ${year + 1} │ ${year} │`));
    expect(out).toContain('OKULA_DEVAM');
    expect(out).toContain('(not reported)');
    expect(out).toMatch(/İstanbul|Ankara|Şanlıurfa/);
    expect(out).toContain('For the parties’ own use; not for publication. Çalışma Genel Müdürlüğü: V.Ç.9. teyit gerekir');
    const first = await kopru('report', dataset, '--year', String(year));
    expect(first.out).toContain(`${year}: v1,`);
    expect(first.out).not.toContain('since');
  });

  test('gives it as JSON, or as a page and nothing else', async () => {
    expect(JSON.parse((await kopru('report', dataset, '--json')).out)).toMatchObject({ dataset, year: year + 1, earlier: { year } });
    const page = await kopru('report', dataset, '--html', '--year', String(year));
    expect(page.out).toMatch(/^<!doctype html>\n[\s\S]*<\/html>\n$/);
    expect(page.out).toContain(`${year} yılı raporu`);
  });

  test.each([
    [['report', '--html'], 2, /Which dataset’s report\?/],
    [['report', '--year', '2026'], 2, /Which dataset’s report\?/],
    [['report', dataset, '--html', '--json'], 2, /either JSON or a page/],
    [['report', dataset, '--year', 'soon'], 2, /--year must be a whole number/],
    [['report', dataset, '--year', '1999'], 3, /has no reference of 1999/],
    [['report', 'iskur.agents'], 3, /iskur\.agents has no reference\./],
    [['report', 'no.such'], 3, /has no dataset "no\.such"/],
  ])('%j ends with %i', async (words, code, sentence) => {
    const answer = await kopru(...words);
    expect(answer.code).toBe(code);
    expect(answer.err).toMatch(sentence);
  });

  test('retention says what it did, and snapshots shows what is left and which are references', async () => {
    now = new Date(now.getTime() + 731 * 24 * 3_600_000);
    const { code, out } = await kopru('retention');
    expect(code).toBe(0);
    expect(out).toMatch(/cts\.children +│ +2 │/);
    expect(JSON.parse((await kopru('retention', '--json')).out)).toContainEqual({ dataset, snapshots: 0, records: 0, quarantined: 0 });
    const listed = await kopru('snapshots', dataset, '--verify');
    expect(listed).toMatchObject({ code: 0 });
    expect(listed.out).toContain('All published snapshots match their digests.');
    expect(listed.out).toMatch(new RegExp(`v4 +│ published │ ${year + 1} `));
    expect(listed.out).toMatch(/v3 +│ expired +│ +│/);
    expect(listed.out).toMatch(new RegExp(`v1 +│ published │ ${year} `));
    expect(await kopru('diff', dataset, '2', '4')).toMatchObject({ code: 3, err: expect.stringMatching(/has expired/) });
  });
});
