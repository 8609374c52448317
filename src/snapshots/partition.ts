import type { Pool, PoolClient } from 'pg';
import { transaction } from '../infra/db';

/** The class of advisory locks under which a dataset's snapshots are made and decided. */
export const publishLock = 71_001;

/** The part of `record_version` that holds a dataset's records. */
export function partitionName(number: number): string {
  return `record_version_${number}`;
}

export async function hasPartition(client: Pool | PoolClient, number: number): Promise<boolean> {
  const { rows } = await client.query('select to_regclass($1) is not null as there', [`public.${partitionName(number)}`]);
  return rows[0].there;
}

export async function ensurePartition(client: PoolClient, number: number): Promise<void> {
  if (await hasPartition(client, number)) return;
  // Attached and not made in place: that would wait for all readers, and they for it.
  await client.query(`create table ${partitionName(number)} (like record_version including defaults)`);
  await client.query(`alter table record_version attach partition ${partitionName(number)} for values in (${number})`);
}

/** Makes room for a dataset's records ahead of time, where a later publication must not change the table's shape. */
export async function preparePartition(pool: Pool, number: number): Promise<void> {
  if (await hasPartition(pool, number)) return;
  await transaction(pool, async (client) => {
    await client.query('select pg_advisory_xact_lock($1, $2)', [publishLock, number]);
    await ensurePartition(client, number);
  });
}

/**
 * Makes a loaded table the dataset's partition. Its indexes are built at once over the whole, which is several times
 * cheaper than record by record; attaching then adopts them, as they are the parent's own.
 * `readers` are queries under way on the table, which must end before its shape may change.
 */
export async function attachLoaded(client: PoolClient, number: number, table: string, readers: Promise<unknown>): Promise<void> {
  const name = partitionName(number);
  const loaded = table.split('.')[1];
  await client.query(`create unique index ${loaded}_pkey on ${table} (dataset_id, id)`);
  await client.query(`create unique index on ${table} (dataset_id, key_index) where closed is null`);
  await client.query(`create index on ${table} using brin (opened)`);
  await readers;
  await client.query(`alter table ${table} alter dataset_id drop default, alter opened drop default, alter key_id drop default`);
  await client.query(`alter table ${table} add primary key using index ${loaded}_pkey`);
  await client.query(`alter table ${table} set schema public`);
  await client.query(`alter table ${loaded} rename to ${name}`);
  await client.query(`alter table record_version attach partition ${name} for values in (${number})`);
  // What the next comparison is planned by, and what is looked up by number: unanalysed, a thousand numbers look like every row.
  await client.query(`analyze ${name} (dataset_id, id, key_index, opened, closed)`);
}
