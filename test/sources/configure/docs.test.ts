import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { loadSources } from '../../../src/sources';
import { jsonSchema } from '../../../src/sources/configure/schema';
import { agreement, cleanUp, folder } from '../support';

afterEach(cleanUp);

const root = path.join(__dirname, '../../..');
const doc = () => readFileSync(path.join(root, 'docs/sources.md'), 'utf8');

/** Every name of an option, however deep. */
function options(schema: unknown, into = new Set<string>()): Set<string> {
  if (typeof schema !== 'object' || schema === null) return into;
  const { properties } = schema as { properties?: Record<string, unknown> };
  for (const name of Object.keys(properties ?? {})) into.add(name);
  for (const part of Object.values(schema)) options(part, into);
  return into;
}

test('the schema for editors is that of the code', () => {
  const kept = JSON.parse(readFileSync(path.join(root, 'src/sources/configure/sources.schema.json'), 'utf8'));
  // If this fails: npx tsc, then write what dist/src/sources/schema.js's jsonSchema() gives into the file.
  expect(kept).toEqual(jsonSchema());
});

test('every option has its line in the guide', () => {
  const names = [...options(jsonSchema())];
  expect(names).toEqual(expect.arrayContaining(['baseUrl', 'sizeParam', 'notAuthorised', 'coolDownSeconds', 'known', 'accept']));
  // The tables and their headings, not the examples.
  const lines = doc()
    .split('\n')
    .filter((line) => line.startsWith('| `') || line.startsWith('### `'));
  expect(names.filter((name) => !lines.some((line) => line.includes(`\`${name}\``)))).toEqual([]);
});

test('the guide’s examples are right as they stand', () => {
  const blocks = [...doc().matchAll(/```yaml\n([\s\S]*?)```/g)].map((m) => m[1] as string);
  expect(blocks).toHaveLength(2);
  for (const block of blocks) {
    const file = path.join(folder(), 'sources.yaml');
    writeFileSync(file, block);
    const secrets = Object.fromEntries([...block.matchAll(/env: (\w+)/g)].map((m) => [m[1], 'secret']));
    expect(Object.keys(loadSources(file, agreement, secrets).sources)).toEqual(['iskur.agents']);
  }
});
