import type { FieldDerivation } from './derived';
import { countable } from './fields';
import type { Agreement, Dataset, Field } from './language';

/** What must agree between derived datasets and those that they are made of; each problem is a sentence that names its place. */
export function derivedProblems(agreement: Agreement): string[] {
  return Object.entries(agreement.datasets).flatMap(([id, dataset]) =>
    dataset.derived ? ofDerived(id, dataset, agreement) : ofSource(id, dataset),
  );
}

function ofSource(id: string, { fields }: Dataset): string[] {
  return Object.entries(fields).flatMap(([name, field]) => {
    const where = `datasets.${id}.fields.${name}`;
    if (field.derive) return [`${where}.derive: only a derived dataset's fields are derived`];
    return isMade(field) ? [`${where}.type: "${field.type}" is for derived datasets`] : [];
  });
}

function ofDerived(id: string, dataset: Dataset, agreement: Agreement): string[] {
  const { derived, key, fields } = dataset;
  const where = `datasets.${id}`;
  const problems: string[] = [];
  const source = (place: string, of: string): Dataset | undefined => {
    const found = Object.hasOwn(agreement.datasets, of) ? agreement.datasets[of] : undefined;
    if (!found) problems.push(`${where}.${place}: there is no dataset "${of}"`);
    else if (found.derived) problems.push(`${where}.${place}: "${of}" is itself derived`);
    return found;
  };
  const field = (place: string, of: string, name: string, holds: (field: Field) => boolean, what: string): Field | undefined => {
    const definition = source(place, of);
    const found = definition && Object.hasOwn(definition.fields, name) ? definition.fields[name] : undefined;
    if (definition && !found) problems.push(`${where}.${place}: the dataset "${of}" has no field "${name}"`);
    if (found && !holds(found) && name !== definition?.key) problems.push(`${where}.${place}: "${name}" of "${of}" must be ${what}`);
    return found;
  };
  const isId = (f: Field) => f.type === 'nationalId' && f.index;
  const of = derived?.of ?? '';
  source('derived.of', of);
  derived?.referredBy.forEach((at, i) => {
    field(`derived.referredBy[${i}]`, at.dataset, at.field, isId, 'a national id with an index');
  });
  const check = (name: string, made: Field, derive: FieldDerivation) => {
    const place = `fields.${name}.derive`;
    const must = (...types: string[]) => {
      if (!types.includes(made.type)) problems.push(`${where}.fields.${name}.type: it must be ${types.join(' or ')}`);
    };
    const isOpen = (f: Field) => f.sensitivity === 'open';
    if (derive.kind === 'listed') must('boolean');
    if (derive.kind === 'copy') {
      const copied = field(place, of, derive.field, isOpen, 'readable at rest (sensitivity open)');
      if (copied) must(copied.type);
    }
    if (derive.kind === 'yearsAfter') {
      field(place, of, derive.field, (f) => isOpen(f) && f.type === 'date', 'a date that is readable at rest');
      must('date');
    }
    if (derive.kind === 'count') {
      const { by, groups, where: only, ages } = derive;
      field(`${place}.by`, by.dataset, by.field, isId, 'a national id with an index');
      for (const group of groups) field(`${place}.groups`, by.dataset, group, countable, 'an open field of few values');
      for (const group of Object.keys(only ?? {})) field(`${place}.where`, by.dataset, group, isOpen, 'readable at rest');
      const hasYear = (f: Field) => f.type === 'partialDate' && f.openYearAs !== undefined;
      if (ages) field(`${place}.ages.birth`, by.dataset, ages.birth, hasYear, 'a partial date with openYearAs');
      must(groups.length > 0 ? 'counts' : 'integer');
    }
    if (derive.kind === 'findings') {
      for (const rule of derive.rules)
        if (!Object.hasOwn(agreement.rules, rule)) problems.push(`${where}.${place}.rules: there is no rule "${rule}"`);
      must('findings');
    }
  };
  for (const [name, made] of Object.entries(fields)) {
    if (name === key) {
      if (made.derive) problems.push(`${where}.fields.${name}.derive: the key is the id of whom the row is about`);
    } else if (!made.derive) problems.push(`${where}.fields.${name}: it needs derive, to say how it is made`);
    else if (made.sensitivity !== 'open') problems.push(`${where}.fields.${name}.sensitivity: a derived field is open`);
    else check(name, made, made.derive);
  }
  for (const [grant, { dataset: granted }] of Object.entries(agreement.grants))
    if (granted === id) problems.push(`grants.${grant}.dataset: "${id}" is derived; it is open to whoever may read what it is made of`);
  if (Object.hasOwn(agreement.schedules, id)) problems.push(`schedules.${id}: the dataset is derived, and made after each pull`);
  return problems;
}

function isMade({ type }: Field): boolean {
  return type === 'counts' || type === 'findings';
}
