import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { articles, cited } from '../agreements/articles';
import { agreement2024 } from '../agreements/support/files';
import { exports, hasTest, testOf } from './clauses/names';
import { clausePage } from './clauses/page';
import { chapters, clauses, silent } from './clauses/table';
import { page, root } from './support/pages';

const name = 'docs/clauses.md';
const generated = clausePage(chapters, silent);
if (process.env.UPDATE_DOCS) writeFileSync(path.join(root, name), generated);

/** Every `article` of the agreement file. */
function citations(part: unknown): string[] {
  if (typeof part !== 'object' || part === null) return [];
  return Object.entries(part).flatMap(([key, value]) => (key === 'article' ? cited(value as string) : citations(value)));
}

const enforced = clauses.flatMap((clause) => clause.enforced);
const known = new Set(clauses.flatMap(({ article }) => cited(article)));

describe('the table of clauses', () => {
  test('clauses.md is what it generates: npm run docs writes it', () => expect(page(name)).toBe(generated));

  test('text cites articles that the protocol has, policy none', () => {
    for (const { article, kind } of clauses) {
      if (kind === 'policy') expect(article).toBe('policy');
      else expect(cited(article).filter((one) => !articles.has(one))).toEqual([]);
    }
    expect(clauses.filter(({ kind }) => kind === 'text').length).toBeGreaterThan(30);
    expect(clauses.filter(({ kind }) => kind === 'policy').length).toBeGreaterThan(5);
  });

  test('every article of the protocol is in it, or asks nothing of a program', () => {
    const within = (one: string) =>
      [...known].some((article) => article === one || article.startsWith(`${one}.`) || one.startsWith(`${article}.`));
    // An article whose paragraphs stand here is there with them: Ek-2, V.E, Ek-2 3.1.
    const whole = (one: string) =>
      [...articles].some((other) => other !== one && other.startsWith(one) && /^[. ]/.test(other.slice(one.length)));
    expect([...articles].filter((one) => !within(one) && !whole(one) && !Object.hasOwn(silent, one))).toEqual([]);
    for (const article of Object.keys(silent)) expect([article, articles.has(article), known.has(article)]).toEqual([article, true, false]);
  });

  test('every article that the agreement file cites is in it', () => {
    const all = [...new Set(citations(agreement2024))].filter((one) => one !== 'policy');
    expect(all.length).toBeGreaterThan(15);
    expect(all.filter((one) => !known.has(one))).toEqual([]);
  });

  test('what is enforced stands where the table says, and has tests; what is not says what is open', () => {
    for (const { article, says, enforced: here, tests, open } of clauses) {
      expect([article, says, here.length > 0, tests.length > 0]).toEqual([article, says, tests.length > 0, here.length > 0]);
      if (here.length === 0) expect([article, says, (open ?? '').length > 10]).toEqual([article, says, true]);
    }
    const misplaced = enforced.filter(({ at, off: [find] }) => {
      const [file, symbol] = at.split('#') as [string, string?];
      const text = page(file);
      // One place is switched off, and no other.
      return !exports(file, text, symbol) || text.split(find).length !== 2;
    });
    expect(misplaced).toEqual([]);
    expect(enforced.length).toBeGreaterThan(80);
  });

  test('every named test is there', () => {
    const named = [...new Set(clauses.flatMap(({ tests }) => tests))].map(testOf);
    expect(named.filter(({ file, title }) => !hasTest(page(file), title))).toEqual([]);
  });

  test('a test or an export that is not there is seen', () => {
    const text =
      "test('one', () => {});\ntest.each([['a row']])('two: %s', (x) => x);\ntest(`three`, async () => {});\nexport function f() {}";
    expect(['one', 'two: a row', 'two: %s', 'three'].filter((title) => !hasTest(text, title))).toEqual([]);
    expect(['four', 'two: another row', 'a row', 'on'].filter((title) => hasTest(text, title))).toEqual([]);
    expect([exports('a.ts', text, 'f'), exports('a.ts', text, 'g'), exports('a.ts', text, undefined)]).toEqual([true, false, false]);
    expect(exports('a.sql', 'CREATE FUNCTION "f"() …', 'f')).toBe(true);
  });
});
