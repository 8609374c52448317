import type { Agreement, Field } from './language';
import type { Rule, RulePlace } from './rules';

/** What must agree between the rules and the datasets; each problem is a sentence that names its place. */
export function ruleProblems(agreement: Agreement): string[] {
  return Object.entries(agreement.rules).flatMap(([id, rule]) => problemsOf(`rules.${id}`, rule, agreement));
}

type Need = 'id' | 'open' | 'name' | 'birth';

const needs: Record<Need, { holds(field: Field): boolean; what: string }> = {
  id: { holds: (f) => f.type === 'nationalId' && f.index, what: 'a national id with an index' },
  open: { holds: (f) => f.sensitivity === 'open', what: 'readable at rest (sensitivity open)' },
  name: { holds: (f) => f.type === 'text' && f.nameDigest, what: 'a text with nameDigest' },
  birth: { holds: (f) => f.type === 'partialDate' && f.openYearAs !== undefined, what: 'a partial date with openYearAs' },
};

function problemsOf(where: string, rule: Rule, { datasets }: Agreement): string[] {
  const problems: string[] = [];
  const dataset = (place: string, id: string) => {
    if (!Object.hasOwn(datasets, id)) problems.push(`${where}.${place}: there is no dataset "${id}"`);
  };
  const field = (place: string, at: RulePlace, need: Need) => {
    const of = Object.hasOwn(datasets, at.dataset) ? datasets[at.dataset] : undefined;
    if (!of) return dataset(place, at.dataset);
    const found = Object.hasOwn(of.fields, at.field) ? of.fields[at.field] : undefined;
    if (!found) problems.push(`${where}.${place}: the dataset "${at.dataset}" has no field "${at.field}"`);
    // A key is always found by its index.
    else if (!needs[need].holds(found) && !(need === 'id' && at.field === of.key))
      problems.push(`${where}.${place}: "${at.field}" of "${at.dataset}" must be ${needs[need].what}`);
  };
  const fieldsOf = (id: string, all: Record<string, string | undefined>, need: Need) => {
    for (const [place, name] of Object.entries(all)) if (name !== undefined) field(place, { dataset: id, field: name }, need);
  };
  const filter = (id: string, filters: object | undefined) => {
    for (const name of Object.keys(filters ?? {})) field(`where.${name}`, { dataset: id, field: name }, 'open');
  };

  switch (rule.kind) {
    case 'reference-missing':
    case 'reference-kind':
      field('from', rule.from, 'id');
      dataset('to', rule.to);
      if (rule.kind === 'reference-missing') {
        for (const [i, name] of rule.alsoIn.entries()) field(`alsoIn[${i}]`, { dataset: rule.to, field: name }, 'id');
        filter(rule.from.dataset, rule.where);
      }
      break;
    case 'reference-state':
    case 'reference-lapsed':
      field('from', rule.from, 'id');
      field('field', { dataset: rule.to, field: rule.field }, 'open');
      fieldsOf(rule.from.dataset, { 'working.from': rule.working?.from, 'working.to': rule.working?.to }, 'open');
      break;
    case 'count-differs':
    case 'count-unreported':
      fieldsOf(rule.of, { reported: rule.reported, ...(rule.kind === 'count-differs' ? { period: rule.period } : {}) }, 'open');
      field('by', rule.by, 'id');
      fieldsOf(rule.by.dataset, { season: rule.season }, 'open');
      filter(rule.by.dataset, rule.where);
      break;
    case 'identity':
      rule.between.forEach(({ dataset: id, name, birth }, i) => {
        field(`between[${i}].name`, { dataset: id, field: name }, 'name');
        fieldsOf(id, { [`between[${i}].birth`]: birth }, 'birth');
      });
      break;
    case 'age-missing':
    case 'age-role':
      field('birth', { dataset: rule.dataset, field: rule.birth }, 'birth');
      rule.ages.forEach(({ from, to }, i) => {
        if (from > to) problems.push(`${where}.ages[${i}]: it begins after its end`);
      });
      if (rule.kind === 'age-missing') dataset('to', rule.to);
      else filter(rule.dataset, rule.where);
      break;
    case 'dummy-id':
      for (const [i, at] of rule.fields.entries()) field(`fields[${i}]`, at, 'id');
  }
  return problems;
}
