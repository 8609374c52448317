import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { datasetIds } from '../../src/simulator';
import { newCredentials } from '../../src/simulator/services/credentials';
import { secretTexts, simulatorQuerySources, simulatorSources } from '../../src/simulator/sources';
import { sourcesShape } from '../../src/sources/configure/config';

const options = {
  baseUrls: {
    agents: 'https://127.0.0.1:1/iskur',
    'agents-query': 'https://127.0.0.1:2/iskur',
    workers: 'https://127.0.0.1:3/emetip',
    children: 'https://127.0.0.1:4/cts',
  },
  caFile: '/tmp/ca.pem',
  secretFiles: { iskurUsername: '/tmp/u', iskurPassword: '/tmp/p', emetipToken: '/tmp/t', ctsKey: '/tmp/k' },
};
const { datasets } = parse(readFileSync(join(__dirname, '../../src/agreements/cgm-iskur-2024.yaml'), 'utf8'));

it('are plain JSON that the product accepts, for every dataset', () => {
  for (const sources of [simulatorSources(options), simulatorQuerySources(options)]) {
    expect(JSON.parse(JSON.stringify(sources))).toEqual(sources);
    expect(Object.keys(sourcesShape.parse(sources).sources)).toEqual([...datasetIds]);
  }
});

it('map every field of the agreement; the query, which does not repeat the id, all others', () => {
  for (const [dataset, source] of Object.entries(simulatorSources(options).sources)) {
    expect(Object.keys(source.fields)).toEqual(Object.keys(datasets[dataset].fields));
  }
  const { fields } = simulatorQuerySources(options).sources['iskur.agents'];
  expect(['nationalId', ...Object.keys(fields)]).toEqual(Object.keys(datasets['iskur.agents'].fields));
});

it('differ in kind and consistency as meant', () => {
  const listings = sourcesShape.parse(simulatorSources(options)).sources;
  expect(
    Object.values(listings).map((source) => (source.kind === 'listing' ? [source.paging.style, source.consistency, source.auth.type] : [])),
  ).toEqual([
    ['offset', 'version', 'basic'],
    ['page', 'version', 'bearer'],
    ['cursor', undefined, 'apiKey'],
  ]);
  expect(sourcesShape.parse(simulatorQuerySources(options)).sources['iskur.agents']).toMatchObject({
    kind: 'query',
    kinds: ['tckn'],
    known: [{ dataset: 'emetip.workers', field: 'agentId' }],
  });
});

it('name a file for each secret', () => {
  const texts = secretTexts(newCredentials());
  expect(Object.keys(texts).sort()).toEqual(Object.keys(options.secretFiles).sort());
  expect(new Set(Object.values(texts)).size).toBe(4);
  for (const text of Object.values(texts)) expect(JSON.stringify(simulatorSources(options))).not.toContain(text);
});
