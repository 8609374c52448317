import type { Pool } from 'pg';
import { subjectBytes } from './entry';

/** An entry as it is stored: the text that counts, and the columns copied out of it. */
export interface StoredEntry {
  seq: number;
  at: Date;
  kind: string | null;
  party: string | null;
  person: number | null;
  action: string | null;
  dataset: string | null;
  decision: string | null;
  body: string;
  subjects: Buffer | null;
  hash: Buffer;
}

type Asked = Pick<Pool, 'query'>;

const columns = 'seq, at, kind, party, person, action, dataset, decision, body, subjects, hash';
const mostRows = 1_000;
/** An export's entry holds 16 bytes for each record, so a batch is bounded by its bytes too. */
const mostBytes = 16_000_000;
const lowest = '-9223372036854775808';

/** The entries after one, in their order, a batch at a time; from the very first row if none is named. */
export async function* readEntries(pool: Asked, after?: number, to?: number): AsyncGenerator<StoredEntry[], void> {
  for (let last = after === undefined ? lowest : String(after); ; ) {
    const { rows } = await pool.query(
      `select ${columns} from (
         select e.*, sum(octet_length(body) + coalesce(octet_length(subjects), 0)) over (order by seq)
                       - octet_length(body) - coalesce(octet_length(subjects), 0) as ahead
           from (select * from audit_entry where seq > $1 and seq <= coalesce($2, seq) order by seq limit ${mostRows}) e) e
        where ahead < ${mostBytes} order by seq`,
      [last, to],
    );
    if (rows.length === 0) return;
    last = rows[rows.length - 1].seq;
    yield rows.map(entry);
  }
}

/** What of the log concerns a party: accesses by its people, to these datasets by anybody, and to findings under these rules. */
export interface Concern {
  party: string;
  datasets: readonly string[];
  rules: readonly string[];
}

/** Which entries are asked for; all if nothing is said. */
export interface EntryFilter {
  concern?: Concern | undefined;
  since?: Date | undefined;
  /** No longer in it. */
  until?: Date | undefined;
  action?: string | undefined;
  person?: number | undefined;
  decision?: string | undefined;
  request?: string | undefined;
  /** The keyed index of somebody whom they concern. */
  subject?: Buffer | undefined;
}

/** So many entries a page looks at, whatever it finds: a search cannot keep the database busy. */
const mostLookedAt = 20_000;

/**
 * Entries newest first, those numbered lower than `before`. A page may hold fewer than `limit`, even none, and yet there are older
 * ones: as long as there may be, `next` is the `before` of the page that goes on.
 */
export async function entriesBefore(
  pool: Asked,
  filter: EntryFilter,
  { before, limit }: { before?: number | undefined; limit: number },
): Promise<{ entries: StoredEntry[]; next?: number }> {
  const { concern, since, until, action, person, decision, request, subject } = filter;
  const range = await entriesOf(pool, since, until);
  const last = range && Math.min(range.to, (before ?? range.to + 1) - 1);
  if (!range || last === undefined || last < range.from) return { entries: [] };
  const first = Math.max(range.from, last - mostLookedAt + 1);
  const { rows } = await pool.query(
    `select ${columns} from audit_entry
      where seq between $1 and $2 and at >= coalesce($3::timestamptz, '-infinity') and at < coalesce($4::timestamptz, 'infinity')
        and ($5::text is null or party = $5 or kind = 'access' and (dataset = any ($6::text[])
             or action in ('findings', 'summary') and body::jsonb -> 'fields' ?| $7::text[]))
        and action = coalesce($8, action) and ($9::int is null or person = $9) and decision = coalesce($10, decision)
        and ($11::text is null or body::jsonb ->> 'requestId' = $11)
        and ($12::bytea is null or position($12 in subjects) % ${subjectBytes} = 1)
      order by seq desc limit $13`,
    [
      ...[first, last, since, until, concern?.party, concern?.datasets, concern?.rules],
      ...[action, person, decision, request, subject, limit],
    ],
  );
  const entries = rows.map(entry);
  const seen = entries.length === limit ? (entries[limit - 1] as StoredEntry).seq : first;
  return { entries, ...(seen > range.from ? { next: seen } : {}) };
}

/** The numbers of the entries of a time; undefined where there are none. Times are those of the processes that wrote. */
export async function entriesOf(pool: Asked, from?: Date, before?: Date): Promise<{ from: number; to: number } | undefined> {
  const { rows } = await pool.query(
    `select min(seq) as from, max(seq) as to from audit_entry
      where at >= coalesce($1::timestamptz, '-infinity') and at < coalesce($2::timestamptz, 'infinity')`,
    [from, before],
  );
  return rows[0].from === null ? undefined : { from: Number(rows[0].from), to: Number(rows[0].to) };
}

/** The number of the last entry, 0 if there is none, and the hash of an entry, undefined if it is not there. */
export async function lastNumber(pool: Asked): Promise<number> {
  return Number((await pool.query('select coalesce(max(seq), 0) as last from audit_entry')).rows[0].last);
}

export async function hashOf(pool: Asked, seq: number): Promise<Buffer | undefined> {
  return (await pool.query('select hash from audit_entry where seq = $1', [seq])).rows[0]?.hash;
}

function entry(row: StoredEntry & { seq: unknown }): StoredEntry {
  return { ...row, seq: Number(row.seq) };
}
