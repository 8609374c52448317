import type { BrokerMetrics } from '../../operations/upkeep/metrics';

export interface Sample {
  labels: Record<string, string>;
  value: number;
}

/** A family of metrics, as docs/operators.md lists it. */
export interface Family {
  name: string;
  type: 'gauge' | 'counter';
  help: string;
  labels: readonly string[];
  samples(of: BrokerMetrics): Sample[];
}

export const durationFamily = {
  name: 'kopru_run_duration_seconds',
  type: 'histogram',
  help: 'How long ended runs took from their first begin, rests included.',
  labels: ['dataset'],
} as const;

const runLabels = ['dataset', 'kind', 'mode', 'status'] as const;

export const families: readonly Family[] = [
  family('kopru_queue_waiting', 'gauge', 'What waits for a worker, by queue.', ['queue'], (m) => m.queues, 'waiting'),
  family('kopru_runs_live', 'gauge', 'Runs that have not ended.', runLabels, (m) => m.liveRuns, 'runs'),
  family('kopru_runs_ended_total', 'counter', 'Runs that have ended.', runLabels, (m) => m.endedRuns, 'runs'),
  family(
    'kopru_snapshot_age_seconds',
    'gauge',
    'Since the newest published snapshot was published.',
    ['dataset'],
    (m) => m.snapshots,
    'ageSeconds',
  ),
  family(
    'kopru_snapshot_source_age_seconds',
    'gauge',
    'Since the time as of which the source gave the newest published snapshot.',
    ['dataset'],
    (m) => m.snapshots,
    'sourceAgeSeconds',
  ),
  family('kopru_snapshot_records', 'gauge', 'Records of the newest published snapshot.', ['dataset'], (m) => m.snapshots, 'records'),
  family(
    'kopru_snapshot_quarantined_records',
    'gauge',
    'Records that the newest published snapshot set aside.',
    ['dataset'],
    (m) => m.snapshots,
    'quarantined',
  ),
  family('kopru_snapshots_held', 'gauge', 'Snapshots that wait for an operator.', ['dataset'], (m) => m.held, 'snapshots'),
  family('kopru_source_errors_total', 'counter', 'Errors that sources answered with.', ['source', 'code'], (m) => m.sourceErrors, 'errors'),
  {
    name: 'kopru_source_last_error_timestamp_seconds',
    type: 'gauge',
    help: 'When a source last answered with this error.',
    labels: ['source', 'code'],
    samples: (m) => m.sourceErrors.map(({ source, code, lastAt }) => ({ labels: { source, code }, value: lastAt.getTime() / 1000 })),
  },
  family('kopru_lookups', 'gauge', 'Look-ups whose rows are kept.', ['status', 'code'], (m) => m.lookups, 'lookups'),
  family('kopru_processes', 'gauge', 'Live processes of the broker.', ['kind'], (m) => m.processes, 'processes'),
  family('kopru_incidents_open', 'gauge', 'Incidents that have not ended.', ['kind'], (m) => m.incidents, 'open'),
  family(
    'kopru_clocks_overdue',
    'gauge',
    'Duties whose time has passed, of open incidents and requests.',
    ['clock'],
    (m) => m.clocks,
    'overdue',
  ),
  family('kopru_subject_requests_open', 'gauge', 'People’s requests that wait for an answer.', [], (m) => m.subjectRequests, 'open'),
];

/** A family whose rows hold labels and value under their own names. */
function family<Label extends string, Value extends string>(
  name: string,
  type: Family['type'],
  help: string,
  labels: readonly Label[],
  rows: (of: BrokerMetrics) => readonly (Record<Label, string> & Record<Value, number>)[],
  value: Value,
): Family {
  const labelsOf = (row: Record<Label, string>) => Object.fromEntries(labels.map((label) => [label, row[label]]));
  return { name, type, help, labels, samples: (m) => rows(m).map((row) => ({ labels: labelsOf(row), value: row[value] })) };
}
