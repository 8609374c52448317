import { operation } from '../audit/entry';
import { KopruError } from '../core/errors';
import { decideHeld } from '../snapshots/decide';
import { snapshotDigest } from '../snapshots/digest';
import { yearReferences } from '../snapshots/references';
import { changeCounts, datasetNumber, expired, publishedSnapshot, snapshotOf, listSnapshots as storedSnapshots } from '../snapshots/store';
import type { SnapshotInfo } from '../snapshots/types';
import type { Broker, Operator } from './broker';
import { keepMissingReferences } from './reports/yearReport';
import { unknownDataset } from './runs/runs';

export type { SnapshotInfo };

/** A snapshot as operators see it, with the years whose reference it is. */
export type SnapshotView = SnapshotInfo & { references: number[] };

/** Snapshots of a dataset or of all, newest first, held, rejected and expired ones too. */
export async function listSnapshots(broker: Broker, dataset?: string, limit?: number): Promise<SnapshotView[]> {
  if (dataset !== undefined) known(broker, dataset);
  const references = await yearReferences(broker.db, dataset);
  return (await storedSnapshots(broker.db, dataset, limit)).map((s) => ({
    ...s,
    references: references.filter((r) => r.dataset === s.dataset && r.version === s.version).map((r) => r.year),
  }));
}

/** The newest published snapshot of each dataset that has one, in the agreement's order. */
export async function newestSnapshots(broker: Broker): Promise<SnapshotInfo[]> {
  const found = await Promise.all(Object.keys(broker.agreement.datasets).map((id) => publishedSnapshot(broker.db, id)));
  return found.filter((s) => s !== undefined);
}

/** Publishes the held snapshot of a dataset, as its year's reference if a yearly run made it, or takes it back. Returns its version. */
export async function releaseHeld(
  broker: Broker,
  dataset: string,
  verdict: 'release' | 'reject',
  note: string,
  by: Operator,
): Promise<number> {
  known(broker, dataset);
  await broker.audit.append(operation({ at: broker.clock(), by, command: verdict, detail: { dataset, note } }));
  const version = await decideHeld(broker.db, dataset, { verdict, note, by, now: broker.clock() });
  if (verdict === 'release') await keepMissingReferences(broker, dataset);
  return version;
}

/** Recomputes a snapshot's digest from the stored records. @throws KopruError `digest-mismatch` */
export async function verifySnapshot(broker: Broker, dataset: string, version: number): Promise<{ digest: string; records: number }> {
  const snapshot = await readable(broker, dataset, version);
  const found = await snapshotDigest(broker.db.pool, await datasetNumber(broker.db, dataset), version);
  if (found.digest.toString('hex') !== snapshot.digest || found.records !== snapshot.records) {
    // One that expired meanwhile has lost records, and nothing was changed.
    await readable(broker, dataset, version);
    throw new KopruError(
      'digest-mismatch',
      `Snapshot ${version} of ${dataset} does not match its digest: its stored records were changed.`,
      {
        hint: 'Restore the table record_version from a backup, and find out who could write to it.',
      },
    );
  }
  return { digest: snapshot.digest, records: found.records };
}

/** Recomputes the digests of all published snapshots of a dataset or of all. @throws KopruError `digest-mismatch` */
export async function verifySnapshots(broker: Broker, dataset?: string): Promise<number> {
  const published = (await listSnapshots(broker, dataset, everySnapshot)).filter((s) => s.status === 'published');
  for (const { dataset: id, version } of published) {
    await verifySnapshot(broker, id, version).catch(async (error) => {
      // It may expire before its turn comes.
      if ((await snapshotOf(broker.db, id, version))?.status !== 'expired') throw error;
    });
  }
  return published.length;
}

const everySnapshot = 1_000_000;

/** How many records differ between two snapshots; by default the newest one, held or not, and the published one before it. */
export async function countChanges(
  broker: Broker,
  dataset: string,
  from: number | undefined,
  to: number | undefined,
): Promise<{ from: number; to: number; added: number; changed: number; removed: number }> {
  known(broker, dataset);
  const all = (await storedSnapshots(broker.db, dataset)).filter((s) => s.status === 'published' || s.status === 'held');
  const newer = to ?? all[0]?.version;
  const older = from ?? all.find((s) => s.status === 'published' && newer !== undefined && s.version < newer)?.version;
  if (newer === undefined || older === undefined) {
    throw new KopruError('not-found', `${dataset} has no two snapshots to compare.`, { hint: 'List them with kopru snapshots.' });
  }
  if (older > newer) throw new KopruError('usage', 'The changes asked for run backwards.', { hint: 'Name the older snapshot first.' });
  await readable(broker, dataset, older);
  await readable(broker, dataset, newer);
  return { from: older, to: newer, ...(await changeCounts(broker.db.pool, await datasetNumber(broker.db, dataset), older, newer)) };
}

function known(broker: Broker, dataset: string): void {
  if (!Object.hasOwn(broker.agreement.datasets, dataset)) throw unknownDataset(broker, dataset);
}

async function readable(broker: Broker, dataset: string, version: number): Promise<SnapshotInfo> {
  const snapshot = await snapshotOf(broker.db, dataset, version);
  if (snapshot?.status === 'expired') throw expired(dataset, version);
  if (snapshot?.status !== 'published' && snapshot?.status !== 'held') {
    throw new KopruError('not-found', `There is no published or held snapshot ${version} of ${dataset}.`, {
      hint: 'List them with kopru snapshots.',
    });
  }
  return snapshot;
}
