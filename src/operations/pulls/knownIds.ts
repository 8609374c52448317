import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { fieldPlan } from '../../agreements/fields';
import type { Agreement } from '../../agreements/language';
import { KopruError } from '../../core/errors';
import { idKind } from '../../core/nationalId';
import { keyedIndexer } from '../../core/sealing';
import type { KnownId } from '../../intake/queryPages';
import { digestPositions } from '../../intake/rows';
import { openStored } from '../../snapshots/open';
import { datasetNumber, oneRecordPerDigest, publishedSnapshot, recordsPage } from '../../snapshots/store';
import type { StoredRecord } from '../../snapshots/types';
import type { QueryConfig } from '../../sources';
import type { BrokerBase } from '../broker';

/**
 * The ids a query-only source is asked for, each once, by their keyed index, after a given one: those that the configured
 * places name, and those of the dataset's own last snapshot, so that none is taken for gone because nobody asked.
 */
export async function* knownIds(
  broker: BrokerBase,
  dataset: string,
  config: QueryConfig,
  after: string | undefined,
): AsyncGenerator<KnownId> {
  const indexOf = keyedIndexer((await broker.keys.current(broker.agreement.id, 'index')).bytes);
  const ids = new Map<string, string>();
  const add = (id: string) => ids.set(Buffer.from(indexOf(id)).toString('hex'), id);
  for (const place of config.known) {
    if ('file' in place) for await (const id of idsInFile(place.file)) add(id);
    else for await (const id of idsInDataset(broker, place.dataset, place.field)) add(id);
  }
  for await (const id of idsInDataset(broker, dataset, broker.agreement.datasets[dataset]?.key ?? '')) add(id);
  for (const index of [...ids.keys()].sort()) {
    if (after === undefined || index > after) yield { id: ids.get(index) as string, index };
  }
}

async function* idsInFile(file: string): AsyncGenerator<string> {
  const lines = createInterface({ input: createReadStream(file, 'utf8') });
  try {
    for await (const line of lines) if (idKind(line.trim())) yield line.trim();
  } catch {
    throw new KopruError('sources-invalid', `The file of known ids ${file} cannot be read.`, { hint: 'It holds one id a line.' });
  }
}

/** The different ids in one field of a dataset's newest snapshot. */
async function* idsInDataset(broker: BrokerBase, dataset: string, field: string): AsyncGenerator<string> {
  const snapshot = await publishedSnapshot(broker.db, dataset);
  if (!snapshot) return;
  const number = await datasetNumber(broker.db, dataset);
  const plan = fieldPlan(broker.agreement.datasets[dataset] as Agreement['datasets'][string]);
  const column = digestPositions(plan).findIndex(({ at }) => plan.names[at] === field) + 1;
  const { pool } = broker.db;
  const open = await openStored(broker.agreement, dataset, broker.keys);
  const stored = column > 0 ? oneRecordPerDigest(pool, number, snapshot.version, column) : allRecords(pool, number, snapshot.version);
  for await (const record of stored) {
    const [opened] = await open([record]);
    const id = opened?.[field];
    if (typeof id === 'string') yield id;
  }
}

async function* allRecords(pool: BrokerBase['db']['pool'], number: number, version: number): AsyncGenerator<StoredRecord> {
  for (let after = 0n; ; ) {
    const rows = await recordsPage(pool, number, version, after, 1000);
    yield* rows;
    if (rows.length < 1000) return;
    after = (rows[rows.length - 1] as StoredRecord).id;
  }
}
