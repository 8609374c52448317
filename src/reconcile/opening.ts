import type { PoolClient } from 'pg';
import type { Rule } from '../agreements/rules';
import type { IsoDate } from '../core/dates';
import { idKind } from '../core/nationalId';
import type { NamedRecord } from '../core/record';
import { bandHoldsUntil, bandOf } from './ages';
import { noBand } from './decided';
import { text } from './inputs';

/** Opens stored records whole, by their numbers within a dataset; an erased one is left out. */
export type OpenRecords = (dataset: string, ids: readonly bigint[]) => Promise<Map<bigint, NamedRecord>>;

/** What opening a record decides for a rule, and until when that holds; for good if absent. */
type Decide = (record: NamedRecord) => { band: string | undefined; until?: IsoDate | undefined };

/** Records that are opened at once. */
const batch = 5_000;

/** Whose age is looked at, in bands. */
type Aged = Pick<Extract<Rule, { kind: 'age-role' }>, 'kind' | 'dataset' | 'birth' | 'ages' | 'where'>;

/** A rule's records that its question left open, if it leaves any. */
export function opens(rule: Rule | Aged, dayOf: (dataset: string) => IsoDate): { dataset: string; decide: Decide } | undefined {
  if (rule.kind === 'age-missing' || rule.kind === 'age-role') {
    const { dataset, birth: field, ages } = rule;
    const day = dayOf(dataset);
    // The year of birth left these open, so there are but a few hundred dates.
    const bandOfBirth = onceEach((birth) => ({ band: bandOf(birth, day, ages), until: bandHoldsUntil(birth, day, ages) }));
    return {
      dataset,
      decide: ({ [field]: birth }) => (typeof birth === 'string' ? bandOfBirth(birth) : { band: undefined }),
    };
  }
  if (rule.kind !== 'reference-kind') return undefined;
  const { from, kinds } = rule;
  return {
    dataset: from.dataset,
    decide: (record) => {
      const kind = idKind(String(record[from.field]));
      return { band: kind && kinds.includes(kind) ? '' : undefined };
    },
  };
}

/** Remembers what it said. */
function onceEach<T>(work: (text: string) => T): (text: string) => T {
  const said = new Map<string, T>();
  return (text) => {
    const known = said.get(text) ?? work(text);
    said.set(text, known);
    return known;
  };
}

/**
 * Decides what a rule left open by opening its records, a bounded number at a time; what is in no band is no finding.
 * What was decided is kept (`compare.decided`), so that the next night opens only what is new.
 */
export async function decideByOpening(
  client: PoolClient,
  open: OpenRecords,
  rule: string,
  { dataset, decide }: { dataset: string; decide: Decide },
): Promise<void> {
  await client.query('drop table if exists undecided');
  const { rowCount } = await client.query(
    `create temp table undecided on commit drop as
     select row_number() over (order by record_id) as n, record_id, subject from found where band is null and rule = ${text(rule)}`,
  );
  const next = async (from: number) => {
    if (from >= (rowCount ?? 0)) return undefined;
    const { rows } = await client.query('select record_id, subject from undecided where n > $1 and n <= $2', [from, from + batch]);
    const ids = rows.map((row) => BigInt(row.record_id));
    const subjects = rows.map((row) => row.subject as Buffer);
    // The database looks up the next ones while these are opened.
    return { ids, subjects, records: open(dataset, ids) };
  };
  let ahead = await next(0);
  for (let from = batch; ahead; from += batch) {
    const { ids, subjects, records } = ahead;
    const opened = await records;
    ahead = await next(from);
    const decided = ids.map((id) => {
      const record = opened.get(id);
      return record ? decide(record) : { band: undefined };
    });
    await client.query(
      `insert into compare.decided (rule, record_id, subject, band, until)
       select $1, d.* from unnest($2::bigint[], $3::bytea[], $4::text[], $5::date[]) d
       on conflict (rule, record_id) do update set band = excluded.band, until = excluded.until`,
      [rule, ids, subjects, decided.map(({ band }) => band ?? noBand), decided.map(({ until }) => until ?? null)],
    );
  }
  await client.query(
    `update found f set band = d.band, detail = case when d.band = '' then f.detail else jsonb_build_object('age', d.band) end
     from compare.decided d where f.rule = $1 and f.band is null and d.rule = $1 and d.record_id = f.record_id and d.band <> $2`,
    [rule, noBand],
  );
  await client.query('delete from found where rule = $1 and band is null', [rule]);
}
