import fc from 'fast-check';
import { table } from '../../../src/surfaces/cli/terminal';

const letters = (line: string) => [...line].length;
const widest = (text: string) => Math.max(...text.split('\n').map(letters));
/** The letters of a column's cells, without the lines and blanks between them. */
const within = (text: string, column: number) =>
  text
    .split('\n')
    .filter((line) => line.startsWith('│'))
    .map((line) => line.split('│')[column + 1] as string)
    .join('')
    .replace(/\s/g, '');

const head = ['finding', 'rule', 'detail'];
const rows = [
  ['1', 'agent-unlisted', 'workers: 12, season: 2026, provinces: ["01","63"]'],
  ['2', 'x', `${'Ğ'.repeat(200)} end`],
];

test('a table is no wider than the terminal, and loses nothing', () => {
  for (const columns of [60, 80, 120]) {
    const text = table(head, rows, columns);
    expect(widest(text)).toBeLessThanOrEqual(columns);
    expect(within(text, 2)).toContain('workers:12,season:2026,provinces:["01","63"]');
    expect(within(text, 2)).toContain(`${'Ğ'.repeat(200)}end`);
    // What is short stays on one line: the longest cells give way.
    expect(text).toMatch(/│ 1 +│ agent-unlisted │ workers: 12/);
  }
});

test('where there is room, or no terminal, it is as wide as it needs to be', () => {
  const natural = table(head, rows.slice(0, 1), undefined);
  expect(table(head, rows.slice(0, 1), 200)).toBe(natural);
  expect(widest(natural)).toBe(letters('│ finding │ rule           │ detail                                            │'));
  expect(table(['a', 'b'], [], 80)).toMatch(/│ a │ b │/);
  expect(table(['n'], [[1_000_000], [null]], 80)).toMatch(/│ 1,000,000 │/);
});

test('whatever stands in it', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.stringMatching(/^[a-zğı ]{0,80}$/), fc.nat(), fc.stringMatching(/^[A-Zİ,:]{0,300}$/)), { maxLength: 5 }),
      fc.integer({ min: 40, max: 200 }),
      (made, columns) => {
        const text = table(['words', 'number', 'codes'], made, columns);
        expect(widest(text)).toBeLessThanOrEqual(columns);
        expect(within(text, 2)).toBe(`codes${made.map(([, , codes]) => codes).join('')}`);
      },
    ),
  );
});
