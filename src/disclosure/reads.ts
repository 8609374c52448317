import { type QuotaRequest, type Reservation, reserveAll } from '../access/quotas/store';
import { together } from '../core/together';
import type { Database } from '../infra/db';
import { datasetNumber, newestPublished, recordsByKey } from '../snapshots/store';
import type { SnapshotInfo, StoredRecord } from '../snapshots/types';

/** What many readers ask at once, asked of the database together. */
export interface Reads {
  /** A dataset's short number, which never changes. */
  numberOf(dataset: string): Promise<number>;
  /** The newest published snapshot. */
  newest(dataset: string): Promise<SnapshotInfo | undefined>;
  /** Counts against quotas. */
  reserve(request: QuotaRequest): Promise<Reservation>;
  /** One record of a snapshot. @throws KopruError `not-found` if the snapshot has expired */
  record(at: RecordAt): Promise<StoredRecord | undefined>;
}

export interface RecordAt {
  number: number;
  version: number;
  keyIndex: Buffer;
}

export function createReads(db: Database): Reads {
  const numbers = new Map<string, number>();
  const placeOf = ({ number, version }: RecordAt) => `${number} ${version}`;
  const byPlace = new Map<string, (at: RecordAt) => Promise<StoredRecord | undefined>>();
  return {
    numberOf: async (dataset) => {
      const number = numbers.get(dataset) ?? (await datasetNumber(db, dataset));
      numbers.set(dataset, number);
      return number;
    },
    newest: together(async (datasets) => {
      const found = await newestPublished(db, [...new Set(datasets)]);
      return datasets.map((dataset) => found.get(dataset));
    }),
    reserve: together((requests) => reserveAll(db, requests)),
    // By snapshot, so that one that has expired fails nobody else.
    record: (at) => {
      const place = placeOf(at);
      const known =
        byPlace.get(place) ??
        together((all) =>
          recordsByKey(
            db.pool,
            at.number,
            at.version,
            all.map((one) => one.keyIndex),
          ),
        );
      if (byPlace.size > 100) byPlace.clear();
      byPlace.set(place, known);
      return known(at);
    },
  };
}
