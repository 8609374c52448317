import { createSecretKey } from 'node:crypto';
import { fieldPlan } from '../agreements/fields';
import type { Dataset } from '../agreements/language';
import type { FieldValue } from '../core/record';
import { keyedHash } from '../core/sealing';
import { CopyRows } from '../infra/copy';
import { freshCheckpoint } from './checkpoint';
import { rowWriters } from './rows';
import type { Staging } from './staging';
import { recordWriter } from './writing';

/** A derived row with the id of whom it is about, unless it stands in the newest snapshot as it is. */
export interface NamedRow {
  key: Buffer;
  open: Record<string, FieldValue>;
  id: string | undefined;
  same: boolean;
}

/** Seals and stages derived rows. One without an id is left out: nobody can be told whom it is about. */
export async function stageDerived(
  definition: Dataset,
  staging: Staging,
  keys: Parameters<typeof rowWriters>[1],
  batches: AsyncIterable<readonly NamedRow[]>,
  now: Date,
): Promise<void> {
  const plan = fieldPlan(definition);
  const write = recordWriter(plan);
  const rows = rowWriters(plan, keys);
  const hashKey = createSecretKey(keys.hash);
  const point = freshCheckpoint(now, 0, plan.names.length);
  for await (const batch of batches) {
    const [seen, written] = [new CopyRows(1 << 16), new CopyRows(1 << 16)];
    for (const { key, open, id, same } of batch) {
      if (same) rows.unchanged(seen, key);
      if (same || id === undefined) continue;
      const values = plan.names.map((name, i) => (i === plan.keyAt ? id : (open[name] ?? null)));
      const record = write(values);
      rows.written(written, values, record, keyedHash(hashKey, record.canonical));
    }
    rows.sealWritten(written);
    await staging.commit({ notes: [], seen: [seen.take()], written: [written.take()] }, point);
  }
}
