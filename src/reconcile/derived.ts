import type { PoolClient } from 'pg';
import type { FieldDerivation } from '../agreements/derived';
import type { Agreement, Dataset } from '../agreements/language';
import type { FieldValue } from '../core/record';
import { type Counted, Counts, decideAges } from './counts';
import { type Inputs, keyOf, text } from './inputs';
import type { OpenRecords } from './opening';
import type { Before } from './progress';

/** Rows that are compared, opened and staged at once. */
const batch = 2_000;

interface Making {
  agreement: Agreement;
  inputs: Inputs;
  open: OpenRecords;
  /** What was counted last; everything is counted anew if undefined. */
  before: Before | undefined;
}

/**
 * Makes a derived dataset's rows in the temporary table `derived`: whom each is about (`key`), its readable fields (`open`, without
 * those that are null), and a record and field where the id stands. Findings are those that are open now.
 */
export async function deriveRows(client: PoolClient, making: Making, { id, number }: { id: string; number: number }): Promise<void> {
  const { agreement, inputs, before } = making;
  const { derived, fields } = agreement.datasets[id] as Dataset;
  if (!derived) throw new Error(`${id} is not derived`);
  const base = inputs.of(derived.of);
  const counts = Object.entries(fields).flatMap(([name, { derive }]): Counted[] =>
    derive?.kind === 'count' ? [{ name, derive, rule: `${id}/${name}` }] : [],
  );
  const counted = new Counts(client, inputs, { number, places: derived.referredBy, fields: counts });
  if (before) await counted.takeOff((dataset) => (before[dataset] as Before[string]).day);
  for (const one of counts) await decideAges(client, making, one);
  if (before) await counted.addOn();
  else await counted.anew();

  const names = [
    `select key, id as record_id, ${text(derived.of)} as dataset, ${text(keyOf(agreement, derived.of).field)} as field, 0 as place from ${base.table}`,
    ...derived.referredBy.map(
      (at, i) => `select subject, id, ${text(at.dataset)}, ${text(at.field)}, ${i + 1} from (${counted.subjectsOf(at)}) referred`,
    ),
  ];
  await client.query('drop table if exists subjects, derived');
  await client.query(
    `create temp table subjects on commit drop as
     select distinct on (key) * from (${names.join(' union all ')}) named order by key, place`,
  );
  await client.query('analyze subjects');

  const members: string[] = [];
  const joins: string[] = [];
  for (const [i, [name, { derive }]] of Object.entries(fields).entries()) {
    if (!derive) continue;
    const table = `part_${i}`;
    const sql =
      derive.kind === 'count' ? counted.valueOf(name) : derive.kind === 'findings' ? findingsSql(agreement.id, derive.rules) : undefined;
    members.push(`${text(name)}, ${sql ? `${table}.value` : ownValue(derive, derived.of, inputs)}`);
    if (!sql) continue;
    await client.query(`drop table if exists ${table}`);
    await client.query(`create temp table ${table} on commit drop as ${sql}`);
    joins.push(`left join ${table} on ${table}.subject = s.key`);
  }
  await client.query(
    `create temp table derived on commit drop as
     select s.key, jsonb_strip_nulls(jsonb_build_object(${members.join(', ')})) as open, s.dataset, s.record_id, s.field
     from subjects s left join ${base.table} b on b.key = s.key ${joins.join(' ')}`,
  );
}

/** A derived row, and where the id stands of whom it is about. */
export interface DerivedRow {
  key: Buffer;
  open: Record<string, FieldValue>;
  dataset: string;
  recordId: bigint;
  field: string;
  /** Whether the newest snapshot holds it as it is. */
  same: boolean;
}

/** The rows in the temporary table `derived`. */
export interface DerivedRows {
  /** Whether the newest snapshot, of so many records, holds just these. */
  sameAs(records: number): Promise<boolean>;
  /** By key, a bounded number at a time. */
  batches(): AsyncGenerator<DerivedRow[], void>;
}

/**
 * Holds the derived rows against the newest snapshot of their dataset. The id of whom one is about is taken from there, where it
 * stands with few others.
 */
export async function compareDerived(
  client: PoolClient,
  { dataset, number, key }: { dataset: string; number: number; key: string },
): Promise<DerivedRows> {
  await client.query('drop table if exists compared');
  await client.query(
    `create temp table compared on commit drop as
     select row_number() over (order by d.key) as n, d.key, d.open, coalesce(r.open = d.open, false) as same,
            case when r.id is null then d.dataset else ${text(dataset)} end as dataset, coalesce(r.id, d.record_id) as "recordId",
            case when r.id is null then d.field else ${text(key)} end as field
     from derived d left join record_version r on r.dataset_id = ${number} and r.closed is null and r.key_index = d.key`,
  );
  return {
    sameAs: async (records) => {
      const { rows } = await client.query('select count(*)::int as n, count(*) filter (where same)::int as same from compared');
      return rows[0].n === records && rows[0].same === records;
    },
    batches: async function* () {
      for (let from = 0; ; from += batch) {
        const { rows } = await client.query('select * from compared where n > $1 and n <= $2 order by n', [from, from + batch]);
        if (rows.length === 0) return;
        yield rows.map(({ n: _, recordId, ...row }) => ({ ...row, recordId: BigInt(recordId) }));
      }
    },
  };
}

/** A value that the dataset's own record tells. */
function ownValue(derive: FieldDerivation, of: string, inputs: Inputs): string {
  const column = (field: string) => `b.${inputs.column({ dataset: of, field })}`;
  switch (derive.kind) {
    case 'copy':
      return column(derive.field);
    case 'yearsAfter':
      return `(${column(derive.field)}::date + make_interval(years => ${derive.years}))::date`;
    default:
      return '(b.key is not null)';
  }
}

// The rule before the number, in the agreement's order, so that the list is the same as long as the findings are.
function findingsSql(agreementId: string, rules: readonly string[]): string {
  const list = rules.map(text);
  return `select subject, jsonb_agg(jsonb_build_array(rule, id) order by array_position(array[${list}], rule), id) as value
          from finding where agreement_id = ${text(agreementId)} and status = 'open' and rule in (${list}) group by 1`;
}
