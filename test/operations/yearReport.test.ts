import { istanbulYear, keepReference, listReferences, type YearReport, yearReport } from '../../src/operations/reports/yearReport';
import { yearReportPage } from '../../src/operations/reports/yearReportPage';
import { requestRun, runView } from '../../src/operations/runs/runs';
import { listSnapshots, releaseHeld } from '../../src/operations/snapshots';
import { plantedFindings } from '../../src/simulator';
import { writeReference } from '../../src/snapshots/references';
import { type TestBroker, testBroker } from '../support/broker';
import { until } from '../support/until';

const datasets = ['iskur.agents', 'emetip.workers', 'cts.children'] as const;
type Id = (typeof datasets)[number];
const dayMillis = 24 * 3_600_000;

/** Groupings as the protocol lists them. */
const listed: Record<Id, string[][]> = {
  'iskur.agents': [['status']],
  'emetip.workers': [['workProvince'], ['homeProvince'], ['memberRole'], ['workProvince', 'memberRole'], ['season']],
  'cts.children': [['province'], ['schooling'], ['sector'], ['province', 'schooling']],
};

/** How many of the stand-ins' own records have each combination of values on a day. */
function truth(broker: TestBroker, dataset: Id, day: number, names: string[]): Map<string, number> {
  const found = new Map<string, number>();
  for (const record of broker.standIns.simulator.world.truth(dataset, day) as Iterable<any>) {
    const values = JSON.stringify(names.map((name) => record[name]));
    found.set(values, (found.get(values) ?? 0) + 1);
  }
  return found;
}

function told(report: YearReport, at: number, which: 'count' | 'earlier'): Map<string, number> {
  const groups = report.counts[at]?.groups ?? [];
  return new Map(groups.filter((g) => g[which] !== 0).map((g) => [JSON.stringify(g.values), g[which] as number]));
}

describe('the references of two years', () => {
  let broker: TestBroker;
  let now = new Date();
  const first = istanbulYear(now);
  let lastDay = 0;

  const keep = async (dataset: Id, year: number) => {
    const run = await broker.run(dataset);
    expect(run).toMatchObject({ status: 'succeeded' });
    return keepReference(broker.app.broker, { dataset, version: run.snapshot as number, runId: run.id, year });
  };

  beforeAll(async () => {
    broker = await testBroker({ clock: () => now });
    for (const dataset of datasets) await keep(dataset, first);
    for (let quarter = 1; quarter < 4; quarter += 1) {
      now = new Date(now.getTime() + 110 * dayMillis);
      for (let day = 0; day < 4; day += 1) lastDay = broker.standIns.simulator.world.nextDay();
      for (const dataset of datasets) expect((await broker.run(dataset)).status).toBe('succeeded');
    }
    now = new Date(now.getTime() + 40 * dayMillis);
    for (const dataset of datasets) await keep(dataset, first + 1);
  });
  afterAll(() => broker.close());

  test.each(datasets)('%s: the first year’s counts are the stand-ins’ own, and there is nothing to compare with', async (dataset) => {
    const report = await yearReport(broker.app.broker, dataset, first);
    const [snapshot] = (await listSnapshots(broker.app.broker, dataset)).filter((s) => s.version === 1);
    expect(report).toMatchObject({
      agreement: { id: 'cgm-iskur-2024' },
      dataset,
      owner: { id: broker.app.agreement.datasets[dataset]?.owner },
      year: first,
      snapshot: { version: 1, records: snapshot?.records, digest: snapshot?.digest, sourceTime: snapshot?.sourceTime.toISOString() },
      earlier: null,
      changes: null,
      findings: { snapshots: { [dataset]: 1 } },
    });
    expect(report.counts.map((c) => c.fields.map((f) => f.name))).toEqual(listed[dataset]);
    for (const [i, names] of listed[dataset].entries()) {
      expect([names, told(report, i, 'count')]).toEqual([names, truth(broker, dataset, 0, names)]);
      expect(report.counts[i]?.groups.every((g) => g.earlier === null)).toBe(true);
      expect(report.counts[i]?.groups.reduce((sum, g) => sum + g.count, 0)).toBe(report.snapshot.records);
    }
  });

  test.each(datasets)('%s: a year later the changes and both years’ counts are the stand-ins’ own', async (dataset) => {
    const report = await yearReport(broker.app.broker, dataset);
    const diff = broker.standIns.simulator.world.diff(dataset, 0, lastDay);
    expect(report).toMatchObject({ year: first + 1, snapshot: { version: 5 }, earlier: { year: first, version: 1 } });
    expect(report.changes).toEqual({ added: diff.added.length, changed: diff.changed.length, removed: diff.removed.length });
    expect(diff.changed.length).toBeGreaterThan(5);
    for (const [i, names] of listed[dataset].entries()) {
      expect([names, told(report, i, 'count')]).toEqual([names, truth(broker, dataset, lastDay, names)]);
      expect([names, told(report, i, 'earlier')]).toEqual([names, truth(broker, dataset, 0, names)]);
    }
  });

  test('its findings by kind are those that the stand-ins planted', async () => {
    // The last report of each year was written when all three were there as of the same day.
    for (const [year, day] of [
      [first, 0],
      [first + 1, lastDay],
    ] as const) {
      const { findings } = await yearReport(broker.app.broker, 'cts.children', year);
      const planted = plantedFindings(broker.standIns.simulator.world, day);
      expect(findings?.rules.map((r) => r.rule)).toEqual(['identity-conflict', 'child-unknown', 'household-unknown', 'dummy-id']);
      for (const { rule, open } of findings?.rules ?? []) expect([rule, open]).toEqual([rule, planted[rule as 'dummy-id'].size]);
    }
    const alone = await yearReport(broker.app.broker, 'iskur.agents', first);
    // What needed the other registers could not be asked yet.
    expect(alone.findings?.rules).toEqual([]);
  });

  test('not reported is counted apart and comes last; codes stand in the agreement’s order, provinces by plate', async () => {
    const { counts } = await yearReport(broker.app.broker, 'cts.children', first);
    const [province, schooling] = (counts[3]?.fields ?? []).map((f) => f.values);
    expect(schooling).toEqual(['OKULA_DEVAM', 'DEVAMSIZ', 'KAYITSIZ', 'MEZUN', 'BİLİNMİYOR', null].filter((v) => schooling?.includes(v)));
    expect(schooling?.at(-1)).toBeNull();
    expect(province).toEqual([...(province as string[])].sort());
  });

  test('it says that it is for inside use, by whose consent only it could be published, and that it wants confirmation', async () => {
    const uses = await Promise.all(datasets.map(async (id) => (await yearReport(broker.app.broker, id)).use));
    expect(uses.map((use) => use.consents.map((c) => [c.owner.id, c.publication, c.article]))).toEqual([
      [['iskur', 'closed', 'V.Ç.10']],
      [['cgm', 'closed', 'V.Ç.9']],
      [['cgm', 'closed', 'V.Ç.9']],
    ]);
    for (const use of uses)
      expect(use).toMatchObject({
        text: expect.stringMatching(/not for publication/),
        notice: { text: 'teyit gerekir', article: 'V.Ç.5' },
      });
  });

  test('no report holds anything of a person', async () => {
    for (const dataset of datasets) {
      const text = JSON.stringify(await yearReport(broker.app.broker, dataset));
      for (const record of broker.standIns.simulator.world.truth(dataset, lastDay)) {
        expect(text).not.toContain(record.nationalId);
        if (record.fullName) expect(text).not.toContain(record.fullName);
      }
    }
  });

  test('the first one of a year stays', async () => {
    const [dataset] = datasets;
    const before = await yearReport(broker.app.broker, dataset, first);
    const again = await keepReference(broker.app.broker, { dataset, version: 2, runId: 4, year: first });
    expect(again).toEqual(before);
    // Nor does it give way to whoever did not see it.
    await writeReference(broker.app.db, { dataset, year: first, version: 2, runId: 4, report: {}, writtenAt: new Date() });
    expect(await yearReport(broker.app.broker, dataset, first)).toEqual(before);
    expect((await listReferences(broker.app.db, dataset)).map((r) => [r.year, r.version])).toEqual([
      [first + 1, 5],
      [first, 1],
    ]);
    expect(await listReferences(broker.app.db)).toHaveLength(6);
    expect(
      (await listSnapshots(broker.app.broker, dataset)).filter((s) => s.references.length > 0).map((s) => [s.version, s.references]),
    ).toEqual([
      [5, [first + 1]],
      [1, [first]],
    ]);
  });

  test('two at once write one', async () => {
    const year = first + 5;
    const wish = { dataset: datasets[0], version: 4, runId: 1, year };
    const reports = await Promise.all([keepReference(broker.app.broker, wish), keepReference(broker.app.broker, { ...wish, version: 3 })]);
    expect(reports[0]).toEqual(reports[1]);
    await broker.app.db.prisma.yearReference.deleteMany({ where: { year } });
  });

  test('what is not there is not found, and what is not published is no reference', async () => {
    const { broker: inner } = broker.app;
    await expect(yearReport(inner, datasets[0], 1999)).rejects.toMatchObject({ code: 'not-found' });
    await expect(yearReport(inner, 'no.such')).rejects.toMatchObject({ code: 'not-found' });
    for (const version of [99, 0]) {
      await expect(keepReference(inner, { dataset: datasets[0], version, runId: 1, year: 2001 })).rejects.toMatchObject({
        code: 'state-conflict',
      });
    }
  });

  test('the page reads as a table to everyone, in Turkish, and loads nothing', async () => {
    const page = yearReportPage(await yearReport(broker.app.broker, 'cts.children'));
    expect(page).toMatch(/^<!doctype html>\n<html lang="tr">/);
    expect(page).toContain(`<title>Çocuk işçiliği takip kayıtları – ${first + 1} yılı raporu</title>`);
    expect(page).toContain('<caption>Kayıt sayıları: İl ve Okullaşma Durumu</caption>');
    expect(page).toContain('<th scope="row">Adana</th>');
    expect(page).toContain('Bildirilmedi');
    expect(page).toContain('V.Ç.9');
    expect(page).toContain('teyit gerekir');
    expect(page).not.toMatch(/<script|https?:|src=|href=|url\(|@import/i);
    for (const table of page.match(/<table>[\s\S]*?<\/table>/g) ?? []) {
      expect(table).toMatch(/^<table>\n<caption>[^<]+<\/caption>/);
      expect(table.match(/<th(?=[ >])(?! scope="(?:row|col|colgroup)")/g)).toBeNull();
      // As many cells in each row of the body as the head has columns.
      const widths = new Set([...table.matchAll(/<tr>(.*?)<\/tr>/g)].slice(-5).map((row) => (row[1]?.match(/<t[hd]/g) ?? []).length));
      expect(widths.size).toBe(1);
    }
  });
});

describe('a yearly run', () => {
  let broker: TestBroker;
  afterEach(() => broker.close());

  test('that was held is the year’s reference once it is released', async () => {
    const dataset = 'emetip.workers';
    broker = await testBroker({ agents: 10, workers: 100, children: 10 });
    expect((await broker.run(dataset)).status).toBe('succeeded');
    broker.standIns.simulator.faults.order({ service: 'workers', kind: 'half-list' });
    const slotAt = new Date('2026-01-02T01:30:00Z');
    const { id } = await requestRun(broker.app.broker, { dataset, kind: 'pull', mode: 'yearly', slotAt }, 'test');
    const run = await until(async () => {
      const seen = await runView(broker.app.db, id);
      return seen.finishedAt !== null && seen;
    });
    expect(run).toMatchObject({ status: 'held', snapshot: 2 });
    expect(await listReferences(broker.app.db)).toEqual([]);
    await expect(keepReference(broker.app.broker, { dataset, version: 2, runId: id, year: 2026 })).rejects.toMatchObject({
      code: 'state-conflict',
    });

    await releaseHeld(broker.app.broker, dataset, 'release', 'asked the agency', 'test');
    expect(await listReferences(broker.app.db)).toMatchObject([{ dataset, year: 2026, version: 2, runId: id }]);
    expect(await yearReport(broker.app.broker, dataset, 2026)).toMatchObject({ snapshot: { version: 2, records: 50 } });
  });

  test('a source’s own text is escaped, and numbers in it are not told', async () => {
    const dataset = 'iskur.agents';
    broker = await testBroker({ agents: 30, workers: 10, children: 10 });
    const run = await broker.run(dataset);
    const hostile = ['<script>alert("1")</script>', `"onload='x' &amp;`, 'ask \u202eabout', 'no. 10000000146', 'no. 17 29 171 60 60', null];
    await broker.app.db.pool.query(
      `update record_version r set open = jsonb_set(open, '{status}', coalesce(to_jsonb(h.text), 'null')) from (
         select id, ($1::text[])[1 + (row_number() over (order by id)) % 6] as text from record_version) h where h.id = r.id`,
      [hostile],
    );
    const report = await keepReference(broker.app.broker, { dataset, version: 1, runId: run.id, year: 2026 });
    const groups = report.counts[0]?.groups ?? [];
    expect(groups.find((g) => g.values[0] === 'no. [number]')?.count).toBe(10);
    expect(groups.at(-1)).toEqual({ values: [null], count: 5, earlier: null });
    expect(JSON.stringify(report)).not.toMatch(/10000000146|17 29/);
    const page = yearReportPage(report);
    expect(page).toContain('&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;');
    expect(page).toContain('&quot;onload=&#39;x&#39; &amp;amp;');
    expect(page).not.toMatch(/<script|\u202e|onload='/);
  });
});
