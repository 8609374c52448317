import { consentFlags } from '../../agreements/consents';
import { inputsOf } from '../../agreements/derived';
import { datasetOf, reportGroupings } from '../../agreements/fields';
import { istanbulDate } from '../../core/dates';
import { KopruError } from '../../core/errors';
import { groupCounts } from '../../snapshots/groups';
import {
  referenceBefore,
  storedReport,
  writeReference,
  type YearReference,
  yearlySnapshots,
  yearReferences,
} from '../../snapshots/references';
import { changeCounts, datasetNumber, snapshotOf } from '../../snapshots/store';
import type { SnapshotInfo } from '../../snapshots/types';
import type { Broker } from '../broker';
import { unknownDataset } from '../runs/runs';
import { type ReportedFindings, reportedFindings } from './reportedFindings';
import { type ReportedCounts, reportedCounts } from './yearReportCounts';

export type { ReportedCounts, YearReference };

/** A snapshot as a report names it. Instants are ISO texts in UTC; the digest is SHA-256 in hex. */
export interface ReportedSnapshot {
  version: number;
  /** As of when the source's data are. */
  sourceTime: string;
  publishedAt: string;
  digest: string;
  records: number;
}

/** What a year's reference holds, counted; stored with it and never changed. Nothing of a single person. */
export interface YearReport {
  agreement: { id: string; title: string };
  dataset: string;
  label: string;
  owner: { id: string; name: string };
  classification: { label: string; article: string };
  /** Of Europe/Istanbul. */
  year: number;
  snapshot: ReportedSnapshot;
  /** The reference of the newest earlier year that has one. */
  earlier: (ReportedSnapshot & { year: number }) | null;
  /** Records that differ between the two references. */
  changes: { added: number; changed: number; removed: number } | null;
  counts: ReportedCounts[];
  /** What reconciliation found with this snapshot; null if it was not compared. */
  findings: ReportedFindings | null;
  /** Inside use; a publication needs each owner's approval, recorded under these articles. */
  use: {
    text: string;
    consents: { dataset: string; owner: { id: string; name: string }; publication: string; article: string }[];
    notice: { text: string; article: string };
  };
  writtenAt: string;
}

/**
 * Makes a published snapshot the reference of its dataset for a year of Europe/Istanbul, and writes the report on it (V.Ç.8).
 * The first published one of a year stays: calling again does no harm. Returns the year's report.
 * @throws KopruError `state-conflict` if the snapshot is not published
 */
export async function keepReference(
  broker: Broker,
  { dataset, version, runId, year }: { dataset: string; version: number; runId: number; year: number },
): Promise<YearReport> {
  const { db, clock, log } = broker;
  const there = await storedReport(db, dataset, year);
  if (there) return there as YearReport;
  const snapshot = await snapshotOf(db, dataset, version);
  if (snapshot?.status !== 'published') throw notPublished(dataset, version);
  const report = await write(broker, snapshot, year);
  if (!(await writeReference(db, { dataset, year, version, runId, report, writtenAt: clock() }))) throw notPublished(dataset, version);
  log.info({ run: runId, dataset, snapshot: version, records: snapshot.records }, 'year’s reference kept');
  // Another process may have been quicker.
  return (await storedReport(db, dataset, year)) as YearReport;
}

/**
 * Keeps the references of a dataset that are missing: of published snapshots of yearly runs, each for the year of its slot
 * (without one, of its request). So a held snapshot becomes the reference when it is released, and none is lost to a killed process.
 * Returns the years that it wrote.
 */
export async function keepMissingReferences(broker: Broker, dataset: string): Promise<number[]> {
  const years = new Set((await yearReferences(broker.db, dataset)).map((r) => r.year));
  const written: number[] = [];
  for (const { version, runId, at } of await yearlySnapshots(broker.db, dataset)) {
    const year = istanbulYear(at);
    if (years.has(year)) continue;
    await keepReference(broker, { dataset, version, runId, year });
    years.add(year);
    written.push(year);
  }
  return written;
}

/** The year of an instant in Europe/Istanbul. */
export function istanbulYear(instant: Date): number {
  return Number(istanbulDate(instant).slice(0, 4));
}

/** The report on a dataset's reference of a year; of the newest year by default. @throws KopruError `not-found` */
export async function yearReport(broker: Broker, dataset: string, year?: number): Promise<YearReport> {
  if (!Object.hasOwn(broker.agreement.datasets, dataset)) throw unknownDataset(broker, dataset);
  const report = await storedReport(broker.db, dataset, year);
  if (report) return report as YearReport;
  throw new KopruError('not-found', `${dataset} has no reference${year === undefined ? '' : ` of ${year}`}.`, {
    hint: 'A yearly pull makes it; kopru report lists those that are there.',
  });
}

/** The references of a dataset or of all, newest year first. */
export async function listReferences(db: Broker['db'], dataset?: string): Promise<YearReference[]> {
  return yearReferences(db, dataset);
}

async function write(broker: Broker, snapshot: SnapshotInfo, year: number): Promise<YearReport> {
  const { db, agreement, clock } = broker;
  const { dataset, version } = snapshot;
  const definition = datasetOf(agreement, dataset);
  const named = (id: string) => ({ id, name: agreement.parties[id]?.name ?? id });
  const number = await datasetNumber(db, dataset);
  const before = await referenceBefore(db, dataset, year, version);
  const earlier = before && (await snapshotOf(db, dataset, before.version));
  const { by, article } = reportGroupings(definition);
  const counts = await groupCounts(db.pool, number, { from: earlier?.version ?? 0, to: version }, by);
  return {
    agreement: { id: agreement.id, title: agreement.title },
    dataset,
    label: definition.label,
    owner: named(definition.owner),
    classification: definition.classification,
    year,
    snapshot: reported(snapshot),
    earlier: before && earlier ? { year: before.year, ...reported(earlier) } : null,
    changes: earlier ? await changeCounts(db.pool, number, earlier.version, version) : null,
    counts: by.map((names, i) => reportedCounts(definition, { names, article, counted: counts[i], compared: earlier !== undefined })),
    findings: await reportedFindings(broker, dataset, version),
    use: {
      text: 'For the parties’ own use; not for publication.',
      consents: consentFlags(agreement, (await broker.state()).consents, inputsOf(agreement, dataset)).map(
        ({ dataset: of, owner, state, article }) => ({ dataset: of, owner: named(owner), publication: state, article }),
      ),
      notice: agreement.notice,
    },
    writtenAt: clock().toISOString(),
  };
}

function reported({ version, sourceTime, publishedAt, createdAt, digest, records }: SnapshotInfo): ReportedSnapshot {
  return { version, sourceTime: sourceTime.toISOString(), publishedAt: (publishedAt ?? createdAt).toISOString(), digest, records };
}

function notPublished(dataset: string, version: number): KopruError {
  return new KopruError('state-conflict', `Snapshot ${version} of ${dataset} is not published, so it is no year’s reference.`, {
    hint: 'Release it first, if it is held.',
  });
}
