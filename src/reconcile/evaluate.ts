import type { PoolClient } from 'pg';
import type { Agreement } from '../agreements/language';
import { datasetsOf, type Rule } from '../agreements/rules';
import { forgetDecided, indexDecided } from './decided';
import { createInputs, fillChanges, fillWhole, type Input, type Inputs, indexFilled, keyOf, placesOf, text } from './inputs';
import { createOpenings, keepDecided, type Opening, type Openings, type OpenRecords, opens } from './opening';
import { type Before, continuesFrom, progressOf, writeProgress } from './progress';
import { questionOf } from './questions';
import { recount } from './recount';
import { countAnew, countTables, type ReferencesOf, referencesOf } from './references';
import { makeScopes } from './scopes';

export interface Evaluation {
  agreement: Agreement;
  /** The rules that are asked, as `askable` tells. */
  rules: readonly [string, Rule][];
  inputs: readonly Input[];
  /** The derived datasets that will be made beside. */
  derived: readonly string[];
  /** Keyed indexes of numbers that stand for nobody. */
  dummies: readonly Buffer[];
  open: OpenRecords;
  /** Compare everything anew, whatever is known. */
  whole: boolean;
}

export interface Evaluated {
  /** The snapshots from which what changed was compared; undefined if every record was compared anew. */
  before: Before | undefined;
  /** By rule, the table of the subjects that were asked about; a rule that is not there was asked about all. */
  scopes: ReadonlyMap<string, string>;
}

/** The rules that can be asked: those whose datasets all have a snapshot. */
export function askable(rules: Agreement['rules'], inputs: readonly Input[]): [string, Rule][] {
  const have = new Set(inputs.map(({ dataset }) => dataset));
  return Object.entries(rules).filter(([, rule]) => datasetsOf(rule).every((dataset) => have.has(dataset)));
}

/**
 * Asks every rule, and leaves what they found in the temporary table `found`. Where what was compared last is known, only subjects
 * are asked about whose records changed since, or for whom time decides.
 */
export async function evaluate(client: PoolClient, evaluation: Evaluation): Promise<Evaluated> {
  const { agreement, rules, dummies, open } = evaluation;
  const { scopes, before } = await fill(client, evaluation);
  const whole = !before;
  const inputs = createInputs(agreement, evaluation.inputs, whole);
  const openings = createOpenings(client, open);
  await client.query(
    'create temp table found (rule text, subject bytea, detail jsonb, dataset text, record_id bigint, field text) on commit drop',
  );
  const ask = async (asked: Evaluation['rules'], references: ReferencesOf) => {
    for (const [id, rule] of asked) {
      const question = questionOf(rule, { inputs, references, dummies, rule: id, scope: scopes.get(id) });
      await askOne(client, openings, {
        id,
        question,
        opening: opens(rule, (dataset) => inputs.of(dataset).day),
        field: keyName(agreement, rule),
      });
    }
  };
  // First those whose records are opened, which goes on while the database works on what follows.
  const [aged, others] = [rules.filter(([, rule]) => isAged(rule)), rules.filter(([, rule]) => !isAged(rule))];
  await ask(aged, noReferences);
  if (whole) for (const input of evaluation.inputs) await indexFilled(client, input, foundBy(rules, input.dataset, inputs));
  const counted = countTables(rulesOf(others), inputs);
  if (before) await recount(client, counted, inputs, (dataset) => (before[dataset] as Before[string]).day);
  else await countAnew(client, counted, inputs);
  await ask(others, referencesOf(counted, inputs));
  await openings.finish((rule, table, decisions) => keepDecided(client, rule, table, decisions, { found: true }));
  if (whole) await indexDecided(client);
  return { scopes, before };
}

const rulesOf = (rules: Evaluation['rules']) => rules.map(([, rule]) => rule);

interface Asked {
  id: string;
  question: string;
  opening: Opening | undefined;
  /** The field in which a subject's id stands where the question names none. */
  field: string;
}

async function askOne(client: PoolClient, openings: Openings, { id, question, opening, field }: Asked): Promise<void> {
  // Into a table of its own, for which the server reads on both cores.
  await client.query(`create temp table answer on commit drop as ${question}`);
  const row = `subject, detail, dataset, record_id, coalesce(field, ${text(field)}) as field`;
  await client.query(
    `insert into found (rule, subject, detail, dataset, record_id, field) select ${text(id)}, ${row} from answer where band is not null`,
  );
  if (opening) {
    const table = `undecided_${openings.begun}`;
    await client.query(
      `create temp table ${table} on commit drop as select row_number() over (order by record_id) as n, ${row} from answer where band is null`,
    );
    await openings.begin(id, opening, table);
  }
  await client.query('drop table answer');
}

/** Whether a rule's records are opened for their dates, many of them; it looks at no references. */
function isAged({ kind }: Rule): boolean {
  return kind === 'age-missing' || kind === 'age-role';
}

const noReferences: ReferencesOf = () => {
  throw new Error('who is asked by age refers to nobody');
};

/** Brings the narrow tables up to date; tells whose findings may have changed. */
async function fill(client: PoolClient, { agreement, rules, inputs, derived, whole }: Evaluation): Promise<Evaluated> {
  const places = placesOf(agreement, rulesOf(rules), derived);
  const progress = progressOf({ agreement, rules, derived, places }, inputs);
  const from = await continuesFrom(client, agreement.id, progress);
  await writeProgress(client, agreement.id, progress);
  if (whole || !from) {
    await forgetDecided(client);
    for (const input of inputs) await fillWhole(client, agreement, places, input);
    return { scopes: new Map(), before: undefined };
  }
  // Little is read from here on: to start processes for it would take longer.
  await client.query('set local max_parallel_workers_per_gather = 0');
  for (const input of inputs) await fillChanges(client, agreement, places, input, (from[input.dataset] as Before[string]).version);
  return { scopes: await makeScopes(client, rules, inputs, createInputs(agreement, inputs, false)), before: from };
}

/** Columns of ids beside the key under which rules look for somebody. */
function foundBy(rules: readonly [string, Rule][], dataset: string, tables: Inputs): string[] {
  const fields = rules.flatMap(([, rule]) => (rule.kind === 'reference-missing' && rule.to === dataset ? rule.alsoIn : []));
  return [...new Set(fields)].map((field) => tables.column({ dataset, field }));
}

/** The field that holds the id of a record which a finding is about. */
function keyName(agreement: Agreement, rule: Rule): string {
  return keyOf(agreement, datasetsOf(rule)[0] ?? '').field;
}
