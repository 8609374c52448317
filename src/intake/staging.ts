import type { Pool, PoolClient } from 'pg';
import { KopruError } from '../core/errors';
import { copyIn } from '../infra/copy';
import { transaction } from '../infra/db';
import type { Checkpoint } from './checkpoint';
import { stagingColumns } from './rows';

/**
 * Where a run's records wait until they are compared: an unlogged table of its own.
 * After a crash of the server it is empty, which `stagedCount` tells, and the pull begins anew.
 */
export interface Staging {
  table: string;
  /** Stages rows and moves the checkpoint in one transaction. @throws KopruError `cancelled` if the run no longer runs */
  commit(rows: readonly Uint8Array[], checkpoint: Checkpoint): Promise<void>;
  count(): Promise<number>;
  clear(checkpoint: Checkpoint): Promise<void>;
  drop(): Promise<void>;
}

export function stagingTable(runId: number): string {
  return `staging.run_${runId}`;
}

export async function openStaging(pool: Pool, runId: number): Promise<Staging> {
  const table = stagingTable(runId);
  await pool.query(`create unlogged table if not exists ${table} (${stagingColumns.join(', ')})`);
  const move = async (client: PoolClient, checkpoint: Checkpoint) => {
    const { rowCount } = await client.query(`update run set checkpoint = $2 where id = $1 and status = 'running'`, [runId, JSON.stringify(checkpoint)]);
    if (rowCount === 0) throw new KopruError('cancelled', 'The run was cancelled.');
  };
  return {
    table,
    commit: (rows, checkpoint) =>
      transaction(pool, async (client) => {
        // Losing the last moments to a crash costs only repeated pages: staging and checkpoint are lost together.
        await client.query('set local synchronous_commit = off');
        if (rows.length > 0) await copyIn(client, table, rows);
        await move(client, checkpoint);
      }),
    count: async () => Number((await pool.query(`select count(*) as n from ${table}`)).rows[0].n),
    clear: (checkpoint) =>
      transaction(pool, async (client) => {
        await client.query(`truncate ${table}`);
        await move(client, checkpoint);
      }),
    drop: async () => {
      await pool.query(`drop table if exists ${table}`);
    },
  };
}

/** Drops staging tables whose runs are over, such as those of a process that was killed. */
export async function dropLeftStaging(pool: Pool): Promise<void> {
  const left = await pool.query(
    `select c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace
     where n.nspname = 'staging' and c.relname ~ '^run_[0-9]+$'
       and not exists (select 1 from run r where r.id = substr(c.relname, 5)::int and r.status in ('queued', 'running', 'waiting'))`,
  );
  for (const { relname } of left.rows) await pool.query(`drop table if exists staging.${relname}`);
}
