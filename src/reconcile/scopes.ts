import type { PoolClient } from 'pg';
import type { Rule } from '../agreements/rules';
import { fillNear, type Input, type Inputs, text } from './inputs';
import { makeScratch } from './scratch';

/** The subjects whose own records changed in any dataset since the comparison before, or for whom time decides anew. */
const asked = 'asked';

/**
 * Makes the tables of the subjects whose findings may have changed, each once; everybody else's are as they were. By rule, without those
 * that are asked as a whole because they only look at who is referred to. The datasets' `near` tables hold these subjects' records.
 */
export async function makeScopes(
  client: PoolClient,
  rules: readonly [string, Rule][],
  inputs: readonly Input[],
  tables: Inputs,
): Promise<Map<string, string>> {
  const came = inputs.map(({ dataset }) => `select key as subject from ${tables.of(dataset).touched}`);
  // And who may pass into another band by the day of the snapshot in which the birth date stands.
  const due = inputs.map(({ dataset, day }) => `dataset = ${text(dataset)} and until <= ${text(day)}::date`);
  const coming = [`select subject from compare.decided where ${due.join(' or ')}`];
  await makeScratch(client, asked, [...came, ...coming].join(' union '), 'subject');
  for (const input of inputs) await fillNear(client, input, asked);
  const scopes = new Map<string, string>();
  for (const [id, rule] of rules) {
    if (isAskedByRecord(rule)) scopes.set(id, asked);
    if (rule.kind !== 'reference-missing' || rule.subject !== 'record') continue;
    const name = `asked_${scopes.size}`;
    await makeScratch(client, name, referring(rule, tables), 'subject');
    scopes.set(id, name);
  }
  return scopes;
}

/** Whether a finding under the rule depends on nothing but the records of its subject. */
function isAskedByRecord({ kind }: Rule): boolean {
  return ['identity', 'dummy-id', 'age-missing', 'age-role'].includes(kind);
}

/** Records that changed, and those that refer to whom a column names now and did not before, or no longer. */
function referring({ from, to, alsoIn }: Extract<Rule, { kind: 'reference-missing' }>, tables: Inputs): string {
  const columns = ['key', ...alsoIn.map((field) => tables.column({ dataset: to, field }))];
  const { came, left } = tables.of(to);
  const only = (column: string, of: string, not: string) => `(select ${column} from ${of} except select ${column} from ${not})`;
  const known = columns.flatMap((column) => [only(column, came, left), only(column, left, came)]).join(' union ');
  const { table, touched } = tables.of(from.dataset);
  return `select key as subject from ${touched} union select w.key from ${table} w where w.${tables.column(from)} in (${known})`;
}
