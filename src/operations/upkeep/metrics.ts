import type { Agreement } from '../../agreements/language';
import type { Clock } from '../../core/clock';
import type { Database } from '../../infra/db';
import { countDuties, type DutyCounts } from '../incidents/counts';
import { dueLookups, dueParts, dueRuns } from '../runs/due';
import type { RunMode } from '../runs/runs';
import { liveProcesses } from './processes';

/** What PostgreSQL tells of the broker, the same whichever process is asked. Counts, times, ids of datasets; nothing of a person. */
export interface BrokerMetrics extends DutyCounts {
  /** What waits for a worker. */
  queues: { queue: string; waiting: number }[];
  liveRuns: RunCount[];
  endedRuns: RunCount[];
  /** How long ended runs took: all of them, their sum, and how many took no longer than each of `durationBuckets`. */
  durations: { dataset: string; runs: number; seconds: number; upTo: number[] }[];
  /** The newest published snapshot of each dataset. */
  snapshots: { dataset: string; ageSeconds: number; sourceAgeSeconds: number; records: number; quarantined: number }[];
  held: { dataset: string; snapshots: number }[];
  sourceErrors: { source: string; code: string; errors: number; lastAt: Date }[];
  lookups: { status: string; code: string; lookups: number }[];
  processes: { kind: string; processes: number }[];
}

export interface RunCount {
  dataset: string;
  kind: string;
  mode: string;
  status: string;
  runs: number;
}

/** In seconds, up to an hour. */
export const durationBuckets: readonly number[] = [1, 5, 15, 60, 300, 900, 1800, 3600];

const ended = ['succeeded', 'held', 'failed', 'cancelled'];
const modes: readonly RunMode[] = ['manual', 'periodic', 'yearly', 'instant'];
const kinds = ['up', 'api', 'work', 'schedule'];

export interface Measured {
  db: Database;
  agreement: Agreement;
  clock: Clock;
}

/** Reads all of it now. One statement after the other: a scrape must not take the connections that the work needs. */
export async function brokerMetrics(broker: Measured): Promise<BrokerMetrics> {
  return {
    queues: await queues(broker),
    ...(await runs(broker)),
    durations: await durations(broker),
    snapshots: await snapshots(broker),
    held: await held(broker),
    sourceErrors: await rowsOf(broker, 'select source, code, count as errors, last_at as "lastAt" from source_error order by source, code'),
    lookups: await rowsOf(
      broker,
      `select status, coalesce(error_code, '') as code, count(*)::int as lookups from lookup group by 1, 2 order by 1, 2`,
    ),
    processes: await processes(broker),
    ...(await countDuties(broker)),
  };
}

/** What the relay would tell the queues of, and the slots that nobody has started yet. */
async function queues(broker: Measured): Promise<BrokerMetrics['queues']> {
  const { db, clock } = broker;
  const [slots] = await rowsOf<{ due: number }>(broker, `select count(*)::int as due from slot where status = 'due'`);
  return [
    { queue: 'runs', waiting: (await dueRuns(db, clock())).length },
    { queue: 'parts', waiting: (await dueParts(db, clock())).length },
    { queue: 'lookups', waiting: (await dueLookups(db, clock())).length },
    { queue: 'slots', waiting: slots?.due ?? 0 },
  ];
}

async function runs(broker: Measured): Promise<Pick<BrokerMetrics, 'liveRuns' | 'endedRuns'>> {
  const counted = ofAgreement(
    broker,
    await rowsOf<RunCount>(
      broker,
      'select dataset, kind, mode, status, count(*)::int as runs from run group by dataset, kind, mode, status order by dataset, kind, mode, status',
    ),
  );
  // A counter that only appears with its first run hides that one from whoever watches for an increase.
  const zeros = Object.keys(broker.agreement.datasets).flatMap((dataset) =>
    modes.flatMap((mode) => ended.map((status): RunCount => ({ dataset, kind: 'pull', mode, status, runs: 0 }))),
  );
  const series = ({ dataset, kind, mode, status }: RunCount) => [dataset, kind, mode, status].join(' ');
  const all = new Map([...zeros, ...counted].map((run) => [series(run), run]));
  const isEnded = (run: RunCount) => ended.includes(run.status);
  return { liveRuns: counted.filter((run) => !isEnded(run)), endedRuns: [...all.values()].filter(isEnded) };
}

async function durations(broker: Measured): Promise<BrokerMetrics['durations']> {
  const upTo = durationBuckets.map((bound) => `count(*) filter (where took <= ${bound})::int`);
  return ofAgreement(
    broker,
    await rowsOf(
      broker,
      `select dataset, count(*)::int as runs, sum(took) as seconds, array[${upTo.join(', ')}] as "upTo"
       from (select dataset, greatest(0, extract(epoch from finished_at - started_at))::float8 as took from run
             where status = any($1) and started_at is not null and finished_at is not null) as one
       group by dataset order by dataset`,
      [ended],
    ),
  );
}

async function snapshots(broker: Measured): Promise<BrokerMetrics['snapshots']> {
  return ofAgreement(
    broker,
    await rowsOf(
      broker,
      `select distinct on (dataset) dataset, records, quarantined, extract(epoch from $1 - published_at)::float8 as "ageSeconds",
              extract(epoch from $1 - source_time)::float8 as "sourceAgeSeconds"
       from snapshot where status = 'published' order by dataset, version desc`,
      [broker.clock()],
    ),
  );
}

async function held(broker: Measured): Promise<BrokerMetrics['held']> {
  const found = await rowsOf<BrokerMetrics['held'][number]>(
    broker,
    `select dataset, count(*)::int as snapshots from snapshot where status = 'held' group by dataset`,
  );
  const count = new Map(found.map((one) => [one.dataset, one.snapshots]));
  return Object.keys(broker.agreement.datasets).map((dataset) => ({ dataset, snapshots: count.get(dataset) ?? 0 }));
}

async function processes({ db }: Measured): Promise<BrokerMetrics['processes']> {
  const live = (await liveProcesses(db)).map(({ kind }) => kind);
  return [...new Set([...kinds, ...live])].map((kind) => ({ kind, processes: live.filter((one) => one === kind).length }));
}

async function rowsOf<Row>({ db }: Measured, sql: string, values: unknown[] = []): Promise<Row[]> {
  return (await db.pool.query(sql, values)).rows;
}

/** Without datasets that the agreement no longer has. */
function ofAgreement<Row extends { dataset: string }>({ agreement }: Measured, rows: Row[]): Row[] {
  return rows.filter(({ dataset }) => Object.hasOwn(agreement.datasets, dataset));
}
