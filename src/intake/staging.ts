import type { Pool, PoolClient } from 'pg';
import { KopruError } from '../core/errors';
import { copyIn } from '../infra/copy';
import { transaction } from '../infra/db';
import type { Checkpoint } from './checkpoint';
import { noteColumns, recordColumns, seenColumns } from './rows';

/** Where a run's records wait: notes on some, the keys of unchanged ones, and new or changed versions of the others. */
export interface StagedTables {
  notes: string;
  seen: string;
  written: string;
  /** `written` is a logged table of the shape of `record_version`, to become the dataset's part of it as it stands. */
  becomesPartition: boolean;
}

/** Rows in PostgreSQL's binary COPY form. */
export interface Batch {
  notes: Uint8Array[];
  seen: Uint8Array[];
  written: Uint8Array[];
}

/**
 * A run's own tables. Notes, and later pulls' records, are unlogged: after a crash of the server they are empty,
 * which `count` tells, and the pull begins anew.
 */
export interface Staging {
  tables: StagedTables;
  /** Stages rows and moves the checkpoint in one transaction. @throws KopruError `cancelled` if the run no longer runs */
  commit(batch: Batch, checkpoint: Checkpoint): Promise<void>;
  count(): Promise<number>;
  clear(checkpoint: Checkpoint): Promise<void>;
  drop(): Promise<void>;
}

/** What every row of a dataset's first load has in common. */
export interface FirstLoad {
  number: number;
  version: number;
  keyId: number;
}

/**
 * Who stages: a run, or a part of it with a checkpoint in a row of its own. `attempt` is which taking-up of it this is:
 * who lost it to another process can no longer write.
 */
export interface StagingTurn {
  attempt: number;
  part?: { id: number; pass: number };
}

/** Opens a run's staging; with `load`, its records go straight into what becomes the dataset's partition. */
export async function openStaging(
  pool: Pool,
  runId: number,
  { load, turn: { attempt, part } }: { load?: FirstLoad | undefined; turn: StagingTurn },
): Promise<Staging> {
  const tables = {
    notes: `staging.run_${runId}`,
    seen: `staging.run_${runId}_seen`,
    written: `staging.run_${runId}_written`,
    becomesPartition: load !== undefined,
  };
  await transaction(pool, async (client) => {
    await client.query(`create unlogged table if not exists ${tables.notes} (${noteColumns.join(', ')})`);
    await client.query(`create unlogged table if not exists ${tables.seen} (${seenColumns.join(', ')})`);
    await createWritten(client, tables.written, load);
  });
  const move = async (client: PoolClient, checkpoint: Checkpoint) => {
    const text = JSON.stringify(checkpoint);
    const { rowCount } = part
      ? await client.query(
          `update run_part p set checkpoint = $2 from run r
           where p.id = $1 and p.pass = $3 and p.attempts = $4 and p.status = 'running' and r.id = p.run_id and r.status = 'running'`,
          [part.id, text, part.pass, attempt],
        )
      : await client.query(`update run set checkpoint = $2 where id = $1 and status = 'running' and attempts = $3`, [runId, text, attempt]);
    if (rowCount === 0) throw new KopruError('cancelled', 'The run was cancelled, is read anew, or was taken over.');
  };
  return {
    tables,
    commit: (batch, checkpoint) =>
      transaction(pool, async (client) => {
        // Losing the last moments to a crash costs only repeated pages: rows and checkpoint are lost together.
        await client.query('set local synchronous_commit = off');
        await copyIn(client, tables.notes, batch.notes);
        await copyIn(client, tables.seen, batch.seen);
        await copyIn(client, `${tables.written} (${recordColumns.join(', ')})`, batch.written);
        await move(client, checkpoint);
      }),
    count: async () => {
      const counts = [tables.notes, tables.seen, tables.written].map((table) => `(select count(*) from ${table})`);
      const { rows } = await pool.query(`select ${counts.join(' + ')} as n`);
      return Number(rows[0].n);
    },
    clear: (checkpoint) =>
      transaction(pool, async (client) => {
        await client.query(`truncate ${tables.notes}, ${tables.seen}, ${tables.written}`);
        await move(client, checkpoint);
      }),
    drop: async () => {
      await pool.query(`drop table if exists ${tables.notes}, ${tables.seen}, ${tables.written}`);
    },
  };
}

async function createWritten(client: PoolClient, table: string, load: FirstLoad | undefined): Promise<void> {
  const { rows } = await client.query('select to_regclass($1) is not null as there', [table]);
  if (rows[0].there) return;
  const columns = recordColumns.join(', ');
  if (!load) {
    await client.query(`create unlogged table ${table} as select ${columns} from record_version with no data`);
    return;
  }
  await client.query(`create table ${table} (like record_version including defaults)`);
  const { number, version, keyId } = load;
  await client.query(
    `alter table ${table} alter dataset_id set default ${number}, alter opened set default ${version}, alter key_id set default ${keyId}`,
  );
}

/** Drops staging tables whose runs are over, such as those of a process that was killed. */
export async function dropLeftStaging(pool: Pool): Promise<void> {
  const left = await pool.query(
    `select c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace
     where n.nspname = 'staging' and c.relkind = 'r' and c.relname ~ '^run_[0-9]+'
       and not exists (select 1 from run r where r.id = substring(c.relname from '^run_([0-9]+)')::int and r.status in ('queued', 'running', 'waiting'))`,
  );
  for (const { relname } of left.rows) await pool.query(`drop table if exists staging.${relname}`);
}
