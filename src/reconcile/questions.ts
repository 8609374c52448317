import type { Rule } from '../agreements/rules';
import { bandByYear } from './ages';
import { decided, noBand } from './decided';
import { bytes, type Inputs, text } from './inputs';
import { filtered, type ReferencesOf, seasonOf } from './references';

/**
 * A rule as one query. Each row is a finding: whom it is about (`subject`), what is said of it (`detail`, without anything of a person),
 * and a record and field where the subject's id stands (`dataset`, `record_id`, `field`). A row whose `band` is null is open:
 * the whole birth date, or the number itself, decides.
 */
export type Question = string;

/** What a question is asked of. */
export interface Asking {
  inputs: Inputs;
  references: ReferencesOf;
  /** Keyed indexes of numbers that stand for nobody. */
  dummies: readonly Buffer[];
  /** The rule's id, under which what was decided by opening is kept. */
  rule: string;
  /** The table of the subjects that are asked about; all if absent. */
  scope: string | undefined;
}

type Of<K extends Rule['kind']> = Extract<Rule, { kind: K }>;
type Asked<K extends Rule['kind']> = (rule: Of<K>, asking: Asking) => Question;

/** Only subjects that are asked about. */
function within({ scope }: Asking, subject: string): string {
  return scope ? ` and ${subject} in (select subject from ${scope})` : '';
}

/** Whom a dataset does not list, neither by its key nor by the other ids beside it. */
function unlisted({ to, alsoIn }: { to: string; alsoIn: readonly string[] }, reference: string, { inputs }: Asking): string {
  const columns = ['key', ...alsoIn.map((field) => inputs.column({ dataset: to, field }))];
  return columns.map((column) => `not exists (select 1 from ${inputs.of(to).table} t where t.${column} = ${reference})`).join(' and ');
}

const referenceMissing: Asked<'reference-missing'> = (rule, asking) => {
  const { from, where, subject } = rule;
  const { inputs, references } = asking;
  if (subject === 'reference') {
    const { table } = references(from, where);
    return `select r.subject, jsonb_build_object('records', r.n) as detail, ${text(from.dataset)} as dataset, r.id as record_id,
              ${text(from.field)} as field, '' as band from ${table} r where ${unlisted(rule, 'r.subject', asking)}`;
  }
  const reference = `w.${inputs.column(from)}`;
  return `select w.key as subject, '{}'::jsonb as detail, ${text(from.dataset)} as dataset, w.id as record_id, null as field, '' as band
          from ${inputs.of(from.dataset).table} w where ${reference} is not null${filtered(where, from.dataset, inputs, 'w')}
          and ${unlisted(rule, reference, asking)}${within(asking, 'w.key')}`;
};

/** Who is referred to and not listed; which kind of number it is, only the opened id tells. */
const referenceKind: Asked<'reference-kind'> = ({ from, to }, asking) =>
  `select r.subject, jsonb_build_object('records', r.n) as detail, ${text(from.dataset)} as dataset, r.id as record_id,
          ${text(from.field)} as field, d.band
        from ${asking.references(from).table} r ${decided(asking.rule, asking.inputs.of(from.dataset).day, 'r.id')}
        where ${unlisted({ to, alsoIn: [] }, 'r.subject', asking)} and d.band is distinct from ${text(noBand)}`;

const referenceState: Asked<'reference-state'> = (rule, { inputs, references }) => {
  const { from, to, field, values, working } = rule;
  const state = `t.${inputs.column({ dataset: to, field })}`;
  const { table, working: counted } = references(from);
  const n = `r.${counted(working)}`;
  return `select t.key as subject, jsonb_build_object('${field}', ${state}, 'records', ${n}) as detail, ${text(to)} as dataset,
            t.id as record_id, null as field, '' as band
          from ${inputs.of(to).table} t join ${table} r on r.subject = t.key where ${state}::text = any(array[${values.map(text)}]) and ${n} > 0`;
};

const referenceLapsed: Asked<'reference-lapsed'> = (rule, { inputs, references }) => {
  const { from, to, field, years, working } = rule;
  const target = inputs.of(to);
  const end = `(t.${inputs.column({ dataset: to, field })}::date + make_interval(years => ${years}))::date`;
  const { table, working: counted } = references(from);
  const n = `r.${counted(working)}`;
  return `select t.key as subject, jsonb_build_object('lapsedOn', ${end}, 'records', ${n}) as detail, ${text(to)} as dataset,
            t.id as record_id, null as field, '' as band
          from ${target.table} t join ${table} r on r.subject = t.key where ${end} < ${text(target.day)}::date and ${n} > 0`;
};

const countDiffers: Asked<'count-differs'> = (rule, { inputs, references }) => {
  const { table, season } = references(rule.by);
  const reported = `(t.${inputs.column({ dataset: rule.of, field: rule.reported })})::int`;
  const period = `t.${inputs.column({ dataset: rule.of, field: rule.period })}`;
  const registered = `coalesce(r.${season(rule)}, 0)`;
  const { tolerance } = rule;
  return `select t.key as subject, jsonb_build_object('reported', ${reported}, 'reportedSince', ${period}, 'registered', ${registered},
              'season', ${seasonOf(rule.by.dataset, inputs)}) as detail,
            ${text(rule.of)} as dataset, t.id as record_id, null as field, '' as band
          from ${inputs.of(rule.of).table} t left join ${table} r on r.subject = t.key
          where abs(${reported} - ${registered}) > greatest(${Number(tolerance.count)}::numeric, ${Number(tolerance.share)}::numeric * ${reported})`;
};

const countUnreported: Asked<'count-unreported'> = (rule, { inputs, references }) => {
  const { table, season } = references(rule.by);
  const n = `r.${season(rule)}`;
  return `select t.key as subject, jsonb_build_object('registered', ${n}, 'season', ${seasonOf(rule.by.dataset, inputs)}) as detail,
            ${text(rule.of)} as dataset, t.id as record_id, null as field, '' as band
          from ${inputs.of(rule.of).table} t join ${table} r on r.subject = t.key
          where t.${inputs.column({ dataset: rule.of, field: rule.reported })} is null and ${n} > 0`;
};

const identity: Asked<'identity'> = ({ between }, asking) => {
  const { inputs } = asking;
  const pairs = between.flatMap((a, i) => between.slice(i + 1).map((b) => [a, b] as const));
  const parts = pairs.map(([a, b]) => {
    const [left, right] = [inputs.of(a.dataset), inputs.of(b.dataset)];
    const column = (row: string, dataset: string, field: string) => `${row}.${inputs.column({ dataset, field })}`;
    const name = `coalesce(${column('a', a.dataset, a.name)} <> ${column('b', b.dataset, b.name)}, false)`;
    const born = a.birth && b.birth ? `coalesce(${column('a', a.dataset, a.birth)} <> ${column('b', b.dataset, b.birth)}, false)` : 'false';
    return `select a.key as subject, ${name} as name, ${born} as born, ${text(a.dataset)} as dataset, a.id as record_id
            from ${left.near} a join ${right.near} b on b.key = a.key where ${name} or ${born}`;
  });
  return `select subject, jsonb_build_object('name', bool_or(name), 'birthYear', bool_or(born)) as detail, min(dataset) as dataset,
            (array_agg(record_id order by dataset))[1] as record_id, null as field, '' as band
          from (${parts.join(' union all ')}) p group by subject`;
};

/** By the year of birth alone where it decides, and where it does not by what opening decided before. */
function byAge(rule: Of<'age-missing'> | Of<'age-role'>, asking: Asking, condition: string): Question {
  const { inputs } = asking;
  const source = inputs.of(rule.dataset);
  const born = `w.${inputs.column({ dataset: rule.dataset, field: rule.birth })}`;
  const band = bandByYear(born, source.day, rule.ages);
  return `select subject, jsonb_build_object('age', band) as detail, dataset, record_id, field, band from (
            select w.key as subject, ${text(rule.dataset)} as dataset, w.id as record_id, null as field, coalesce(${band}, d.band) as band
            from ${source.near} w ${decided(asking.rule, source.day, 'w.id')}
            where ${born} is not null${condition}
          ) aged where band is null or band not in ('', ${text(noBand)})`;
}

const ageMissing: Asked<'age-missing'> = (rule, asking) =>
  byAge(rule, asking, ` and not exists (select 1 from ${asking.inputs.of(rule.to).near} t where t.key = w.key)`);

const ageRole: Asked<'age-role'> = (rule, asking) => byAge(rule, asking, filtered(rule.where, rule.dataset, asking.inputs, 'w'));

const dummyId: Asked<'dummy-id'> = ({ fields }, asking) => {
  const { inputs, dummies } = asking;
  const parts = fields.map(
    (place) =>
      `select w.key as subject, ${text(`${place.dataset}.${place.field}`)} as said, ${text(place.dataset)} as dataset, w.id as record_id
       from ${inputs.of(place.dataset).near} w where w.${inputs.column(place)} = any(array[${dummies.map(bytes)}]::bytea[])`,
  );
  return `select subject, jsonb_build_object('fields', jsonb_agg(distinct said)) as detail, min(dataset) as dataset,
            (array_agg(record_id order by dataset))[1] as record_id, null as field, '' as band
          from (${parts.join(' union all ')}) p group by subject`;
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

/** The query of a rule. */
export function questionOf(rule: Rule, asking: Asking): Question {
  return (questions[rule.kind] as Asked<Rule['kind']>)(rule as never, asking);
}
