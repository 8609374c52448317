import { accessSync, constants } from 'node:fs';
import type { Agreement, Dataset } from '../../agreements/language';
import { parsePath } from '../answer/lookup';
import { pathOf } from '../answer/mapping';
import { addressProblems, credentialProblems, requestProblems } from './checkRequest';
import type { FieldMapping, ListingConfig, QueryConfig, SourceConfig } from './config';

/** What must agree in one source, with the agreement and with the machine; each problem is a sentence that names its place. */
export function sourceProblems(where: string, id: string, source: SourceConfig, agreement: Agreement, env: NodeJS.ProcessEnv): string[] {
  const dataset = own(agreement.datasets, id);
  return [
    ...(dataset?.derived ? [`${where}: the dataset "${id}" is made of others, so it has no source`] : []),
    ...(dataset ? fieldProblems(where, source, dataset) : [`${where}: the agreement has no dataset "${id}"`]),
    ...addressProblems(where, source),
    ...credentialProblems(where, source, env),
    ...requestProblems(where, source),
    ...pathProblems(where, source),
    ...limitProblems(where, source),
    ...(source.kind === 'listing' ? listingProblems(where, source) : queryProblems(where, source, agreement)),
  ];
}

function fieldProblems(where: string, source: SourceConfig, dataset: Dataset): string[] {
  const problems: string[] = [];
  for (const [name, mapping] of Object.entries(source.fields)) {
    const field = own(dataset.fields, name);
    if (!field) {
      problems.push(`${where}.fields.${name}: the dataset has no field "${name}"`);
      continue;
    }
    if (typeof mapping === 'string') continue;
    if (mapping.format && field.type !== 'date' && field.type !== 'partialDate') {
      problems.push(`${where}.fields.${name}.format: the field is no date, so it has no date format`);
    }
    if (mapping.accept && (field.type === 'integer' || field.type === 'boolean')) {
      problems.push(`${where}.fields.${name}.accept: the field is kept as ${field.type}, not as a text that could come as a number`);
    }
  }
  for (const [name, field] of Object.entries(dataset.fields)) {
    const isAskedId = source.kind === 'query' && name === dataset.key;
    if (Object.hasOwn(source.fields, name) || isAskedId) continue;
    if (name === dataset.key) problems.push(`${where}.fields: the key field "${name}" is not mapped`);
    else if (field.required) problems.push(`${where}.fields: the required field "${name}" is not mapped`);
  }
  return problems;
}

function pathProblems(where: string, source: SourceConfig): string[] {
  const { response } = source;
  const paths: [string, string | undefined][] = [
    ['response.records', response.records],
    ['response.total', response.total],
    ['response.version', typeof response.version === 'string' ? response.version : undefined],
    ['response.time', response.time],
    ['response.code.at', response.code?.at],
    ...Object.entries(source.fields).map(([name, mapping]: [string, FieldMapping]): [string, string] => [
      `fields.${name}`,
      pathOf(mapping),
    ]),
  ];
  if (source.kind === 'listing' && source.paging.style === 'page') paths.push(['paging.pages', source.paging.pages]);
  if (source.kind === 'listing' && source.paging.style === 'cursor') paths.push(['paging.next', source.paging.next]);
  return paths.flatMap(([place, path]) =>
    path !== undefined && parsePath(path).includes('')
      ? [`${where}.${place}: "${path}" has an empty name between dots; write it like data.items`]
      : [],
  );
}

function limitProblems(where: string, { limits, retry }: SourceConfig): string[] {
  const problems: string[] = [];
  if (limits.maxInflatedBytes < limits.maxBodyBytes) problems.push(`${where}.limits.maxInflatedBytes: it is smaller than maxBodyBytes`);
  if (retry.firstSeconds > retry.maxSeconds) problems.push(`${where}.retry.firstSeconds: it is greater than maxSeconds`);
  return problems;
}

function listingProblems(where: string, source: ListingConfig): string[] {
  const problems: string[] = [];
  const { paging, request } = source;
  const names = Object.entries(paging).flatMap(([option, value]) =>
    option.endsWith('Param') && typeof value === 'string' ? [{ option, value }] : [],
  );
  for (const { option, value } of names) {
    if (value === '') problems.push(`${where}.paging.${option}: it is empty`);
    if (Object.hasOwn(request.query, value) || Object.hasOwn(request.body ?? {}, value)) {
      problems.push(`${where}.paging.${option}: "${value}" also stands under request; paging sets it`);
    }
  }
  if (new Set(names.map((n) => n.value)).size !== names.length) problems.push(`${where}.paging: two parameters have one name`);
  const { split } = source;
  if (split?.by === 'pages' && paging.style !== 'page' && paging.style !== 'offset')
    problems.push(`${where}.split: paging by ${paging.style} does not count, so it has no ranges of pages; split by query or never`);
  if (split?.by === 'query' && (Object.hasOwn(request.query, split.parameter) || names.some((n) => n.value === split.parameter)))
    problems.push(`${where}.split.parameter: "${split.parameter}" is set already, under request or by paging`);
  if (split?.by === 'query' && new Set(split.values).size !== split.values.length)
    problems.push(`${where}.split.values: a value stands there twice`);
  if (source.consistency === 'version' && source.response.version === undefined) {
    problems.push(`${where}.consistency: "version" needs response.version, which is not configured`);
  }
  return problems;
}

function queryProblems(where: string, source: QueryConfig, agreement: Agreement): string[] {
  const problems: string[] = [];
  if (!placesId(source.request.body)) problems.push(`${where}.request.body: "{id}" stands nowhere in it, so nobody would be asked for`);
  source.known.forEach((known, i) => {
    const place = `${where}.known[${i}]`;
    if ('file' in known) {
      try {
        accessSync(known.file, constants.R_OK);
      } catch {
        problems.push(`${place}.file: the file ${known.file} cannot be read`);
      }
      return;
    }
    const dataset = own(agreement.datasets, known.dataset);
    if (!dataset) {
      problems.push(`${place}.dataset: the agreement has no dataset "${known.dataset}"`);
      return;
    }
    const field = own(dataset.fields, known.field);
    if (!field) problems.push(`${place}.field: the dataset "${known.dataset}" has no field "${known.field}"`);
    else if (field.type !== 'nationalId') problems.push(`${place}.field: "${known.field}" is not a national id`);
  });
  return problems;
}

function placesId(value: unknown): boolean {
  if (typeof value === 'string') return value.includes('{id}');
  return typeof value === 'object' && value !== null && Object.values(value).some(placesId);
}

function own<T>(of: Record<string, T>, name: string): T | undefined {
  return Object.hasOwn(of, name) ? of[name] : undefined;
}
