import { operation } from '../../audit/entry';
import { deleteExpired, deleteSettled, expireSnapshots } from '../../snapshots/expire';
import type { Broker, Operator } from '../broker';
import { keepMissingReferences } from '../reports/yearReport';

/** What an application of retention did to a dataset; counts only. */
export interface Retained {
  dataset: string;
  /** Snapshots that expired. */
  snapshots: number;
  /** Record versions that were deleted, since only expired snapshots showed them; those left by a killed process too. */
  records: number;
  /** Settled quarantined records that were deleted. */
  quarantined: number;
}

const dayMillis = 24 * 3_600_000;

/**
 * Applies the agreement's retention (policy): published snapshots that are too old expire, and what only they showed is deleted;
 * so are quarantined records that were settled long ago. The newest published snapshot of each dataset, the references of years and
 * what waits for an operator stay; so do the rows and digests of expired snapshots, runs and logs.
 * Safe beside pulls, and to call at any time from any process: what a killed one left is completed. Stops between batches on `signal`.
 */
export async function applyRetention(broker: Broker, by: Operator = 'retention', signal?: AbortSignal): Promise<Retained[]> {
  const done: Retained[] = [];
  for (const dataset of Object.keys(broker.agreement.datasets)) {
    const counts = { dataset, snapshots: 0, records: 0, quarantined: 0 };
    done.push(counts);
    try {
      await retain(broker, counts, signal);
    } finally {
      // What was deleted before something failed is told of, too.
      const { dataset: _, ...all } = counts;
      if (Object.values(all).some((n) => n > 0))
        await broker.audit.append(operation({ at: broker.clock(), by, command: 'retention', detail: counts }));
    }
  }
  return done;
}

async function retain(broker: Broker, counts: Retained, signal: AbortSignal | undefined): Promise<void> {
  const { db, agreement, clock } = broker;
  const { dataset } = counts;
  const before = (days: number) => new Date(clock().getTime() - days * dayMillis);
  const more = () => signal?.aborted !== true;
  if (!more()) return;
  // A reference that a killed process did not come to write must not expire.
  await keepMissingReferences(broker, dataset);
  counts.snapshots = await expireSnapshots(db, dataset, before(agreement.retention.snapshots.days));
  for (let done = false; !done && more(); ) {
    const batch = await deleteExpired(db, dataset);
    counts.records += batch.deleted;
    done = batch.done;
  }
  for (let deleted = 1; deleted > 0 && more(); ) {
    deleted = await deleteSettled(db, dataset, before(agreement.retention.quarantine.days));
    counts.quarantined += deleted;
  }
}
