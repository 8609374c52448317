import type { PoolClient } from 'pg';

/** Takes back what an undecided snapshot wrote and closed; its row stays, with the reason. */
export async function undoSnapshot(
  client: PoolClient,
  number: number,
  dataset: string,
  version: number,
  status: 'rejected' | 'superseded',
  reason: string,
  decidedBy?: string,
): Promise<void> {
  // First away with the new versions: only one of a record may be current.
  await client.query('delete from record_version where dataset_id = $1 and opened = $2', [number, version]);
  await client.query('update record_version set closed = null where dataset_id = $1 and closed = $2', [number, version]);
  await client.query(
    `update snapshot set status = $3, reason = concat_ws('; ', reason, $4::text), decided_by = $5 where dataset = $1 and version = $2`,
    [dataset, version, status, reason, decidedBy ?? null],
  );
}
