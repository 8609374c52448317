import type { Agreement } from '../../agreements/language';
import { countedDataset, overlapsOf, populationOf, type Statistic, statisticDatasets } from '../../agreements/statistics';
import { type IsoDate, istanbulDate } from '../../core/dates';
import { KopruError } from '../../core/errors';
import type { Database } from '../../infra/db';
import { lastCompared } from '../../reconcile/store';
import { datasetNumber, publishedSnapshot, visibleAt } from '../../snapshots/store';
import type { SnapshotInfo } from '../../snapshots/types';
import { type CountedCell, type CountTable, total } from '../control/types';
import { cutsOf } from './frame';

/** The snapshots that a table was counted from, by dataset. */
export type TableSources = Readonly<Record<string, { version: number; digest: string; sourceTime: string }>>;

/** Counts before any control: never shown, never stored. */
export interface Counted {
  table: CountTable;
  sources: TableSources;
}

type Counting = { db: Database; agreement: Agreement };

/** Only rows of one province, where that alone may be counted. */
export interface Within {
  field: string;
  province: string;
}

/**
 * Counts a statistic of the newest snapshots; its day is that of the source's time, in Istanbul.
 * @throws KopruError `not-found` if a dataset has no snapshot yet
 */
export async function countStatistic(counting: Counting, id: string, statistic: Statistic, within?: Within): Promise<Counted> {
  const counted = countedDataset(statistic);
  return counted === undefined ? countFindings(counting, id, statistic) : countRecords(counting, id, statistic, counted, within);
}

async function countRecords(
  { db, agreement }: Counting,
  id: string,
  statistic: Statistic,
  dataset: string,
  within: Within | undefined,
): Promise<Counted> {
  const snapshot = await snapshotFor(db, dataset);
  const day = istanbulDate(snapshot.sourceTime);
  const number = await datasetNumber(db, dataset);
  const values: unknown[] = [number, snapshot.version];
  const cuts = cutsOf(agreement, statistic, day, values);
  const only = within ? ` and r.open ->> $${values.push(within.field)}::text = $${values.push(within.province)}` : '';
  const amount = 'sum' in statistic.counts ? `coalesce((r.open ->> $${values.push(statistic.counts.sum)}::text)::int, 0)` : undefined;
  const columns = cuts.map(({ code }, i) => `${code} as c${i}`);
  const rows = `select ${columns.join(', ')}${amount ? `, ${amount} as n` : ''} from record_version r
    where r.dataset_id = $1 and ${visibleAt('$2')}${only}`;
  const cells = await (amount ? sums : counts)(db, rows, values, cuts.length);
  await stillThere(db, dataset, snapshot);
  const dimensions = cuts.map(({ dimension }) => dimension);
  const table = { ...frameOf(id, statistic, day), dimensions, cells, overlaps: overlapsOf(agreement, statistic) };
  return { table, sources: await sourcesOf(db, agreement, statistic, snapshot) };
}

async function countFindings({ db, agreement }: Counting, id: string, statistic: Statistic): Promise<Counted> {
  const compared = await lastCompared(db, agreement.id);
  if (!compared || !('findings' in statistic.counts)) throw nothingYet('The registers were not compared yet.');
  const day = istanbulDate(compared.at);
  const values: unknown[] = [agreement.id, statistic.counts.findings];
  const cuts = cutsOf(agreement, statistic, day, values);
  const rows = `select ${cuts.map(({ code }, i) => `${code} as c${i}`).join(', ')} from finding f
    join dataset d on d.name = f.dataset left join record_version r on r.dataset_id = d.id and r.id = f.record_id
    where f.agreement_id = $1 and f.rule = any ($2::text[]) and f.status = 'open'`;
  const cells = await counts(db, rows, values, cuts.length);
  const after = await lastCompared(db, agreement.id);
  if (after?.id !== compared.id)
    throw new KopruError('state-conflict', 'The registers were compared again while findings were counted.', { hint: 'Ask anew.' });
  const versions = Object.entries(compared.snapshots);
  const snapshots = await Promise.all(versions.map(([dataset, version]) => snapshotFor(db, dataset, version)));
  const table = { ...frameOf(id, statistic, day), dimensions: cuts.map(({ dimension }) => dimension), cells };
  return { table, sources: Object.fromEntries(snapshots.map((one) => [one.dataset, told(one)])) };
}

const frameOf = (id: string, statistic: Statistic, date: IsoDate) => ({ id, statistic: populationOf(statistic), date });

type CellRow = Record<`c${number}`, string> & { n: number };

async function counts(db: Database, rows: string, values: unknown[], dimensions: number): Promise<CountedCell[]> {
  const names = namesOf(dimensions);
  const { rows: found } = await db.pool.query<CellRow>(
    `select ${names}, count(*)::int as n from (${rows}) sorted group by ${names}`,
    values,
  );
  return found.map((row) => ({ at: placeIn(row, dimensions), count: row.n }));
}

/** Sums, with who makes them up; of totals too, since one contributor may stand behind several cells. */
async function sums(db: Database, rows: string, values: unknown[], dimensions: number): Promise<CountedCell[]> {
  const names = namesOf(dimensions);
  const { rows: found } = await db.pool.query<CellRow & { contributors: number; largest: number; second: number }>(
    `select ${names}, sum(n)::int as n, (count(*) filter (where n > 0))::int as contributors, max(n) as largest,
            coalesce((array_agg(n order by n desc))[2], 0) as second
     from (${rows}) sorted group by cube (${names}) having sum(n) > 0`,
    values,
  );
  return found.map(({ n, contributors, largest, second, ...row }) => ({
    at: placeIn(row as CellRow, dimensions),
    count: n,
    contributions: { contributors, largest, second },
  }));
}

const namesOf = (dimensions: number) => Array.from({ length: dimensions }, (_, i) => `c${i}`).join(', ');
const placeIn = (row: Record<string, unknown>, dimensions: number): string[] =>
  Array.from({ length: dimensions }, (_, i) => (row[`c${i}`] as string | null) ?? total);

/** What a table was counted from: the counted snapshot, and of a derived one those that it was made of. */
async function sourcesOf(db: Database, agreement: Agreement, statistic: Statistic, snapshot: SnapshotInfo): Promise<TableSources> {
  const inputs = Object.entries(snapshot.inputs ?? {}).filter(([dataset]) => statisticDatasets(agreement, statistic).includes(dataset));
  const others = await Promise.all(inputs.map(([dataset, version]) => snapshotFor(db, dataset, version)));
  return Object.fromEntries([snapshot, ...others].map((one) => [one.dataset, told(one)]));
}

const told = ({ version, digest, sourceTime }: SnapshotInfo) => ({ version, digest, sourceTime: sourceTime.toISOString() });

async function snapshotFor(db: Database, dataset: string, version?: number): Promise<SnapshotInfo> {
  const found = await publishedSnapshot(db, dataset, version === undefined ? {} : { version });
  if (found) return found;
  throw nothingYet(`There is no published snapshot of ${dataset} to count.`);
}

async function stillThere(db: Database, dataset: string, { version }: SnapshotInfo): Promise<void> {
  await snapshotFor(db, dataset, version);
}

function nothingYet(message: string): KopruError {
  return new KopruError('not-found', message, { hint: 'Pull the sources first; kopru snapshots lists what there is.' });
}
