import type { PoolClient } from 'pg';
import type { IsoDate } from '../core/dates';
import { text } from './inputs';

/** What opening decided, where it is no finding. */
export const noBand = '-';

/** What opening decided before under a name, as long as it holds: a join to `as` by the record. */
export function decided(rule: string, day: IsoDate, record: string, as = 'd'): string {
  return `left join compare.decided ${as} on ${as}.rule = ${text(rule)} and ${as}.record_id = ${record}
          and (${as}.until is null or ${as}.until > ${text(day)}::date)`;
}

/** Forgets it. Until `indexDecided` it is only read as a whole. */
export async function forgetDecided(client: PoolClient): Promise<void> {
  await client.query('drop table if exists compare.decided');
  await client.query(
    `create unlogged table compare.decided (
       rule text, dataset text not null, record_id bigint, subject bytea not null, band text not null, until date)`,
  );
}

/** Forgets what was decided of records that are there no longer. */
export async function forgetLeft(client: PoolClient, left: string): Promise<void> {
  await client.query(`delete from compare.decided where record_id in (select id from ${left})`);
}

/** Makes what was decided anew findable by record: at once, not row by row. */
export async function indexDecided(client: PoolClient): Promise<void> {
  await client.query('alter table compare.decided add primary key (rule, record_id)');
  await client.query('analyze compare.decided');
}
