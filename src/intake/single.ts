import { fieldPlan } from '../agreements/fields';
import type { Dataset } from '../agreements/language';
import { KopruError } from '../core/errors';
import type { FieldValue, NamedRecord } from '../core/record';
import { type AnswerPlan, openPage } from '../sources/answer';
import type { SourceConfig } from '../sources/configure/config';
import type { Envelope, RawPage } from '../sources/page';
import { recordChecker } from './reader';
import { emptyStats } from './stats';

/** One answer to a question for one person: the checked record, or none. */
export interface SingleAnswer {
  envelope: Envelope;
  record: NamedRecord | undefined;
}

/**
 * Prepares the reading of a query's answers for look-ups; nothing of them is kept.
 * The reader throws `source-garbled` if an answer is no valid record, or one of somebody else.
 */
export function singleReader(
  definition: Dataset,
  answer: AnswerPlan,
  fields: SourceConfig['fields'],
): (raw: RawPage, id: string) => SingleAnswer {
  const plan = fieldPlan(definition);
  const check = recordChecker({ fields }, plan);
  const saysId = Object.hasOwn(fields, definition.key);
  const garbled = (what: string) =>
    new KopruError('source-garbled', `${answer.service} answered a look-up with ${what}.`, { severity: 'halt' });
  return (raw, id) => {
    const { records, envelope } = openPage(raw, answer);
    if (records.length === 0) return { envelope, record: undefined };
    if (records.length > 1) throw garbled('more than one record');
    const record = records[0];
    const checked = check(saysId ? { record } : { record, asked: id }, emptyStats(plan.names.length));
    if ('reason' in checked)
      throw garbled(`a record that cannot be taken (${checked.reason}${checked.field ? ` at ${checked.field}` : ''})`);
    if (checked.values[plan.keyAt] !== id) throw garbled('a record of another id');
    const values = plan.names.map((name, i): [string, FieldValue] => [name, checked.values[i] as FieldValue]);
    return { envelope, record: Object.fromEntries(values) };
  };
}
