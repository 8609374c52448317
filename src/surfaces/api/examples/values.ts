import { completeTckn, idKind } from '../../../core/nationalId';
import { type Field, groupsOf } from '../../../disclosure/door';

/** Numbers that pass the check digits and stand for nobody: a citizen's, a foreigner's, a taxpayer's. */
const nobody = ['11111111110', completeTckn('9'.repeat(9)), '4'.repeat(10)];

/** The id of examples. */
export const exampleId = nobody[0] as string;

/** A made-up value of a field, by its type. */
export function exampleValue(field: Field): unknown {
  switch (field.type) {
    case 'nationalId':
      return nobody.find((id) => field.kinds.some((kind) => kind === idKind(id))) ?? null;
    case 'date':
      return '2026-03-01';
    case 'partialDate':
      return '2012-05';
    case 'integer':
      return Math.min(Math.max(field.min ?? 1, 1), field.max ?? 1);
    case 'boolean':
      return true;
    case 'code':
      return field.values[0];
    case 'province':
      return '01';
    case 'phone':
      return { e164: null, raw: 'yok' };
    case 'text':
      return `Örnek ${field.label}`.slice(0, field.maxLength);
    case 'counts':
      return [{ ...Object.fromEntries(groupsOf(field).map((group) => [group, null])), count: 12 }];
    case 'findings':
      return field.derive?.kind === 'findings' ? [{ rule: field.derive.rules[0], finding: 7 }] : [];
  }
}
