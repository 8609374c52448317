import type { Pool } from 'pg';
import { KopruError } from '../core/errors';
import { transaction } from '../infra/db';
import type { Share } from '../sources/page';
import type { Checkpoint } from './checkpoint';

/** Writes the parts of a run; from then on it waits for them. @throws KopruError `cancelled` if the run no longer runs */
export async function beginParts(pool: Pool, runId: number, shares: readonly Share[]): Promise<void> {
  await transaction(pool, async (client) => {
    const { rowCount } = await client.query(`update run set parts = $2 where id = $1 and status = 'running'`, [runId, shares.length]);
    if (rowCount === 0) throw new KopruError('cancelled', 'The run was cancelled.');
    await client.query('delete from run_part where run_id = $1', [runId]);
    await client.query(
      `insert into run_part (run_id, number, share) select $1, ordinality, value from jsonb_array_elements($2::jsonb) with ordinality`,
      [runId, JSON.stringify(shares)],
    );
  });
}

/** Empties a run's staging and has its parts read again under `next`; once, whoever comes first. @throws KopruError `cancelled` */
export async function restartParts(pool: Pool, runId: number, next: Checkpoint): Promise<void> {
  await transaction(pool, async (client) => {
    // Tables before rows, as parts do that are just staging.
    const tables = ['', '_seen', '_written'].map((suffix) => `staging.run_${runId}${suffix}`);
    await client.query(`truncate ${tables.join(', ')}`);
    const { rowCount } = await client.query(
      `update run set checkpoint = $2 where id = $1 and status = 'running' and (checkpoint->>'pass')::int = $3`,
      [runId, JSON.stringify(next), next.pass - 1],
    );
    if (rowCount === 0) throw new KopruError('cancelled', 'The run was cancelled, or is read anew already.');
    await client.query(
      `update run_part set status = 'queued', pass = $2, checkpoint = null, failures = 0, resume_at = null, error_code = null where run_id = $1`,
      [runId, next.pass],
    );
  });
}
