import { createHash } from 'node:crypto';
import type { PoolClient } from 'pg';
import type { Agreement } from '../agreements/language';
import type { Rule, RulePlace } from '../agreements/rules';
import { type Input, shapeOf } from './inputs';

/** Of the tables in the schema `compare`: to be raised when their shape changes, so that they are made anew. */
const form = 4;

/** What the narrow tables hold, to tell whether they can be brought up to date or must be made anew. */
interface Progress {
  form: number;
  /** Of the rules, and of the datasets that are derived. */
  rules: string;
  inputs: Record<string, { version: number; day: string; shape: string }>;
}

/** By dataset, the snapshot that was compared last, and its day. */
export type Before = Progress['inputs'];

interface Compared {
  agreement: Agreement;
  rules: readonly [string, Rule][];
  derived: readonly string[];
  /** Every field that these look at. */
  places: readonly RulePlace[];
}

export function progressOf({ agreement, rules, derived, places }: Compared, inputs: readonly Input[]): Progress {
  const asked = JSON.stringify([rules, derived.map((id) => [id, agreement.datasets[id]])]);
  return {
    form,
    rules: createHash('sha256').update(asked).digest('hex'),
    inputs: Object.fromEntries(
      inputs.map((input) => [input.dataset, { version: input.version, day: input.day, shape: shapeOf(agreement, places, input) }]),
    ),
  };
}

/** By dataset, the snapshot from which the tables can be brought up to date; undefined if everything must be compared anew. */
export async function continuesFrom(client: PoolClient, agreementId: string, now: Progress): Promise<Before | undefined> {
  await client.query('create unlogged table if not exists compare.progress (agreement_id text primary key, progress jsonb not null)');
  const { rows } = await client.query('select progress from compare.progress where agreement_id = $1', [agreementId]);
  const before: Progress | undefined = rows[0]?.progress;
  if (!before || before.form !== now.form || before.rules !== now.rules) return undefined;
  const datasets = Object.keys(now.inputs);
  if (datasets.length !== Object.keys(before.inputs).length) return undefined;
  for (const dataset of datasets) {
    const [was, is] = [before.inputs[dataset], now.inputs[dataset] as Progress['inputs'][string]];
    // What the year of birth decides, and the season, change with the year; days only go on.
    if (!was || was.shape !== is.shape || was.version > is.version || was.day > is.day) return undefined;
    if (was.day.slice(0, 4) !== is.day.slice(0, 4)) return undefined;
  }
  return before.inputs;
}

export async function writeProgress(client: PoolClient, agreementId: string, progress: Progress): Promise<void> {
  await client.query(
    `insert into compare.progress (agreement_id, progress) values ($1, $2)
     on conflict (agreement_id) do update set progress = excluded.progress`,
    [agreementId, JSON.stringify(progress)],
  );
}
