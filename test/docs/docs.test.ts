import { errorCatalogue } from '../../src/core/errors';
import { variableExamples } from '../../src/infra/settings';
import { articles } from '../agreements/articles';
import { allCommands, type HelpedCommand } from './support/help';
import { brokenLinks, citations, page, pages, rows, unnamed, wrongCommands, wrongScripts } from './support/pages';

const operators = page('docs/operators.md');
const manifest = JSON.parse(page('package.json')) as { scripts: Record<string, string> };

/** Why a record may be set aside: the union of the values' problems, and those of the whole record. */
function quarantineReasons(): string[] {
  const union = /export type ValueProblem =([^;]*);/.exec(page('src/intake/values.ts'))?.[1] ?? '';
  const ofRecords = [...page('src/intake/reader.ts').matchAll(/reason: '([a-z-]+)'/g)];
  const ofPulls = [...page('src/snapshots/duplicates.ts').matchAll(/'([a-z]+-conflict)'/g)];
  return [...new Set([...union.matchAll(/'([a-z-]+)'/g), ...ofRecords, ...ofPulls].map((m) => m[1] as string))];
}

describe('errors.md', () => {
  const catalogue = Object.entries(errorCatalogue).map(([code, e]) => [code, String(e.status), String(e.exit), e.meaning]);

  test('lists exactly the codes of the catalogue, each with its status, exit code and meaning', () => {
    expect(rows(page('docs/errors.md')).map((row) => row.slice(0, 4))).toEqual(catalogue);
  });

  test('says of each what to do', () => {
    for (const [code, , , , todo] of rows(page('docs/errors.md'))) expect([code, (todo ?? '').length > 10]).toEqual([code, true]);
  });

  test('operators.md explains every exit code, and names none that is not there', () => {
    const codes = [...(/## Exit codes\n([\s\S]*?)\n## /.exec(operators)?.[1] ?? '').matchAll(/^\| (\d) \|/gm)].map((m) => Number(m[1]));
    expect(codes).toEqual([...new Set([0, ...Object.values(errorCatalogue).map((e) => e.exit)])].sort());
  });

  test('every code that another page names in a table of codes is in the catalogue', () => {
    for (const name of ['docs/operators.md', 'docs/sources.md']) {
      const tables = [...page(name).matchAll(/^\| code \|.*\n\|[-|]+\n((?:\|.*\n)+)/gm)].map((m) => m[1] as string).join('');
      const named = [...tables.matchAll(/^\| (`[^|]*) \|/gm)].flatMap((m) =>
        [...(m[1] as string).matchAll(/`([a-z-]+)`/g)].map((c) => c[1] as string),
      );
      expect(named.length).toBeGreaterThan(5);
      expect(named.filter((code) => !Object.hasOwn(errorCatalogue, code))).toEqual([]);
    }
  });
});

describe('operators.md', () => {
  test('names every variable of .env.example, and the example every variable there is', () => {
    const variables = [...page('.env.example').matchAll(/^# ([A-Z_]+)=/gm)].map((m) => m[1] as string);
    expect([...variables].sort()).toEqual(Object.keys(variableExamples()).sort());
    expect(
      rows(operators)
        .flatMap(([name]) => (/^[A-Z_]+$/.test(name) ? [name] : []))
        .sort(),
    ).toEqual([...variables].sort());
  });

  test('names every reason for quarantine, in its table', () => {
    const reasons = quarantineReasons();
    expect(reasons).toEqual(expect.arrayContaining(['wrong-type', 'province-unknown', 'not-an-object', 'duplicate-conflict']));
    const told = /\| reason \|.*\n\|[-|]+\n((?:\|.*\n)+)/.exec(operators)?.[1] ?? '';
    expect(
      rows(told)
        .map(([reason]) => reason)
        .sort(),
    ).toEqual([...reasons].sort());
  });
});

describe('commands', () => {
  let commands: HelpedCommand[];
  beforeAll(async () => {
    commands = await allCommands();
  });

  test('the help was read', () => {
    expect(commands.map((c) => c.name)).toEqual(
      expect.arrayContaining(['up', 'sync', 'runs cancel', 'quarantine replay', 'agreement record', 'simulator serve']),
    );
    expect(commands.filter((c) => c.group).map((c) => c.name)).toEqual([
      'quota',
      'consent',
      'publication',
      'agreement',
      'audit',
      'register',
      'register given',
      'register release',
      'subject',
      'incident',
      'personnel',
      'person',
      'access',
      'undertaking',
      'token',
      'service',
      'cert',
      'address',
      'simulator',
    ]);
    expect(commands.find((c) => c.name === 'sync')?.options).toEqual(['--wait', '--json', '--help']);
  });

  test('operators.md has a line for every command, and names its options', () => {
    const lines = rows(operators).map(([first]) => first);
    const silent = commands.filter((c) => !c.group && !lines.some((line) => `${line} `.startsWith(`kopru ${c.name} `)));
    expect(silent.map((c) => c.name)).toEqual([]);
    expect(unnamed(operators, [...new Set(commands.flatMap((c) => c.options))])).toEqual([]);
  });

  test.each(pages)('%s: its commands are there and take the options that are shown', (name) => {
    expect(wrongCommands(page(name), commands)).toEqual([]);
  });

  test('one that is not there is seen', () => {
    const text =
      'Use `kopru snapshot` or:\n```sh\nkopru sync all --now\nkopru agreement forget\nnpm run -s kopru -- reed x --as y\nkopru runs cancel 3\n```\n';
    expect(wrongCommands(text, commands)).toEqual([
      'kopru sync has no --now',
      'there is no command: kopru agreement forget',
      'there is no command: kopru reed x --as y',
      'there is no command: kopru snapshot',
    ]);
  });
});

describe('links and scripts', () => {
  test.each(pages)('%s: every relative link leads somewhere', (name) => expect(brokenLinks(name, page(name))).toEqual([]));

  test.each(pages)('%s: every npm command is in package.json', (name) => expect(wrongScripts(page(name), manifest.scripts)).toEqual([]));

  test('README leads to every page', () => {
    const links = [...page('README.md').matchAll(/\]\((docs\/[^)#]+)/g)].map((m) => m[1]);
    expect(pages.filter((name) => name !== 'README.md' && !links.includes(name))).toEqual([]);
  });

  test('what leads nowhere is seen', () => {
    const text =
      '# A heading, here\n[a](#a-heading-here) [b](#another) [c](../README.md) [d](gone.md) [e](operators.md#settings) [f](operators.md#gone) [g](https://a.example)';
    expect(brokenLinks('docs/api.md', text)).toEqual(['#another', 'gone.md', 'operators.md#gone']);
    expect(wrongScripts('`npm start`, `npm run -s kopru -- up` and `npm run dance`', manifest.scripts)).toEqual(['dance']);
    expect(unnamed('`--wait` and `read --as PARTY`, not in words: --limit', ['--wait', '--as', '--limit'])).toEqual(['--limit']);
  });
});

describe('citations', () => {
  test.each(pages)('%s: every article that is cited is in the signed text', (name) => {
    expect(citations(page(name)).filter((one) => !articles.has(one))).toEqual([]);
  });

  test('they are found, and one that is not there is seen', () => {
    expect(pages.flatMap((name) => citations(page(name))).length).toBeGreaterThan(10);
    const text = 'By V.Ç.5, VI.A.1–2 and VII (2) 2.2 (Ek-2 3.1.5); not V.Ç.11, VI.B.1, VII.5 or Ek-2 3.1.6.';
    expect(citations(text).filter((one) => !articles.has(one))).toEqual(['V.Ç.11', 'VI.B.1', 'VII.5', 'Ek-2 3.1.6']);
  });
});
