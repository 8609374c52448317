import type { PoolClient } from 'pg';
import type { FieldDerivation } from '../agreements/derived';
import type { RulePlace } from '../agreements/rules';
import type { IsoDate } from '../core/dates';
import { type AgeBand, bandByYear } from './ages';
import { decided } from './decided';
import { type Inputs, text } from './inputs';
import { createOpenings, keepDecided, type OpenRecords, opens } from './opening';
import { filtered } from './references';
import { makeScratch } from './scratch';

/** A derived field that counts who refers to a subject. */
export interface Counted {
  name: string;
  derive: Extract<FieldDerivation, { kind: 'count' }>;
  /** Under which name what opening decided for it is kept. */
  rule: string;
}

/** Who is counted by the value of one field, for all derived fields that ask. */
interface CountTable {
  place: RulePlace;
  table: string;
  fields: readonly Counted[];
}

/**
 * Counts for all fields in one pass over each referring dataset, by the finest groups that any of them asks for; the fields' own
 * numbers are sums of these. They are kept (schema `compare`): what came and what went since is added as rows of its own, so that a
 * group may stand in several.
 */
export class Counts {
  readonly #tables: readonly CountTable[];

  /** @param number the derived dataset's */
  constructor(
    private readonly client: PoolClient,
    private readonly inputs: Inputs,
    { number, places, fields }: { number: number; places: readonly RulePlace[]; fields: readonly Counted[] },
  ) {
    const all = new Map([...places, ...fields.map(({ derive }) => derive.by)].map((place) => [keyOf(place), place]));
    this.#tables = [...all].map(([key, place], i) => ({
      place,
      table: `compare.counted_${number}_${i}`,
      fields: fields.filter(({ derive }) => keyOf(derive.by) === key),
    }));
  }

  async anew(): Promise<void> {
    for (const counted of this.#tables) {
      const { table, place } = counted;
      const { table: rows, day } = this.inputs.of(place.dataset);
      await this.client.query(`drop table if exists ${table}`);
      await this.client.query(`create unlogged table ${table} as ${countSql(this.inputs, counted, { rows, day, sign: '' })}`);
      await this.client.query(`analyze ${table}`);
    }
  }

  /** Takes off what is there no longer, and whose age is about to be decided anew. What was decided of them must still stand. */
  async takeOff(dayBefore: (dataset: string) => IsoDate): Promise<void> {
    for (const [i, counted] of this.#tables.entries()) {
      const { left, near, day } = this.inputs.of(counted.place.dataset);
      const rules = counted.fields.map(({ rule }) => text(rule));
      const decidedAnew = `exists (select 1 from compare.decided d where d.rule in (${rules.join(', ') || 'null'}) and d.record_id = w.id
        and d.until <= ${text(day)}::date)`;
      await this.client.query(`drop table if exists again_${i}`);
      await makeScratch(this.client, `again_${i}`, `select * from ${near} w where ${decidedAnew}`, 'id');
      await this.#add(counted, `${left} union all table again_${i}`, dayBefore(counted.place.dataset), '-');
    }
  }

  /** Adds what came, and again whose age was decided anew. */
  async addOn(): Promise<void> {
    for (const [i, counted] of this.#tables.entries()) {
      const { came, day } = this.inputs.of(counted.place.dataset);
      await this.#add(counted, `${came} union all table again_${i}`, day, '');
      await this.#compact(counted);
    }
  }

  /** Subjects (`subject`) that a place refers to, and a record that does (`id`): for who is new here, one of those that came last. As SQL. */
  subjectsOf(place: RulePlace): string {
    return `select subject, max(id) as id from ${this.#tableOf(place).table} group by subject having sum(n) > 0`;
  }

  /** A field's values by subject, as SQL; what nobody is counted in is left out. */
  valueOf(name: string): string {
    const { derive } = this.#tables.flatMap(({ fields }) => fields).find((field) => field.name === name) as Counted;
    const { table } = this.#tableOf(derive.by);
    const n = `sum("n:${name}")`;
    if (derive.groups.length === 0) return `select subject, nullif(${n}, 0)::int as value from ${table} group by 1`;
    const columns = derive.groups.map((group) => `"g:${group}"`).join(', ');
    return `select subject, jsonb_agg(jsonb_build_array(${columns}, n) order by ${columns}) as value
            from (select subject, ${columns}, ${n}::int as n from ${table} group by subject, ${columns} having ${n} > 0) grouped group by 1`;
  }

  #tableOf(place: RulePlace): CountTable {
    return this.#tables.find((one) => keyOf(one.place) === keyOf(place)) as CountTable;
  }

  async #add(counted: CountTable, rows: string, day: IsoDate, sign: '' | '-'): Promise<void> {
    await this.client.query(`insert into ${counted.table} ${countSql(this.inputs, counted, { rows: `(table ${rows})`, day, sign })}`);
  }

  /** Sums a table up once a quarter of its rows takes something off. */
  async #compact(counted: CountTable): Promise<void> {
    const { table } = counted;
    const { rows } = await this.client.query(`select count(*) filter (where id is null) * 4 > count(*) as long from ${table}`);
    if (!rows[0].long) return;
    const groups = groupsOf(counted).map((group) => `, "g:${group}"`);
    const counts = counted.fields.map(({ name }) => `, sum("n:${name}")::int as "n:${name}"`);
    await this.client.query(
      `create unlogged table ${table}_new as select subject${groups.join('')}, max(id) as id, sum(n)::int as n${counts.join('')}
       from ${table} group by subject${groups.join('')} having sum(n) > 0`,
    );
    await this.client.query(`drop table ${table}`);
    await this.client.query(`alter table ${table}_new rename to ${table.split('.')[1]}`);
    await this.client.query(`analyze ${table}`);
  }
}

const keyOf = ({ dataset, field }: RulePlace) => `${dataset}.${field}`;
const groupsOf = ({ fields }: CountTable) => [...new Set(fields.flatMap(({ derive }) => derive.groups))];

/** Opens whose age the year of birth does not decide; where only what changed is compared, only among those. */
export async function decideAges(
  client: PoolClient,
  { inputs, open }: { inputs: Inputs; open: OpenRecords },
  { derive, rule }: Counted,
): Promise<void> {
  const { ages, by, where } = derive;
  if (!ages) return;
  const { near, day } = inputs.of(by.dataset);
  const opening = opens({ kind: 'age-role', dataset: by.dataset, birth: ages.birth, ages: bandsOf(derive), where: {} }, () => day);
  if (!opening) return;
  await client.query('drop table if exists undecided');
  await client.query(
    `create temp table undecided on commit drop as
     select row_number() over (order by w.id) as n, w.id as record_id, w.key as subject from ${near} w ${decided(rule, day, 'w.id')}
     where w.${inputs.column(by)} is not null and ${bornOf(inputs, derive)} is not null and (${bandSql(inputs, derive, day)}) is null
       and d.rule is null${filtered(where, by.dataset, inputs, 'w')}`,
  );
  const openings = createOpenings(client, open);
  await openings.begin(rule, opening, 'undecided');
  await openings.finish((_, table, decisions) => keepDecided(client, rule, table, decisions, { found: false }));
}

/** Counts rows, or with a sign takes them off, as of a day. */
function countSql(inputs: Inputs, counted: CountTable, { rows, day, sign }: { rows: string; day: IsoDate; sign: '' | '-' }): string {
  const { place, fields } = counted;
  const reference = `w.${inputs.column(place)}`;
  const groups = groupsOf(counted);
  const columns = groups.map((group) => `w.${inputs.column({ dataset: place.dataset, field: group })}`);
  const aged = fields.filter(({ derive }) => derive.ages);
  const joins = aged.map(({ rule }, i) => decided(rule, day, 'w.id', `d${i}`));
  const counts = fields.map((field) => {
    const { derive, name } = field;
    const only = filtered(derive.where, place.dataset, inputs, 'w');
    const ofAge = derive.ages ? ` and coalesce(${bandSql(inputs, derive, day)}, d${aged.indexOf(field)}.band) = ${text(inBand)}` : '';
    return `, ${sign}(count(*) filter (where true${only}${ofAge}))::int as "n:${name}"`;
  });
  const id = sign ? 'null::bigint' : 'max(w.id)';
  return `select ${reference} as subject${columns.map((column, i) => `, ${column} as "g:${groups[i]}"`).join('')}, ${id} as id,
            ${sign}count(*)::int as n${counts.join('')}
          from ${rows} w ${joins.join(' ')} where ${reference} is not null group by ${[reference, ...columns].join(', ')}`;
}

const inBand = 'counted';

function bandsOf({ ages }: Counted['derive']): AgeBand[] {
  return ages ? [{ name: inBand, from: ages.from, to: ages.to }] : [];
}

function bornOf(inputs: Inputs, { by, ages }: Counted['derive']): string {
  return `w.${inputs.column({ dataset: by.dataset, field: ages?.birth ?? '' })}`;
}

/** The band by the year of birth. */
function bandSql(inputs: Inputs, derive: Counted['derive'], day: IsoDate): string {
  return bandByYear(bornOf(inputs, derive), day, bandsOf(derive));
}
