import type { PoolClient } from 'pg';
import type { Agreement } from '../agreements/language';
import type { Rule } from '../agreements/rules';
import { idKind } from '../core/nationalId';
import type { NamedRecord } from '../core/record';
import { bandOf } from './ages';
import { type Input, keyOf, openInputs } from './inputs';
import { questionOf } from './questions';

/** Opens stored records whole, by their numbers within a dataset; an erased one is left out. */
export type OpenRecords = (dataset: string, ids: readonly bigint[]) => Promise<Map<bigint, NamedRecord>>;

export interface Evaluation {
  agreement: Agreement;
  inputs: readonly Input[];
  /** Keyed indexes of numbers that stand for nobody. */
  dummies: readonly Buffer[];
  open: OpenRecords;
}

/** Records that are opened at once, where a rule cannot decide without. */
const batch = 5_000;

/** The rules that can be asked: those whose datasets all have a snapshot. */
export function askable(agreement: Agreement, inputs: readonly Input[]): [string, Rule][] {
  const have = new Set(inputs.map(({ dataset }) => dataset));
  return Object.entries(agreement.rules).filter(([, rule]) => datasetsOf(rule).every((dataset) => have.has(dataset)));
}

/** Asks every rule, and leaves what they found in the temporary table `found`. */
export async function evaluate(client: PoolClient, evaluation: Evaluation): Promise<void> {
  const { agreement, inputs: given, dummies } = evaluation;
  const rules = askable(agreement, given);
  const inputs = await openInputs(
    client,
    agreement,
    rules.map(([, rule]) => rule),
    given,
  );
  await client.query(
    `create temp table found (rule text, subject bytea, detail jsonb, dataset text, record_id bigint, field text, band text) on commit drop`,
  );
  for (const [id, rule] of rules) {
    const { sql, values } = questionOf(rule, inputs, dummies);
    await client.query(
      `insert into found (rule, subject, detail, dataset, record_id, field, band)
       select ${literal(id)}, subject, detail, dataset, record_id, coalesce(field, ${literal(keyName(agreement, rule))}), band from (${sql}) asked`,
      values,
    );
    if (rule.kind === 'age-missing' || rule.kind === 'age-role') await decideAges(client, evaluation, id, rule);
    if (rule.kind === 'reference-kind') await decideKinds(client, evaluation, id, rule);
  }
}

/** The whole birth date, where the year left it open. */
async function decideAges(
  client: PoolClient,
  { open, inputs }: Evaluation,
  id: string,
  rule: Extract<Rule, { ages: unknown }>,
): Promise<void> {
  const day = inputs.find(({ dataset }) => dataset === rule.dataset)?.day ?? '';
  await decideOpened(client, open, id, rule.dataset, (record) => {
    const birth = record[rule.birth];
    return typeof birth === 'string' ? bandOf(birth, day, rule.ages) : undefined;
  });
}

/** The number itself, where only it tells of which kind it is. */
async function decideKinds(
  client: PoolClient,
  { open }: Evaluation,
  id: string,
  rule: Extract<Rule, { kind: 'reference-kind' }>,
): Promise<void> {
  const { dataset, field } = rule.from;
  await decideOpened(client, open, id, dataset, (record) => {
    const kind = idKind(String(record[field]));
    return kind && rule.kinds.includes(kind) ? '' : undefined;
  });
}

/** Decides what a rule left open by opening its records, a bounded number at a time; what is in no band is no finding. */
async function decideOpened(
  client: PoolClient,
  open: OpenRecords,
  rule: string,
  dataset: string,
  decide: (record: NamedRecord) => string | undefined,
): Promise<void> {
  await client.query('drop table if exists undecided, decided');
  await client.query(
    `create temp table undecided on commit drop as
     select row_number() over (order by record_id) as n, record_id from found where band is null and rule = ${literal(rule)}`,
  );
  await client.query('create temp table decided (record_id bigint, band text) on commit drop');
  for (let from = 0; ; from += batch) {
    const { rows } = await client.query('select record_id from undecided where n > $1 and n <= $2', [from, from + batch]);
    if (rows.length === 0) break;
    const ids = rows.map((row) => BigInt(row.record_id));
    const records = await open(dataset, ids);
    const bands = ids.map((id) => {
      const record = records.get(id);
      return record ? (decide(record) ?? null) : null;
    });
    await client.query('insert into decided select * from unnest($1::bigint[], $2::text[]) as d(id, band) where band is not null', [
      ids,
      bands,
    ]);
  }
  await client.query(
    `update found f set band = d.band, detail = case when d.band = '' then f.detail else jsonb_build_object('age', d.band) end
     from decided d where f.rule = $1 and f.band is null and f.record_id = d.record_id`,
    [rule],
  );
  await client.query('delete from found where rule = $1 and band is null', [rule]);
}

function datasetsOf(rule: Rule): string[] {
  switch (rule.kind) {
    case 'count-differs':
    case 'count-unreported':
      return [rule.of, rule.by.dataset];
    case 'identity':
      return rule.between.map(({ dataset }) => dataset);
    case 'age-missing':
      return [rule.dataset, rule.to];
    case 'age-role':
      return [rule.dataset];
    case 'dummy-id':
      return rule.fields.map(({ dataset }) => dataset);
    default:
      return [rule.from.dataset, rule.to];
  }
}

/** The field that holds the id of a record which a finding is about. */
function keyName(agreement: Agreement, rule: Rule): string {
  return keyOf(agreement, datasetsOf(rule)[0] ?? '').field;
}

function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
