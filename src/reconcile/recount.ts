import type { PoolClient } from 'pg';
import type { IsoDate } from '../core/dates';
import { bytes, type Inputs } from './inputs';
import { type CountTable, filtered } from './references';
import { makeScratch } from './scratch';

/**
 * Brings counts from an earlier day to the inputs' own: by the records that came and went, and by those that stayed and that only the
 * day makes count, or count no longer.
 */
export async function recount(
  client: PoolClient,
  tables: readonly CountTable[],
  inputs: Inputs,
  dayBefore: (dataset: string) => IsoDate,
): Promise<void> {
  for (const counted of tables) {
    const { table } = counted;
    const first = await firstsGone(client, counted, inputs);
    await makeScratch(client, 'recounted', changeSql(counted, inputs, dayBefore(counted.place.dataset), first), 'subject');
    const names = [...counted.columns.keys()].map((name) => `, coalesce(r.${name}, 0) + coalesce(c.${name}, 0) as ${name}`);
    await client.query(
      `create unlogged table ${table}_new as
       select coalesce(r.subject, c.subject) as subject, coalesce(r.n, 0) + coalesce(c.n, 0) as n,
              case when r.subject = any(${first}) then c.id else least(r.id, c.id) end as id${names.join('')}
       from ${table} r full join recounted c on c.subject = r.subject where coalesce(r.n, 0) + coalesce(c.n, 0) > 0`,
    );
    await client.query(`drop table recounted, ${table}`);
    await client.query(`alter table ${table}_new rename to ${table.split('.')[1]}`);
    await client.query(`analyze ${table}`);
  }
}

/** The subjects whose referring record with the smallest number went: another one is to be found. As SQL. */
async function firstsGone(client: PoolClient, { place, table }: CountTable, inputs: Inputs): Promise<string> {
  const { left } = inputs.of(place.dataset);
  const { rows } = await client.query(
    `select r.subject from ${left} w join ${table} r on r.subject = w.${inputs.column(place)} and r.id = w.id`,
  );
  return `array[${rows.map((row) => bytes(row.subject))}]::bytea[]`;
}

/** What is to be added to each count; and of whom there is one, the smallest number among the records that came or are looked at anew. */
function changeSql({ place, where, columns }: CountTable, inputs: Inputs, before: IsoDate, first: string): string {
  const { table, left, came, day } = inputs.of(place.dataset);
  const subject = `w.${inputs.column(place)}`;
  const only = `${subject} is not null${filtered(where, place.dataset, inputs, 'w')}`;
  const counts = (value: (on: (day: IsoDate) => string) => string) =>
    [...columns].map(([name, { holds }]) => `, ${value((on) => `coalesce(${holds(on)}, false)::int`)} as ${name}`).join('');
  const turned = day > before ? [...columns.values()].flatMap(({ turns }) => turns?.(before, day) ?? []) : [];
  const parts = [
    `select ${subject} as subject, 1 as n, w.id${counts((on) => on(before))} from ${came} w where ${only}`,
    `select ${subject}, -1, null${counts((on) => `-${on(before)}`)} from ${left} w where ${only}`,
    `select ${subject}, 0, case when ${subject} = any(${first}) then w.id end${counts((on) => `${on(day)} - ${on(before)}`)}
     from ${table} w where ${only} and (${[...turned, `${subject} = any(${first})`].join(' or ')})`,
  ];
  const sums = [...columns.keys()].map((name) => `, sum(${name})::int as ${name}`);
  return `select subject, sum(n)::int as n, min(id) as id${sums.join('')} from (${parts.join(' union all ')}) changes group by subject`;
}
