import type { PoolClient } from 'pg';
import type { Agreement } from '../agreements/language';
import { datasetsOf, type Rule } from '../agreements/rules';
import { forgetDecided } from './decided';
import { createInputs, fillChanges, fillWhole, type Input, type Inputs, keyOf, placesOf, text } from './inputs';
import { decideByOpening, type OpenRecords, opens } from './opening';
import { continuesFrom, progressOf, writeProgress } from './progress';
import { questionOf } from './questions';
import { countReferences } from './references';
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
  /** Whether every record was compared anew. */
  whole: boolean;
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
  const { whole, scopes } = await fill(client, evaluation);
  const inputs = createInputs(agreement, evaluation.inputs, whole);
  const references = await countReferences(
    client,
    rules.map(([, rule]) => rule),
    inputs,
  );
  await client.query(
    `create temp table found (rule text, subject bytea, detail jsonb, dataset text, record_id bigint, field text, band text) on commit drop`,
  );
  for (const [id, rule] of rules) {
    // Into a table of its own, for which the server reads on both cores.
    await client.query(
      `create temp table answer on commit drop as ${questionOf(rule, { inputs, references, dummies, rule: id, scope: scopes.get(id) })}`,
    );
    await client.query(
      `insert into found (rule, subject, detail, dataset, record_id, field, band)
       select ${text(id)}, subject, detail, dataset, record_id, coalesce(field, ${text(keyName(agreement, rule))}), band from answer`,
    );
    await client.query('drop table answer');
    const opening = opens(rule, (dataset) => inputs.of(dataset).day);
    if (opening) await decideByOpening(client, open, id, opening);
  }
  return { whole, scopes };
}

/** Brings the narrow tables up to date; tells whose findings may have changed. */
async function fill(client: PoolClient, { agreement, rules, inputs, derived, whole }: Evaluation): Promise<Evaluated> {
  const places = placesOf(
    agreement,
    rules.map(([, rule]) => rule),
    derived,
  );
  const progress = progressOf(agreement, rules, places, inputs);
  const from = await continuesFrom(client, agreement.id, progress);
  await writeProgress(client, agreement.id, progress);
  if (whole || !from) {
    await forgetDecided(client);
    const tables = createInputs(agreement, inputs, true);
    for (const input of inputs) await fillWhole(client, agreement, places, input, foundBy(rules, input.dataset, tables));
    return { whole: true, scopes: new Map() };
  }
  for (const input of inputs) {
    await fillChanges(client, agreement, places, input, from[input.dataset] as number);
    await client.query(
      `delete from compare.decided where record_id in (select id from ${createInputs(agreement, inputs, false).of(input.dataset).touched})`,
    );
  }
  return { whole: false, scopes: await makeScopes(client, rules, inputs, createInputs(agreement, inputs, false)) };
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
