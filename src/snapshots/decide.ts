import { KopruError } from '../core/errors';
import { type Database, transaction } from '../infra/db';
import { publishLock } from './partition';

import { datasetNumber } from './store';
import { undoSnapshot } from './undo';

/**
 * An operator's word on the held snapshot of a dataset: it becomes visible at once, or what it wrote is taken back.
 * Returns its version. @throws KopruError `state-conflict` if none is held
 */
export async function decideHeld(
  db: Database,
  dataset: string,
  word: { verdict: 'release' | 'reject'; note: string; by: string; now: Date },
): Promise<number> {
  const number = await datasetNumber(db, dataset);
  return transaction(db.pool, async (client) => {
    await client.query('select pg_advisory_xact_lock($1, $2)', [publishLock, number]);
    const { rows } = await client.query(`select version, run_id from snapshot where dataset = $1 and status = 'held'`, [dataset]);
    const held = rows[0];
    if (!held)
      throw new KopruError('state-conflict', `No snapshot of ${dataset} is held.`, { hint: 'List snapshots with kopru snapshots.' });
    if (word.verdict === 'reject') {
      await undoSnapshot(client, number, dataset, held.version, 'rejected', word.note, word.by);
    } else {
      await client.query(
        `update snapshot set status = 'published', published_at = $3, decided_by = $4, reason = concat_ws('; ', reason, $5::text) where dataset = $1 and version = $2`,
        [dataset, held.version, word.now, word.by, word.note],
      );
    }
    return held.version as number;
  });
}
