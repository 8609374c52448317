import { durationFamily, families } from '../../src/surfaces/ops/families';
import { readableFamily } from '../../src/surfaces/ops/metrics';
import { page } from './support/pages';

const operators = page('docs/operators.md');

test('operators.md lists exactly the metrics that there are, each with its type and labels', () => {
  const table = /\| metric \|.*\n\|[-|]+\n((?:\|.*\n)+)/.exec(operators)?.[1] ?? '';
  const told = [...table.matchAll(/^\| `(\w+)` \| (\w+) \| (.*?) ?\| .{5,} \|$/gm)].map((m) => [
    m[1],
    m[2],
    [...(m[3] as string).matchAll(/`(\w+)`/g)].map((label) => label[1]),
  ]);
  const there = [...families, durationFamily, readableFamily].map(({ name, type, labels }) => [name, type, [...labels]]);
  expect(there.length).toBeGreaterThan(10);
  expect([...told].sort()).toEqual([...there].sort());
  expect(table.trim().split('\n')).toHaveLength(told.length);
});

test('the rules that it shows ask for metrics that there are', () => {
  const named = [...operators.matchAll(/\bkopru_[a-z_]+/g)].map((m) => m[0]);
  const known = new Set([...families, durationFamily, readableFamily].map(({ name }) => name));
  // No metric: a role of the database.
  known.add('kopru_api');
  expect(named.filter((name) => !known.has(name))).toEqual([]);
});
