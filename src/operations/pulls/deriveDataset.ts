import { datasetOf } from '../../agreements/fields';
import { type NamedRow, stageDerived } from '../../intake/derivedRows';
import { openStaging } from '../../intake/staging';
import type { DerivedRow, DerivedRows } from '../../reconcile/derived';
import type { Input } from '../../reconcile/inputs';
import type { OpenRecords } from '../../reconcile/opening';
import { publish } from '../../snapshots/publish';
import { publishedSnapshot } from '../../snapshots/store';
import type { Broker } from '../broker';
import { underLock } from '../runs/held';
import { runLock } from '../runs/locks';
import { intakeKeys } from './intakeKeys';

/** Nobody takes such a run up: the next comparison makes what one that died did not. */
const never = new Date('9999-12-31T00:00:00Z');

export interface Deriving {
  dataset: string;
  /** The snapshots that it is made of. */
  inputs: readonly Input[];
  rows: DerivedRows;
  open: OpenRecords;
}

/**
 * Makes a snapshot of a derived dataset, unless it would be the same from the same inputs. What is as it was is not opened. The
 * snapshot's source time is that of its oldest input.
 */
export async function deriveDataset(broker: Broker, deriving: Deriving): Promise<void> {
  const { db, clock } = broker;
  const { dataset, inputs, rows } = deriving;
  const before = await publishedSnapshot(db, dataset);
  const made = Object.fromEntries(inputs.map((input) => [input.dataset, input.version]));
  if (before && JSON.stringify(before.inputs) === JSON.stringify(made) && (await rows.sameAs(before.records))) return;

  await db.prisma.run.updateMany({
    where: { dataset, kind: 'derive', status: { in: ['running', 'waiting'] } },
    data: { status: 'failed', errorCode: 'state-conflict', errorMessage: 'The comparison that made it ended before it did.' },
  });
  const at = clock();
  const { id } = await db.prisma.run.create({
    data: { dataset, kind: 'derive', mode: 'manual', status: 'waiting', resumeAt: never, requestedBy: 'reconcile', requestedAt: at },
  });
  await underLock(db, runLock, id, async () => {
    await db.prisma.run.update({ where: { id }, data: { status: 'running', attempts: 1, startedAt: at, resumeAt: null } });
    const { keys, keyId } = await intakeKeys(broker, dataset);
    const staging = await openStaging(db.pool, id, { turn: { attempt: 1 } });
    await stageDerived(datasetOf(broker.agreement, dataset), staging, keys, named(deriving), at);
    const published = await publish(db, {
      dataset,
      runId: id,
      attempt: 1,
      tables: staging.tables,
      base: before?.version ?? 0,
      sourceTime: new Date(Math.min(...inputs.map(({ sourceTime }) => sourceTime.getTime()))),
      now: clock(),
      keyId,
      // It follows from what was published already.
      guardShare: Number.POSITIVE_INFINITY,
      missing: {},
      whole: true,
      inputs: made,
    });
    await staging.drop();
    await db.prisma.run.update({ where: { id }, data: { status: 'succeeded', finishedAt: clock(), snapshot: published.version } });
    broker.log.info({ run: id, dataset, snapshot: published.version, records: published.records }, 'derived');
  });
}

/** The rows with the ids of whom they are about, opened where they are new or other. */
async function* named({ rows, open }: Deriving): AsyncGenerator<NamedRow[], void> {
  for await (const batch of rows.batches()) {
    const ids = await idsOf(
      batch.filter((row) => !row.same),
      open,
    );
    yield batch.map(({ key, open: fields, same }) => ({ key, open: fields, same, id: ids.get(key.toString('hex')) }));
  }
}

/** The national ids of rows by key, from the records in which they stand. */
async function idsOf(rows: readonly DerivedRow[], open: OpenRecords): Promise<Map<string, string>> {
  const ids = new Map<string, string>();
  for (const dataset of new Set(rows.map((row) => row.dataset))) {
    const own = rows.filter((row) => row.dataset === dataset);
    const records = await open(
      dataset,
      own.map((row) => row.recordId),
    );
    for (const row of own) {
      const id = records.get(row.recordId)?.[row.field];
      if (typeof id === 'string') ids.set(row.key.toString('hex'), id);
    }
  }
  return ids;
}
