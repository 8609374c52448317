import { derivedProblems } from './checkDerived';
import { ruleProblems } from './checkRules';
import { countable } from './fields';
import { filterProblems } from './filters';
import type { Agreement, Dataset } from './language';
import { scopeProblems } from './roles';
import { statisticProblems } from './statistics';

/** What must agree across an agreement file; each problem is a sentence that names its place. */
export function agreementProblems(agreement: Agreement): string[] {
  const problems: string[] = [];
  const party = (where: string, id: string) => {
    if (!Object.hasOwn(agreement.parties, id)) problems.push(`${where}: there is no party "${id}"`);
  };
  const dataset = (where: string, id: string) => {
    if (!Object.hasOwn(agreement.datasets, id)) problems.push(`${where}: there is no dataset "${id}"`);
  };

  party('host.party', agreement.host.party);
  if (Object.keys(agreement.parties).length < 2) problems.push('parties: an agreement needs at least two');

  for (const [id, { owner, key, fields }] of Object.entries(agreement.datasets)) {
    const where = `datasets.${id}`;
    party(`${where}.owner`, owner);
    const keyField = Object.hasOwn(fields, key) ? fields[key] : undefined;
    if (!keyField) problems.push(`${where}.key: there is no field "${key}"`);
    else if (keyField.type !== 'nationalId' || !keyField.index || !keyField.required) {
      problems.push(`${where}.key: the field "${key}" must be a required nationalId with index: true`);
    }
    const years = new Set<string>();
    for (const [name, field] of Object.entries(fields)) {
      const openYearAs = field.type === 'partialDate' ? field.openYearAs : undefined;
      if (openYearAs && (Object.hasOwn(fields, openYearAs) || years.has(openYearAs)))
        problems.push(`${where}.fields.${name}.openYearAs: "${openYearAs}" is already a field`);
      if (openYearAs) years.add(openYearAs);
      if (field.type === 'nationalId' && field.sensitivity === 'open') {
        problems.push(`${where}.fields.${name}.sensitivity: a national id is never open`);
      }
      if (field.type === 'integer' && (field.min ?? -Infinity) > (field.max ?? Infinity)) {
        problems.push(`${where}.fields.${name}: min is greater than max`);
      }
    }
    problems.push(...scopeProblems(where, agreement.datasets[id] as Dataset));
    problems.push(...reportProblems(`${where}.report`, agreement.datasets[id] as Dataset));
    const { derived } = agreement.datasets[id] as Dataset;
    if (!derived && !agreement.consents.some((c) => c.datasets.includes(id)))
      problems.push(`consents: the dataset "${id}" has no publication rule`);
  }

  const granted = new Map<string, string>();
  for (const [id, grant] of Object.entries(agreement.grants)) {
    const where = `grants.${id}`;
    const pair = `${grant.party} ${grant.dataset}`;
    // Only one of two would ever be read.
    if (granted.has(pair)) problems.push(`${where}: "${grant.party}" already has the grant "${granted.get(pair)}" on "${grant.dataset}"`);
    granted.set(pair, id);
    party(`${where}.party`, grant.party);
    dataset(`${where}.dataset`, grant.dataset);
    const source = agreement.datasets[grant.dataset];
    for (const name of grant.fields) {
      if (source && !Object.hasOwn(source.fields, name))
        problems.push(`${where}.fields: the dataset "${grant.dataset}" has no field "${name}"`);
    }
    for (const name of grant.aggregates) {
      if (source && !Object.hasOwn(source.fields, name))
        problems.push(`${where}.aggregates: the dataset "${grant.dataset}" has no field "${name}"`);
    }
    if (new Set(grant.fields).size !== grant.fields.length) problems.push(`${where}.fields: a field is named twice`);
    for (const name of grant.aggregates)
      if (grant.fields.includes(name)) problems.push(`${where}.aggregates: "${name}" is released already`);
    if (source?.owner === grant.party) problems.push(`${where}.party: "${grant.party}" owns the dataset and needs no grant`);
    for (const purpose of grant.purposes) {
      if (!Object.hasOwn(agreement.purposes, purpose)) problems.push(`${where}.purposes: there is no purpose "${purpose}"`);
    }
  }

  for (const id of Object.keys(agreement.schedules)) dataset('schedules', id);
  problems.push(...filterProblems(agreement), ...derivedProblems(agreement), ...ruleProblems(agreement), ...statisticProblems(agreement));
  agreement.consents.forEach((consent, i) => {
    party(`consents[${i}].owner`, consent.owner);
    for (const id of consent.datasets) {
      dataset(`consents[${i}].datasets`, id);
      const owner = agreement.datasets[id]?.owner;
      if (owner && owner !== consent.owner) problems.push(`consents[${i}]: "${consent.owner}" does not own "${id}"`);
    }
  });
  const { undertaking } = agreement.incidents;
  if (undertaking) party('incidents.undertaking.protects', undertaking.protects);
  const annexes = agreement.annexes.map((a) => a.id);
  if (new Set(annexes).size !== annexes.length) problems.push('annexes: an annex is named twice');
  return problems;
}

/** A report counts what is readable at rest and has few values. */
function reportProblems(where: string, { report, fields }: Dataset): string[] {
  const seen = new Set<string>();
  return (report?.by ?? []).flatMap((names, i) => {
    const place = `${where}.by[${i}]`;
    const problems = names.flatMap((name) => {
      const field = Object.hasOwn(fields, name) ? fields[name] : undefined;
      if (!field) return [`${place}: there is no field "${name}"`];
      return countable(field) ? [] : [`${place}: "${name}" is not an open field of few values (province, code, integer or boolean)`];
    });
    if (new Set(names).size !== names.length) problems.push(`${place}: a field is named twice`);
    const set = [...names].sort().join(' ');
    if (seen.has(set)) problems.push(`${place}: this grouping is already there`);
    seen.add(set);
    return problems;
  });
}
