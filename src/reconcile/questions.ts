import type { Rule } from '../agreements/rules';
import { bandByYear } from './ages';
import type { Inputs } from './inputs';

/**
 * A rule as one query. Each row is a finding: whom it is about (`subject`), what is said of it (`detail`, without anything of a person),
 * and a record and field where the subject's id stands (`dataset`, `record_id`, `field`). A row whose `band` is null is open:
 * the whole birth date decides.
 */
export interface Question {
  sql: string;
  values: unknown[];
}

type Of<K extends Rule['kind']> = Extract<Rule, { kind: K }>;
type Asked<K extends Rule['kind']> = (rule: Of<K>, inputs: Inputs, dummies: readonly Buffer[]) => Question;

const text = (value: string) => `'${value.replaceAll("'", "''")}'`;

/** Only records whose fields have these values. */
function filtered(where: Record<string, string[]> | undefined, dataset: string, inputs: Inputs, row: string): string {
  return Object.entries(where ?? {})
    .map(([field, values]) => ` and ${row}.${inputs.column({ dataset, field })} in (${values.map(text).join(', ')})`)
    .join('');
}

/** Only referring records at work on the day of their snapshot. */
function atWork(rule: Of<'reference-state'> | Of<'reference-lapsed'>, inputs: Inputs): string {
  if (!rule.working) return '';
  const { dataset } = rule.from;
  const [from, to] = [rule.working.from, rule.working.to].map((field) => `w.${inputs.column({ dataset, field })}`);
  const day = text(inputs.of(dataset).day);
  return ` and ${from} <= ${day} and (${to} is null or ${to} >= ${day})`;
}

const referenceMissing: Asked<'reference-missing'> = (rule, inputs) => {
  const { from, to, alsoIn, where, subject } = rule;
  const [source, target] = [inputs.of(from.dataset), inputs.of(to)];
  const reference = `w.${inputs.column(from)}`;
  const known = [
    `select key as id from ${target.table}`,
    ...alsoIn.map((field) => `select ${inputs.column({ dataset: to, field })} from ${target.table}`),
  ];
  const missing = `from ${source.table} w where ${reference} is not null${filtered(where, from.dataset, inputs, 'w')}
    and not exists (select 1 from (${known.join(' union all ')}) k where k.id = ${reference})`;
  const key = `${text(from.dataset)} as dataset`;
  return subject === 'record'
    ? { sql: `select w.key as subject, '{}'::jsonb as detail, ${key}, w.id as record_id, null as field, '' as band ${missing}`, values: [] }
    : {
        sql: `select ${reference} as subject, jsonb_build_object('records', count(*)) as detail, ${key}, min(w.id) as record_id,
                ${text(from.field)} as field, '' as band ${missing} group by 1`,
        values: [],
      };
};

/** Who is referred to and not listed; which kind of number it is, only the opened id tells. */
const referenceKind: Asked<'reference-kind'> = (rule, inputs) => {
  const { sql, values } = referenceMissing(
    { ...rule, kind: 'reference-missing', alsoIn: [], where: undefined, subject: 'reference' },
    inputs,
    [],
  );
  return { sql: `select subject, detail, dataset, record_id, field, null as band from (${sql}) unlisted`, values };
};

const referenceState: Asked<'reference-state'> = (rule, inputs) => {
  const { from, to, field, values } = rule;
  const [source, target] = [inputs.of(from.dataset), inputs.of(to)];
  const state = `t.${inputs.column({ dataset: to, field })}`;
  return {
    sql: `select t.key as subject, jsonb_build_object('${field}', ${state}, 'records', count(*)) as detail, ${text(to)} as dataset,
            t.id as record_id, null as field, '' as band
          from ${target.table} t join ${source.table} w on w.${inputs.column(from)} = t.key
          where ${state} = any($1)${atWork(rule, inputs)} group by t.key, t.id, ${state}`,
    values: [values],
  };
};

const referenceLapsed: Asked<'reference-lapsed'> = (rule, inputs) => {
  const { from, to, field, years } = rule;
  const [source, target] = [inputs.of(from.dataset), inputs.of(to)];
  const end = `(t.${inputs.column({ dataset: to, field })}::date + make_interval(years => ${years}))::date`;
  return {
    sql: `select t.key as subject, jsonb_build_object('lapsedOn', ${end}, 'records', count(*)) as detail, ${text(to)} as dataset,
            t.id as record_id, null as field, '' as band
          from ${target.table} t join ${source.table} w on w.${inputs.column(from)} = t.key
          where ${end} < ${text(target.day)}::date${atWork(rule, inputs)} group by t.key, t.id, ${end}`,
    values: [],
  };
};

/** How many records of this season refer to each. */
function registered(rule: Of<'count-differs'> | Of<'count-unreported'>, inputs: Inputs): { sql: string; season: number } {
  const source = inputs.of(rule.by.dataset);
  const season = Number(source.day.slice(0, 4));
  const by = inputs.column(rule.by);
  const column = inputs.column({ dataset: rule.by.dataset, field: rule.season });
  return {
    sql: `(select ${by} as id, count(*)::int as n from ${source.table} where ${column} = '${season}' and ${by} is not null group by 1)`,
    season,
  };
}

const countDiffers: Asked<'count-differs'> = (rule, inputs) => {
  const target = inputs.of(rule.of);
  const { sql, season } = registered(rule, inputs);
  const reported = `(t.${inputs.column({ dataset: rule.of, field: rule.reported })})::int`;
  const period = `t.${inputs.column({ dataset: rule.of, field: rule.period })}`;
  return {
    sql: `select t.key as subject, jsonb_build_object('reported', ${reported}, 'reportedSince', ${period}, 'registered', coalesce(c.n, 0), 'season', ${season}) as detail,
            ${text(rule.of)} as dataset, t.id as record_id, null as field, '' as band
          from ${target.table} t left join ${sql} c on c.id = t.key
          where abs(${reported} - coalesce(c.n, 0)) > greatest($1::numeric, $2::numeric * ${reported})`,
    values: [rule.tolerance.count, rule.tolerance.share],
  };
};

const countUnreported: Asked<'count-unreported'> = (rule, inputs) => {
  const target = inputs.of(rule.of);
  const { sql, season } = registered(rule, inputs);
  return {
    sql: `select t.key as subject, jsonb_build_object('registered', c.n, 'season', ${season}) as detail, ${text(rule.of)} as dataset,
            t.id as record_id, null as field, '' as band
          from ${target.table} t join ${sql} c on c.id = t.key where t.${inputs.column({ dataset: rule.of, field: rule.reported })} is null`,
    values: [],
  };
};

const identity: Asked<'identity'> = ({ between }, inputs) => {
  const pairs = between.flatMap((a, i) => between.slice(i + 1).map((b) => [a, b] as const));
  const parts = pairs.map(([a, b]) => {
    const [left, right] = [inputs.of(a.dataset), inputs.of(b.dataset)];
    const column = (row: string, dataset: string, field: string) => `${row}.${inputs.column({ dataset, field })}`;
    const name = `coalesce(${column('a', a.dataset, a.name)} <> ${column('b', b.dataset, b.name)}, false)`;
    const born = a.birth && b.birth ? `coalesce(${column('a', a.dataset, a.birth)} <> ${column('b', b.dataset, b.birth)}, false)` : 'false';
    return `select a.key as subject, ${name} as name, ${born} as born, ${text(a.dataset)} as dataset, a.id as record_id
            from ${left.table} a join ${right.table} b on b.key = a.key where ${name} or ${born}`;
  });
  return {
    sql: `select subject, jsonb_build_object('name', bool_or(name), 'birthYear', bool_or(born)) as detail, min(dataset) as dataset,
            (array_agg(record_id order by dataset))[1] as record_id, null as field, '' as band
          from (${parts.join(' union all ')}) p group by subject`,
    values: [],
  };
};

/** By the year of birth alone where it decides. */
function byAge(rule: Of<'age-missing'> | Of<'age-role'>, inputs: Inputs, condition: string): Question {
  const source = inputs.of(rule.dataset);
  const born = `w.${inputs.column({ dataset: rule.dataset, field: rule.birth })}`;
  const band = bandByYear(born, source.day.slice(0, 4), rule.ages, 1);
  return {
    sql: `select subject, jsonb_build_object('age', band) as detail, dataset, record_id, field, band from (
            select w.key as subject, ${text(rule.dataset)} as dataset, w.id as record_id, null as field, ${band.sql} as band
            from ${source.table} w where ${born} is not null${condition}
          ) aged where band is distinct from ''`,
    values: band.values,
  };
}

const ageMissing: Asked<'age-missing'> = (rule, inputs) =>
  byAge(rule, inputs, ` and not exists (select 1 from ${inputs.of(rule.to).table} t where t.key = w.key)`);

const ageRole: Asked<'age-role'> = (rule, inputs) => byAge(rule, inputs, filtered(rule.where, rule.dataset, inputs, 'w'));

const dummyId: Asked<'dummy-id'> = ({ fields }, inputs, dummies) => {
  const parts = fields.map(
    (place) =>
      `select w.key as subject, ${text(`${place.dataset}.${place.field}`)} as said, ${text(place.dataset)} as dataset, w.id as record_id
       from ${inputs.of(place.dataset).table} w where w.${inputs.column(place)} = any($1)`,
  );
  return {
    sql: `select subject, jsonb_build_object('fields', jsonb_agg(distinct said)) as detail, min(dataset) as dataset,
            (array_agg(record_id order by dataset))[1] as record_id, null as field, '' as band
          from (${parts.join(' union all ')}) p group by subject`,
    values: [dummies],
  };
};

const questions: { [K in Rule['kind']]: Asked<K> } = {
  'reference-missing': referenceMissing,
  'reference-kind': referenceKind,
  'reference-state': referenceState,
  'reference-lapsed': referenceLapsed,
  'count-differs': countDiffers,
  'count-unreported': countUnreported,
  identity,
  'age-missing': ageMissing,
  'age-role': ageRole,
  'dummy-id': dummyId,
};

/** The query of a rule. `dummies`: keyed indexes of numbers that stand for nobody. */
export function questionOf(rule: Rule, inputs: Inputs, dummies: readonly Buffer[]): Question {
  return (questions[rule.kind] as Asked<Rule['kind']>)(rule as never, inputs, dummies);
}
