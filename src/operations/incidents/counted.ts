import type { Reading } from './habit';
import type { Within } from './store';

/** What of the log is reading, one by one and in bulk. */
const single = ['record', 'lookup', 'lookup-answer'];
const bulk = ['records', 'export', 'changes', 'findings'];
const accesses = [...single, ...bulk];

/** Which day of Istanbul an entry belongs to, and what of it is counted. */
const reading = `
  select seq, person, party, (at at time zone 'Europe/Istanbul')::date as day, action, subjects,
         coalesce((body::jsonb ->> 'records')::int, 0) as records, body::jsonb ->> 'code' as code
    from audit_entry
   where seq > $1 and seq <= $2 and kind = 'access' and decision = 'allow' and person is not null and party is not null
     and action = any ($3::text[])`;

/** A day of a person as it is counted now, with what of the log it is. */
export interface CountedDay extends Reading {
  person: number;
  party: string;
  /** yyyy-MM-dd */
  day: string;
  firstSeq: number;
  lastSeq: number;
}

export const dayColumns = `d.person, d.party, d.day::text, d.single::float8 as single, d.bulk::float8 as bulk, d.asked,
  d.not_found as "notFound", d.first_seq::float8 as "firstSeq", d.last_seq::float8 as "lastSeq"`;

/** Adds the entries after one, up to another, to the daily counts; the days that they changed. */
export async function countEntries(tx: Within, after: number, to: number): Promise<CountedDay[]> {
  const days = await tx.$queryRawUnsafe<{ person: number; day: string }[]>(
    `insert into harvest_day as d (person, day, party, single, bulk, asked, not_found, first_seq, last_seq)
     select person, day, min(party), coalesce(sum(records) filter (where action = any ($4::text[])), 0),
            coalesce(sum(records) filter (where action <> all ($4::text[])), 0), 0, 0, min(seq), max(seq)
       from (${reading}) r group by person, day
     on conflict (person, day) do update
       set single = d.single + excluded.single, bulk = d.bulk + excluded.bulk, last_seq = excluded.last_seq
     returning person, day::text`,
    ...[after, to, accesses, single],
  );
  if (days.length === 0) return [];
  // Asked is whoever is named alone: a look-up's question does not know yet whether there is somebody.
  await tx.$executeRawUnsafe(
    `insert into harvest_subject as s (person, day, subject, found)
     select person, day, subjects, bool_or(found) from (
       select r.*, case when action = 'lookup' then null when records > 0 then true
                        when code is null or code = 'source-not-found' then false end as found from (${reading}) r) f
      where octet_length(subjects) = 16 group by person, day, subjects
     on conflict (person, day, subject) do update
       set found = case when s.found or excluded.found then true else coalesce(s.found, excluded.found) end`,
    ...[after, to, single],
  );
  return tx.$queryRawUnsafe<CountedDay[]>(
    `update harvest_day d set asked = greatest(d.asked, c.asked), not_found = c.missing
       from (select t.person, t.day::date as day, count(s.subject)::int as asked, count(s.subject) filter (where not s.found)::int as missing
               from unnest($1::int[], $2::text[]) as t (person, day)
               left join harvest_subject s on s.person = t.person and s.day = t.day::date group by 1, 2) c
      where d.person = c.person and d.day = c.day
      returning ${dayColumns}`,
    days.map(({ person }) => person),
    days.map(({ day }) => day),
  );
}

/** A person's days with use before one, the latest first. */
export function earlierDays(tx: Within, { person, day }: Pick<CountedDay, 'person' | 'day'>, most: number): Promise<CountedDay[]> {
  return tx.$queryRawUnsafe(
    `select ${dayColumns} from harvest_day d where d.person = $1::int and d.day < $2::date order by d.day desc limit $3::int`,
    ...[person, day, most],
  );
}

/** Forgets who was asked for long before the last counted entry, and what is too old for any habit. */
export async function forgetOld(tx: Within, to: number): Promise<void> {
  const last = `(select (at at time zone 'Europe/Istanbul')::date from audit_entry where seq = $1)`;
  await tx.$executeRawUnsafe(`delete from harvest_subject where day < ${last} - 2`, to);
  await tx.$executeRawUnsafe(`delete from harvest_day where day < ${last} - 400`, to);
}

/** Which fields of which datasets a person read in a part of the log. */
export async function readIn(tx: Within, { person, firstSeq, lastSeq }: CountedDay): Promise<Record<string, string[]>> {
  const rows = await tx.$queryRawUnsafe<{ dataset: string; fields: string[] }[]>(
    `select dataset, array_agg(distinct field order by field) filter (where field is not null) as fields
       from audit_entry left join lateral jsonb_array_elements_text(body::jsonb -> 'fields') as f (field) on true
      where seq between $1 and $2 and person = $3::int and kind = 'access' and decision = 'allow' and action = any ($4::text[])
        and dataset is not null
      group by dataset order by dataset`,
    ...[firstSeq, lastSeq, person, accesses],
  );
  return Object.fromEntries(rows.map(({ dataset, fields }) => [dataset, fields ?? []]));
}
