import type { PoolClient } from 'pg';
import type { Rule } from '../agreements/rules';
import type { IsoDate } from '../core/dates';
import { idKind } from '../core/nationalId';
import type { NamedRecord } from '../core/record';
import { bandHoldsUntil, bandOf } from './ages';
import { noBand } from './decided';

/** Opens stored records whole, by their numbers within a dataset; an erased one is left out. */
export type OpenRecords = (dataset: string, ids: readonly bigint[]) => Promise<Map<bigint, NamedRecord>>;

/** What opening a record decides for a rule, and until when that holds; for good if absent. */
interface Decision {
  band: string | undefined;
  until?: IsoDate | undefined;
}

export interface Opening {
  dataset: string;
  decide(record: NamedRecord): Decision;
}

/** Records that are opened at once. */
const batch = 1_000;
/** Batches under way: the database looks up the next one while one is opened. */
const lanes = 2;

/** Whose age is looked at, in bands. */
type Aged = Pick<Extract<Rule, { kind: 'age-role' }>, 'kind' | 'dataset' | 'birth' | 'ages' | 'where'>;

/** A rule's records that its question left open, if it leaves any. */
export function opens(rule: Rule | Aged, dayOf: (dataset: string) => IsoDate): Opening | undefined {
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

/** What opening decided, for rows in their order: which of a few outcomes each has, counted from 1. */
interface Decisions {
  dataset: string;
  codes: readonly number[];
  outcomes: readonly Decision[];
}

/** Decides by opening, beside what the database is asked meanwhile. */
export interface Openings {
  /** Rules that were begun with. */
  readonly begun: number;
  /** Begins with a rule's rows, in a temporary table (`n` from 1, `record_id`, `subject`) that stays until then. */
  begin(rule: string, opening: Opening, table: string): Promise<void>;
  /** Waits for what was begun, and hands each rule's outcomes over: see `keepDecided`. */
  finish(keep: (rule: string, table: string, decisions: Decisions) => Promise<void>): Promise<void>;
}

export function createOpenings(client: PoolClient, open: OpenRecords): Openings {
  const begun: { rule: string; table: string; decisions: Promise<Decisions> }[] = [];
  let line: Promise<unknown> = Promise.resolve();
  return {
    get begun() {
      return begun.length;
    },
    begin: async (rule, opening, table) => {
      const { rows } = await client.query(`select string_agg(record_id::text, ',' order by n) as ids from ${table}`);
      const ids: string[] = rows[0].ids?.split(',') ?? [];
      const decisions = line.then(() => decideAll(open, opening, ids));
      // Told when it is waited for.
      line = decisions.catch(() => undefined);
      begun.push({ rule, table, decisions });
    },
    finish: async (keep) => {
      for (const { rule, table, decisions } of begun.splice(0)) await keep(rule, table, await decisions);
    },
  };
}

async function decideAll(open: OpenRecords, { dataset, decide }: Opening, ids: readonly string[]): Promise<Decisions> {
  const codes = new Array<number>(ids.length).fill(0);
  const outcomes: Decision[] = [];
  const known = new Map<string, number>();
  const codeOf = (decision: Decision) => {
    const name = `${decision.band} ${decision.until}`;
    const code = known.get(name) ?? outcomes.push(decision);
    known.set(name, code);
    return code;
  };
  let next = 0;
  const lane = async () => {
    while (next < ids.length) {
      const from = next;
      next += batch;
      const own = ids.slice(from, next).map(BigInt);
      const records = await open(dataset, own);
      own.forEach((id, i) => {
        const record = records.get(id);
        codes[from + i] = codeOf(record ? decide(record) : { band: undefined });
      });
    }
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  return { dataset, codes, outcomes };
}

/**
 * Keeps what was decided (`compare.decided`), so that the next night opens only what is new. With `found` it is added to what was
 * found: what is in no band is no finding.
 */
export async function keepDecided(
  client: PoolClient,
  rule: string,
  table: string,
  { dataset, codes, outcomes }: Decisions,
  { found }: { found: boolean },
): Promise<void> {
  if (codes.length === 0) return;
  // What was decided of them before holds no longer.
  await client.query(`delete from compare.decided d using ${table} u where d.rule = $1 and d.record_id = u.record_id`, [rule]);
  const bands = outcomes.map(({ band }) => band ?? noBand);
  const untils = outcomes.map(({ until }) => until ?? null);
  const kept = `insert into compare.decided (rule, dataset, record_id, subject, band, until)
    select $1, $5, record_id, subject, band, until from outcome`;
  await client.query(
    `with outcome as materialized (
       select u.*, o.band, o.until from ${table} u
       join unnest($2::int[]) with ordinality c (code, n) on c.n = u.n
       join unnest($3::text[], $4::date[]) with ordinality o (band, until, code) on o.code = c.code
     ) ${found ? `, kept as (${kept}) ${foundOf}` : kept}`,
    [rule, codes, bands, untils, dataset],
  );
}

const foundOf = `insert into found (rule, subject, detail, dataset, record_id, field)
  select $1, subject, case when band = '' then detail else jsonb_build_object('age', band) end, dataset, record_id, field
  from outcome where band <> '${noBand}'`;
