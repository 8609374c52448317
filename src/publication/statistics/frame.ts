import type { Agreement } from '../../agreements/language';
import { countedDataset, type Statistic, type StatisticDimension } from '../../agreements/statistics';
import type { IsoDate } from '../../core/dates';
import { provinces } from '../../core/provinces';
import type { Category, Dimension } from '../control/types';

/** What is not reported, and what is none of the known values. */
export const [unknown, other] = ['_U', '_O'];
const [before, after] = ['_B', '_A'];
const notReported: Category = { code: unknown, label: 'Belirtilmemiş' };

/** A dimension as the table has it, and SQL that is the category's code of the counted row; names and values become parameters. */
export interface Cut {
  dimension: Dimension;
  code: string;
}

/**
 * How a statistic sorts what it counts on a day of Europe/Istanbul. The categories follow from the agreement and the day alone, so that
 * a table tells nothing by having or lacking one. The row is `r`, a record; a finding is `f`, and `r` the record that it lies on.
 */
export function cutsOf(agreement: Agreement, statistic: Statistic, day: IsoDate, values: unknown[]): Cut[] {
  return statistic.by.map((by) => cutOf(agreement, statistic, by, day, (value) => `$${values.push(value)}`));
}

type Parameter = (value: unknown) => string;

function cutOf(agreement: Agreement, statistic: Statistic, by: StatisticDimension, day: IsoDate, parameter: Parameter): Cut {
  const { id, label } = by;
  const cut = (categories: Category[], code: string): Cut => ({ dimension: { id, label, categories }, code });
  const open = (field: string) => `(r.open ->> ${parameter(field)}::text)`;
  const known = (value: string, codes: readonly string[]) =>
    `case when ${value} is null then '${unknown}' when ${value} = any (${parameter(codes)}::text[]) then ${value} else '${other}' end`;
  const place = (value: string) => cut(provinceCategories(), known(value, Object.keys(provinces)));
  switch (by.by) {
    case 'province':
      return place(open(by.field));
    case 'largest':
      return place(largest(agreement, statistic, by, parameter));
    case 'place':
      return place(placeOf(agreement, parameter));
    case 'boolean':
      return cut(
        [{ code: 'true', label: 'Evet' }, { code: 'false', label: 'Hayır' }, notReported],
        `coalesce(${open(by.field)}, '${unknown}')`,
      );
    case 'code': {
      const values = codesOf(agreement, statistic, by.field);
      return cut([...values.map(codeCategory), { code: other, label: 'Diğer' }, notReported], known(open(by.field), values));
    }
    case 'rule': {
      const rules = 'findings' in statistic.counts ? statistic.counts.findings : [];
      return cut(
        rules.map((rule) => ({ code: rule, label: agreement.rules[rule]?.label ?? rule })),
        'f.rule',
      );
    }
    case 'month':
      return cut(monthCategories(day.slice(0, 4)), monthCode(open(by.field), parameter(day.slice(0, 4))));
    case 'age':
      return cut(
        [...by.bands.map(bandCategory), notReported],
        ageCode(open(yearField(agreement, statistic, by.birth)), by.bands, parameter(Number(day.slice(0, 4)))),
      );
  }
}

function provinceCategories(): Category[] {
  const all = Object.entries(provinces).map(([code, label]) => ({ code, label }));
  return [...all, { code: other, label: 'Diğer' }, notReported];
}

function codesOf({ datasets }: Agreement, statistic: Statistic, field: string): string[] {
  const definition = datasets[countedDataset(statistic) ?? '']?.fields[field];
  return definition?.type === 'code' ? definition.values : [];
}

function codeCategory(code: string): Category {
  return { code, label: code.replaceAll('_', ' ') };
}

function monthCategories(year: string): Category[] {
  const months = Array.from({ length: 12 }, (_, i) => `${year}-${String(i + 1).padStart(2, '0')}`);
  return [
    // Another year's "before" is another time.
    { code: before, label: `${year} öncesi`, atoms: [`<${year}`] },
    ...months.map((month) => ({ code: month, label: month })),
    { code: after, label: `${year} sonrası`, atoms: [`>${year}`] },
    notReported,
  ];
}

function monthCode(date: string, year: string): string {
  return `case when ${date} is null then '${unknown}' when left(${date}, 4) < ${year}::text collate "C" then '${before}'
    when left(${date}, 4) > ${year}::text collate "C" then '${after}' else left(${date}, 7) end`;
}

type Band = Extract<StatisticDimension, { by: 'age' }>['bands'][number];

function bandCategory({ from, to }: Band): Category {
  const code = to === undefined ? `${from}+` : from === to ? String(from) : `${from}-${to}`;
  return { code, label: to === undefined ? `${from} ve üstü` : from === to ? `${from} yaş` : `${from}–${to} yaş` };
}

function ageCode(birthYear: string, bands: readonly Band[], year: string): string {
  const age = `(${year}::int - ${birthYear}::int)`;
  const cases = bands.map(
    (band) => `when ${age} >= ${band.from}${band.to === undefined ? '' : ` and ${age} <= ${band.to}`} then '${bandCategory(band).code}'`,
  );
  return `case ${cases.join(' ')} else '${unknown}' end`;
}

function yearField({ datasets }: Agreement, statistic: Statistic, birth: string): string {
  const definition = datasets[countedDataset(statistic) ?? '']?.fields[birth];
  return definition?.type === 'partialDate' ? (definition.openYearAs ?? '') : '';
}

/** Of numbers by group, the group that has most; of several the first. */
function largest(
  { datasets }: Agreement,
  statistic: Statistic,
  { field, group }: Extract<StatisticDimension, { by: 'largest' }>,
  parameter: Parameter,
): string {
  const derive = datasets[countedDataset(statistic) ?? '']?.fields[field]?.derive;
  const groups = derive?.kind === 'count' ? derive.groups : [];
  // A row is its groups in their order, and the number at last.
  const [at, count] = [parameter(groups.indexOf(group)), parameter(groups.length)];
  return `(select g ->> ${at}::int from jsonb_array_elements(r.open -> ${parameter(field)}::text) g
           group by 1 order by sum((g ->> ${count}::int)::int) desc, (g ->> ${at}::int) collate "C" limit 1)`;
}

/** Where the record lies on which a finding does: its dataset's own province. */
function placeOf({ datasets }: Agreement, parameter: Parameter): string {
  const cases = Object.entries(datasets).flatMap(([dataset, { scope }]) =>
    scope ? [`when ${parameter(dataset)}::text then r.open ->> ${parameter(scope.province)}::text`] : [],
  );
  return cases.length === 0 ? 'null::text' : `(case f.dataset ${cases.join(' ')} end)`;
}
