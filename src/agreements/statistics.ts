import { z } from 'zod';
import { type Contribution, fieldContributions, rowContributions } from './derived';
import { countable } from './fields';
import type { Agreement, Dataset, Field } from './language';
import { contributions, type Rule, type RulePlace } from './rules';
import { article, datasetId, fieldName, id, label } from './words';

const band = z.strictObject({
  from: z.int().nonnegative(),
  to: z.int().nonnegative().optional().describe('the last year; left out: no end'),
});
const named = { id: fieldName, label };

/** How everybody who is counted is sorted along a dimension; each way puts a record into exactly one category, "unknown" being one. */
const dimension = z.discriminatedUnion('by', [
  z.strictObject({ ...named, by: z.literal('province'), field: fieldName }),
  z.strictObject({ ...named, by: z.literal('code'), field: fieldName }).describe('the known values, and all others together'),
  z.strictObject({ ...named, by: z.literal('boolean'), field: fieldName }),
  z.strictObject({ ...named, by: z.literal('month'), field: fieldName }).describe('of a day: the months of the year that is counted'),
  z
    .strictObject({ ...named, by: z.literal('age'), birth: fieldName, bands: z.array(band).min(1) })
    .describe('the age that is completed within the year that is counted, by the year of birth'),
  z
    .strictObject({ ...named, by: z.literal('largest'), field: fieldName, group: fieldName })
    .describe('of numbers by group: the province that has most of them'),
  z.strictObject({ ...named, by: z.literal('rule') }).describe('of findings'),
  z.strictObject({ ...named, by: z.literal('place') }).describe('of findings: the province of the record that it lies on'),
]);
export type StatisticDimension = z.infer<typeof dimension>;

/** What is counted: records, the sum of a number that they hold, or findings that are open. */
const counted = z.union([
  z.strictObject({ records: datasetId }),
  z.strictObject({ sum: fieldName, of: datasetId }),
  z.strictObject({ findings: z.array(id).min(1) }),
]);

/** A table that may be published: one entry of a closed catalogue. */
export const statistic = z.strictObject({
  label,
  unit: label.describe('what a count counts'),
  counts: counted,
  by: z.array(dimension).min(1).max(3),
  article,
});
export type Statistic = z.infer<typeof statistic>;

/**
 * Names what is counted. Tables of one population and one day count the same, whatever they are sorted by: what is published of one
 * tells of the others.
 */
export function populationOf({ counts }: Statistic): string {
  if ('records' in counts) return `records ${counts.records}`;
  return 'sum' in counts ? `sum ${counts.of} ${counts.sum}` : 'findings';
}

/**
 * The other populations of the catalogue that hold some of the same people: a dataset and one that is derived from it, or records
 * and a sum of how many of them refer to something. What is published of one may be subtracted from the other.
 */
export function overlapsOf(agreement: Agreement, one: Statistic): string[] {
  const base = baseOf(agreement, one);
  const others = Object.values(agreement.statistics).filter((other) => base !== undefined && baseOf(agreement, other) === base);
  return [...new Set(others.map(populationOf))].filter((population) => population !== populationOf(one));
}

/** The dataset of which whatever is counted is a record in the end. */
function baseOf({ datasets }: Agreement, one: Statistic): string | undefined {
  const id = countedDataset(one);
  const dataset = id === undefined ? undefined : datasets[id];
  if (!dataset) return undefined;
  const derive = 'sum' in one.counts ? dataset.fields[one.counts.sum]?.derive : undefined;
  if (derive?.kind === 'count') return derive.by.dataset;
  return 'sum' in one.counts ? populationOf(one) : (dataset.derived?.of ?? id);
}

/** The dataset whose records are counted; undefined for findings. */
export function countedDataset({ counts }: Statistic): string | undefined {
  if ('records' in counts) return counts.records;
  return 'sum' in counts ? counts.of : undefined;
}

/** The fields of the counted dataset that a statistic looks at. */
export function fieldsOf({ counts, by }: Statistic): string[] {
  const fields = by.flatMap((one) => ('field' in one ? [one.field] : 'birth' in one ? [one.birth] : []));
  return [...new Set(['sum' in counts ? [counts.sum] : [], fields].flat())];
}

/** Every field of a source's dataset that goes into a statistic; what is derived counts as what it is made of. */
export function statisticContributions(agreement: Agreement, one: Statistic): Contribution[] {
  if ('findings' in one.counts) {
    const key = (dataset: string): RulePlace => ({ dataset, field: agreement.datasets[dataset]?.key ?? '' });
    const compared = one.counts.findings.flatMap((rule) => contributions(agreement.rules[rule] as Rule, key));
    return compared.map((at) => ({ ...at, counted: true }));
  }
  const id = countedDataset(one) as string;
  const dataset = agreement.datasets[id] as Dataset;
  const fields = fieldsOf(one);
  if (!dataset.derived) return [dataset.key, ...fields].map((field) => ({ dataset: id, field, counted: true }));
  const parts = fields.flatMap((field) => fieldContributions(dataset, dataset.fields[field] as Field));
  return [...rowContributions(agreement, dataset), ...parts].map((at) => ({ ...at, counted: true }));
}

/** The sources' datasets that a statistic draws on. */
export function statisticDatasets(agreement: Agreement, one: Statistic): string[] {
  return [...new Set(statisticContributions(agreement, one).map(({ dataset }) => dataset))];
}

/** What must agree across the catalogue. */
export function statisticProblems(agreement: Agreement): string[] {
  const seen = new Map<string, string>();
  return Object.entries(agreement.statistics).flatMap(([id, one]) => {
    const where = `statistics.${id}`;
    const problems = countsProblems(agreement, where, one);
    if (problems.length > 0) return problems;
    const ids = one.by.map((by) => by.id);
    if (new Set(ids).size !== ids.length) problems.push(`${where}.by: a dimension is named twice`);
    one.by.forEach((by, i) => {
      const place = `${where}.by[${i}]`;
      problems.push(...dimensionProblems(agreement, place, one, by));
      // What is published of one table tells of the other: so they must be cut alike.
      const key = `${populationOf(one)} ${by.id}`;
      const { label: _, ...cut } = by;
      const as = JSON.stringify(cut);
      if ((seen.get(key) ?? as) !== as) problems.push(`${place}: another statistic of the same records cuts "${by.id}" otherwise`);
      seen.set(key, as);
    });
    return problems;
  });
}

function countsProblems({ datasets, rules, statistics }: Agreement, where: string, one: Statistic): string[] {
  const { counts } = one;
  if ('findings' in counts) {
    const all = Object.values(statistics).filter(({ counts: other }) => 'findings' in other);
    if (all.some((other) => JSON.stringify(other.counts) !== JSON.stringify(counts)))
      return [`${where}.counts: all statistics of findings must count the same rules`];
    return counts.findings.filter((rule) => !Object.hasOwn(rules, rule)).map((rule) => `${where}.counts: there is no rule "${rule}"`);
  }
  const id = countedDataset(one) as string;
  const dataset = Object.hasOwn(datasets, id) ? datasets[id] : undefined;
  if (!dataset) return [`${where}.counts: there is no dataset "${id}"`];
  const field = 'sum' in counts && Object.hasOwn(dataset.fields, counts.sum) ? dataset.fields[counts.sum] : undefined;
  if ('sum' in counts && (field?.type !== 'integer' || field.sensitivity !== 'open'))
    return [`${where}.counts: "${counts.sum}" is not an open integer of "${id}"`];
  return [];
}

function dimensionProblems({ datasets }: Agreement, place: string, one: Statistic, by: StatisticDimension): string[] {
  const id = countedDataset(one);
  const fields = id === undefined ? {} : (datasets[id]?.fields ?? {});
  const of = (name: string): Field | undefined => (Object.hasOwn(fields, name) ? fields[name] : undefined);
  if (by.by === 'rule' || by.by === 'place') return id === undefined ? [] : [`${place}: only findings are sorted by ${by.by}`];
  if (id === undefined) return [`${place}: findings are sorted by rule or place`];
  if (by.by === 'age') {
    const birth = of(by.birth);
    if (birth?.type !== 'partialDate' || !birth.openYearAs) return [`${place}: "${by.birth}" is no birth date whose year stays readable`];
    const joined = by.bands.every(({ from, to }, i) => {
      const next = by.bands[i + 1];
      return next ? to !== undefined && to >= from && next.from === to + 1 : (to ?? from) >= from;
    });
    return joined ? [] : [`${place}.bands: each must begin where the one before ends, and the last alone may have no end`];
  }
  const field = of(by.field);
  if (!field) return [`${place}: there is no field "${by.field}"`];
  if (by.by === 'month') return field.type === 'date' && field.sensitivity === 'open' ? [] : [`${place}: "${by.field}" is no open day`];
  if (by.by === 'largest') {
    const groups = field.derive?.kind === 'count' ? field.derive.groups : [];
    return groups.includes(by.group) ? [] : [`${place}: "${by.field}" is not counted by "${by.group}"`];
  }
  return countable(field) && field.type === by.by ? [] : [`${place}: "${by.field}" is no open field of the type ${by.by}`];
}
