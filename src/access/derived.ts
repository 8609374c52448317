import { type Contribution, fieldContributions, inputsOf, rowContributions } from '../agreements/derived';
import { grantOf } from '../agreements/fields';
import type { Agreement, Dataset } from '../agreements/language';
import type { AgreementState } from '../agreements/life';
import { contributions, type RulePlace } from '../agreements/rules';
import { type AccessRequest, type Decision, decideSource } from './grants';

type Asked = Omit<AccessRequest, 'dataset' | 'fields' | 'chosenBy'>;

/**
 * Whether a field may go into what a party is told: the party owns it or is granted it; what is only counted also where the
 * grant allows it to be counted.
 */
export function opener(
  agreement: Agreement,
  state: AgreementState,
  asked: Asked,
): { decided(dataset: string): Decision; isOpen(at: Contribution): boolean } {
  const known = new Map<string, Decision>();
  const decided = (dataset: string) => {
    const decision = known.get(dataset) ?? decideSource(agreement, state, { ...asked, dataset });
    known.set(dataset, decision);
    return decision;
  };
  return {
    decided,
    isOpen: ({ dataset, field, counted }) => {
      const decision = decided(dataset);
      if (!decision.allow) return false;
      return (
        decision.fields.includes(field) || (counted && (grantOf(agreement, asked.party, dataset)?.aggregates.includes(field) ?? false))
      );
    },
  };
}

/** The rules whose every contributing field is open to a party: of others it sees neither findings nor counts. Pure. */
export function openRules(agreement: Agreement, state: AgreementState, asked: Asked): string[] {
  const { isOpen } = opener(agreement, state, asked);
  const key = (dataset: string): RulePlace => ({ dataset, field: agreement.datasets[dataset]?.key ?? '' });
  return Object.entries(agreement.rules)
    .filter(([, rule]) => contributions(rule, key).every((at) => isOpen({ ...at, counted: false })))
    .map(([id]) => id);
}

/**
 * Whether a party may read a derived dataset, and which of its fields: a row only if everything that makes it a row is open, a field
 * only if everything that goes into it is. Pure.
 */
export function decideDerived(agreement: Agreement, state: AgreementState, id: string, dataset: Dataset, asked: Asked): Decision {
  const { decided, isOpen } = opener(agreement, state, asked);
  const closed = rowContributions(agreement, dataset).find((at) => !isOpen(at));
  if (closed) {
    const why = decided(closed.dataset);
    if (!why.allow && why.code !== 'grant-closed') return why;
    return {
      allow: false,
      code: 'grant-closed',
      article: why.article,
      message: 'This dataset is made of fields of which not all are open to this party.',
      hint: 'See kopru agreement show for what is open to whom.',
    };
  }
  const rules = openRules(agreement, state, asked);
  const fields = Object.entries(dataset.fields).flatMap(([name, field]) => {
    const { derive } = field;
    if (derive?.kind === 'findings' && !derive.rules.some((rule) => rules.includes(rule))) return [];
    return fieldContributions(dataset, field).every(isOpen) ? [name] : [];
  });
  const allowed = inputsOf(agreement, id)
    .map(decided)
    .filter((decision) => decision.allow);
  const joined = (values: string[]) => [...new Set(values)].join('+');
  return {
    allow: true,
    grant: joined(allowed.map(({ grant }) => grant)),
    article: [...new Set(allowed.map(({ article }) => article))].join('; '),
    fields,
    rules,
  };
}
