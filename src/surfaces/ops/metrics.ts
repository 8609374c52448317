import { Counter, collectDefaultMetrics, Gauge, type Metric, Registry } from 'prom-client';
import { type BrokerMetrics, durationBuckets } from '../../operations/upkeep/metrics';
import { durationFamily, families } from './families';

export const metricsType = Registry.PROMETHEUS_CONTENT_TYPE;

/** Whether the shared values could be read for this answer. */
export const readableFamily = {
  name: 'kopru_database_up',
  type: 'gauge',
  help: '1 if the broker’s values could be read from PostgreSQL for this answer; else 0, and only the process’s own are here.',
  labels: [],
} as const;

/** What the process tells of itself: processor, memory, event loop, under the names that all Node programs use. */
export function processRegistry(): Registry {
  const register = new Registry();
  collectDefaultMetrics({ register });
  return register;
}

/** Prometheus' text of the broker's values, where they could be read, and of the process's own. */
export async function metricsText(broker: BrokerMetrics | undefined, own: Registry): Promise<string> {
  const register = new Registry();
  const registers = [register];
  new Gauge({ name: readableFamily.name, help: readableFamily.help, registers }).set(broker ? 1 : 0);
  if (broker) {
    for (const { name, type, help, labels, samples } of families) {
      const metric = new (type === 'counter' ? Counter : Gauge)({ name, help, labelNames: [...labels], registers });
      for (const sample of samples(broker)) metric.inc(tamed(sample.labels), sample.value);
    }
    register.registerMetric(countedHistogram(broker.durations));
  }
  return `${await register.metrics()}\n${await own.metrics()}`;
}

/** A histogram that PostgreSQL has counted already; prom-client's own wants each single value. */
function countedHistogram(durations: BrokerMetrics['durations']): Metric {
  const { name, help, type } = durationFamily;
  const values = durations.flatMap(({ dataset, runs, seconds, upTo }) => [
    ...durationBuckets.map((le, i) => ({ metricName: `${name}_bucket`, labels: { dataset, le }, value: upTo[i] ?? 0 })),
    { metricName: `${name}_bucket`, labels: { dataset, le: '+Inf' }, value: runs },
    { metricName: `${name}_sum`, labels: { dataset }, value: seconds },
    { metricName: `${name}_count`, labels: { dataset }, value: runs },
  ]);
  return { name, get: async () => ({ name, help, type, values, aggregator: 'sum' }) } as unknown as Metric;
}

/** Labels are ids and codes. Whatever does not look like one, or holds a number as long as a national id, is not shown. */
function tamed(labels: Record<string, string>): Record<string, string> {
  const known = (text: string) => /^[\w.:-]{0,64}$/.test(text) && !/\d{10}/.test(text);
  return Object.fromEntries(Object.entries(labels).map(([name, text]) => [name, known(text) ? text : 'other']));
}
