import { Registry } from 'prom-client';
import { brokerMetrics } from '../../../src/operations/upkeep/metrics';
import { countSourceError } from '../../../src/operations/upkeep/sourceErrors';
import { durationFamily, families } from '../../../src/surfaces/ops/families';
import { metricsText, readableFamily } from '../../../src/surfaces/ops/metrics';
import { type TestBroker, testBroker } from '../../support/broker';
import { truthOf } from '../../support/truth';
import { type ParsedFamily, promText } from './promText';
import { bearer, nothingMeasured, type Ops, servedOps } from './support';

const datasets = ['iskur.agents', 'emetip.workers', 'cts.children'] as const;
const ours = [...families, durationFamily, readableFamily];

describe('metrics of real runs', () => {
  let broker: TestBroker;
  let ops: Ops;
  const scraped = async () => promText((await ops.api.ask('/metrics', { headers: bearer })).text);
  const value = (of: Map<string, ParsedFamily>, name: string, labels: Record<string, string>) =>
    [...of.values()]
      .flatMap(({ samples }) => samples)
      .find((one) => one.name === name && JSON.stringify(one.labels) === JSON.stringify(labels))?.value;

  beforeAll(async () => {
    broker = await testBroker({ agents: 20, workers: 60, children: 30 });
    ops = await servedOps({ metrics: () => brokerMetrics(broker.app) });
    for (const dataset of datasets) expect((await broker.run(dataset)).status).toBe('succeeded');
    broker.standIns.simulator.faults.order({ service: 'workers', kind: 'half-list', times: 'always' });
    expect((await broker.run('emetip.workers')).status).toBe('held');
    broker.standIns.simulator.faults.clear();
    await countSourceError(broker.app.db, 'workers', 'source-fault', new Date());
  });
  afterAll(async () => {
    await ops.close();
    await broker.close();
  });

  test('tell how they went, in text that Prometheus reads', async () => {
    const told = await scraped();
    const labels = (status: string) => ({ dataset: 'emetip.workers', kind: 'pull', mode: 'manual', status });
    expect(value(told, 'kopru_runs_ended_total', labels('succeeded'))).toBe(1);
    expect(value(told, 'kopru_runs_ended_total', labels('held'))).toBe(1);
    expect(value(told, 'kopru_runs_ended_total', labels('failed'))).toBe(0);
    expect(value(told, 'kopru_snapshots_held', { dataset: 'emetip.workers' })).toBe(1);
    expect(value(told, 'kopru_snapshots_held', { dataset: 'cts.children' })).toBe(0);
    expect(value(told, 'kopru_snapshot_records', { dataset: 'emetip.workers' })).toBe(60);
    expect(value(told, 'kopru_run_duration_seconds_count', { dataset: 'emetip.workers' })).toBe(2);
    expect(value(told, 'kopru_run_duration_seconds_bucket', { dataset: 'emetip.workers', le: '+Inf' })).toBe(2);
    expect(value(told, 'kopru_source_errors_total', { source: 'workers', code: 'source-fault' })).toBeGreaterThanOrEqual(1);
    expect(value(told, 'kopru_queue_waiting', { queue: 'runs' })).toBe(0);
    expect(value(told, 'kopru_database_up', {})).toBe(1);
    for (const dataset of datasets) {
      const age = value(told, 'kopru_snapshot_age_seconds', { dataset }) as number;
      expect(age).toBeGreaterThan(0);
      expect(age).toBeLessThan(300);
    }
  });

  test('a histogram’s buckets never fall', async () => {
    const { samples } = (await scraped()).get(durationFamily.name) as ParsedFamily;
    for (const dataset of datasets) {
      const buckets = samples.filter((one) => one.name.endsWith('_bucket') && one.labels.dataset === dataset);
      expect(buckets.map((one) => one.labels.le)).toEqual(['1', '5', '15', '60', '300', '900', '1800', '3600', '+Inf']);
      const values = buckets.map((one) => one.value);
      expect([...values].sort((a, b) => a - b)).toEqual(values);
    }
  });

  test('every family has its type, its labels and no others; beside ours there are only the process’s own', async () => {
    const told = await scraped();
    for (const [name, { type, samples }] of told) {
      if (!name.startsWith('kopru_')) {
        expect(name).toMatch(/^(process|nodejs)_/);
        continue;
      }
      const family = ours.find((one) => one.name === name);
      expect([name, type]).toEqual([name, family?.type]);
      for (const sample of samples)
        expect([name, Object.keys(sample.labels).filter((label) => label !== 'le')]).toEqual([name, [...(family?.labels ?? [])]]);
    }
    expect(ours.map(({ name }) => name).filter((name) => !told.has(name))).toEqual([]);
    expect(told.has('process_cpu_seconds_total')).toBe(true);
    expect(told.has('nodejs_eventloop_lag_seconds')).toBe(true);
  });

  test('name nobody: no id, no name, no number as long as an id', async () => {
    const { text } = await ops.api.ask('/metrics', { headers: bearer });
    const people = datasets.flatMap((dataset) => truthOf(broker.standIns, dataset));
    const texts = people.flatMap(({ nationalId, fullName }) => [nationalId, fullName]).filter((one) => typeof one === 'string');
    expect(texts.length).toBeGreaterThan(200);
    expect(texts.filter((one) => text.includes(one))).toEqual([]);
    for (const { labels } of [...promText(text).values()].flatMap(({ samples }) => samples))
      for (const label of Object.values(labels)) expect(label).not.toMatch(/\d{10}/);
  });

  test('each scrape tells the present state, and sees no trace of the one before', async () => {
    const before = await scraped();
    await broker.database.db.prisma.run.deleteMany({ where: { dataset: 'cts.children' } });
    const after = await scraped();
    const labels = { dataset: 'cts.children', kind: 'pull', mode: 'manual', status: 'succeeded' };
    expect([before, after].map((told) => value(told, 'kopru_runs_ended_total', labels))).toEqual([1, 0]);
    expect(value(after, 'kopru_run_duration_seconds_count', { dataset: 'cts.children' })).toBeUndefined();
  });
});

describe('names and labels', () => {
  test('a family’s name begins with kopru_ and says its unit; a counter is a total', () => {
    for (const { name, type } of ours) {
      expect(name).toMatch(/^kopru_[a-z_]+$/);
      expect([name, name.endsWith('_total')]).toEqual([name, type === 'counter']);
    }
    expect(new Set(ours.map(({ name }) => name)).size).toBe(ours.length);
  });

  test('a label that is no id or code is not shown', async () => {
    const lastAt = new Date(0);
    const strange = ['10000000146', 'a"b\n', 'x'.repeat(100), 'Ayşe Yılmaz', 'source-10000000146'];
    const sourceErrors = strange.map((code) => ({ source: 'one', code, errors: 1, lastAt }));
    const text = await metricsText({ ...nothingMeasured, sourceErrors }, new Registry());
    expect(promText(text).get('kopru_source_errors_total')?.samples).toEqual([
      { name: 'kopru_source_errors_total', labels: { source: 'one', code: 'other' }, value: 5 },
    ]);
    expect(text).not.toMatch(/Ayşe|\d{10}/);
  });
});
