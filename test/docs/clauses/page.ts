import type { Chapter, Clause, Enforcement } from './clause';
import { testOf } from './names';

const introduction = `# The clauses

Each article of the protocol of 2024, what the program does about it, where that is enforced, and the tests of which at least one fails when any one of these enforcements is switched off; what no article says stands under *policy*, and what is missing is marked **open**. This page is generated from [test/docs/clauses/table.ts](../test/docs/clauses/table.ts): change that, and run \`npm run docs\`.

How an enforcement is switched off stands in the table, too: a text of the file that becomes another one. The ordinary tests do it to those that decide without a database, in memory; \`npm run switch-off\` does it to all of them, in a copy of the project, and takes a while.
`;

const cell = (text: string) => text.replace(/\|/g, '\\|').replace(/\n/g, ' ');

function place({ at }: Enforcement): string {
  const [file, symbol] = at.split('#') as [string, string?];
  return `[${file}](../${file})${symbol ? ` \`${symbol}\`` : ''}`;
}

/** Each file once, with its tests. */
function tests(named: readonly string[]): string {
  const files = new Map<string, string[]>();
  for (const { file, title } of named.map(testOf)) files.set(file, [...(files.get(file) ?? []), title]);
  return [...files].map(([file, titles]) => `[${file}](../${file}): ${titles.map((title) => `“${cell(title)}”`).join('; ')}`).join('<br>');
}

function row({ article, says, behaviour, enforced, tests: named, open }: Clause): string {
  const does = [behaviour === '—' ? '' : cell(behaviour), open === undefined ? '' : `**Open:** ${cell(open)}`].filter(
    (part) => part !== '',
  );
  const places = [...new Set(enforced.map(place))].join('<br>');
  return `| ${article} | ${cell(says)} | ${does.join(' ')} | ${places} | ${tests(named)} |`;
}

/** docs/clauses.md. */
export function clausePage(chapters: readonly Chapter[], silent: Readonly<Record<string, string>>): string {
  const tables = chapters.map(
    ({ title, clauses }) =>
      `## ${title}\n\n| article | what is asked | what the program does | enforced in | tests |\n|---|---|---|---|---|\n${clauses.map(row).join('\n')}\n`,
  );
  const nothing = Object.entries(silent).map(([article, why]) => `${article} (${why})`);
  return [introduction, ...tables, `These articles ask nothing of a program: ${nothing.join(', ')}.\n`].join('\n');
}
