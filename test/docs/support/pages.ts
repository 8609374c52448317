import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { HelpedCommand } from './help';

export const root = path.join(__dirname, '../../..');

/** README.md and every page of docs, by their path from the project's folder. */
export const pages = ['README.md', ...readdirSync(path.join(root, 'docs')).map((name) => `docs/${name}`)].filter((name) =>
  name.endsWith('.md'),
);

export const page = (name: string): string => readFileSync(path.join(root, name), 'utf8');

/** What stands in code: fenced lines, continued ones as one, and spans. */
export function code(text: string): string[] {
  const fenced = [...text.matchAll(/^ *```\w*\n([\s\S]*?)^ *```$/gm)].flatMap((m) => (m[1] as string).replace(/\\\n\s*/g, ' ').split('\n'));
  const spans = [...text.replace(/^ *```[\s\S]*?^ *```$/gm, '').matchAll(/`([^`\n]+)`/g)].map((m) => m[1] as string);
  return [...fenced, ...spans];
}

/** Names that no code span of the text holds. */
export function unnamed(text: string, names: readonly string[]): string[] {
  const spans = new Set(code(text).flatMap((span) => [span, ...span.split(/[ ,]+/)]));
  return names.filter((name) => !spans.has(name));
}

/** Rows of a table whose first cell is a code span: that span, and the other cells. */
export function rows(text: string): [string, ...string[]][] {
  return [...text.matchAll(/^\| `([^`]+)` \| (.*) \|$/gm)].map((m) => [m[1] as string, ...(m[2] as string).split(' | ')]);
}

/** What the pages' commands get wrong: a command that is not there, or an option that it does not take. */
export function wrongCommands(text: string, commands: readonly HelpedCommand[]): string[] {
  return code(text).flatMap((line) =>
    [...line.matchAll(/(?<![\w/.-])kopru (?:-- )?([a-z][^|;]*)/g)].flatMap((m) => {
      const said = m[1] as string;
      const words = said.split(/\s+/);
      const command = [3, 2, 1]
        .map((depth) => commands.find((c) => c.name === words.slice(0, depth).join(' ') && !c.group))
        .find((c) => c !== undefined);
      if (!command) return [`there is no command: kopru ${said}`];
      const options = [...said.matchAll(/ (--[a-z][a-z-]*)/g)].map((o) => o[1] as string);
      return command.options.length === 0
        ? []
        : options.filter((o) => !command.options.includes(o)).map((o) => `kopru ${command.name} has no ${o}`);
    }),
  );
}

/** `npm` commands that package.json does not have. */
export function wrongScripts(text: string, scripts: Readonly<Record<string, string>>): string[] {
  return code(text)
    .flatMap((line) => [...line.matchAll(/\bnpm (?:run (?:-\S+ )*([\w:-]+)|(start|test)\b)/g)].map((m) => (m[1] ?? m[2]) as string))
    .filter((name) => !Object.hasOwn(scripts, name));
}

/** Relative links of a page that lead nowhere, headings included. */
export function brokenLinks(name: string, text: string): string[] {
  const links = [...text.matchAll(/\]\(([^)\s]+)\)/g)].map((m) => m[1] as string).filter((link) => !/^[a-z]+:/.test(link));
  return links.filter((link) => {
    const [file, anchor] = link.split('#') as [string, string?];
    const target = file === '' ? path.join(root, name) : path.join(root, path.dirname(name), file);
    if (!existsSync(target)) return true;
    return anchor !== undefined && !headings(file === '' ? text : readFileSync(target, 'utf8')).includes(anchor);
  });
}

function headings(text: string): string[] {
  return [...text.matchAll(/^#+ (.*)$/gm)].map((m) =>
    (m[1] as string)
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .trim()
      .replace(/\s/g, '-'),
  );
}

/** Articles of the protocol that a text cites; of a range its beginning. */
export function citations(text: string): string[] {
  return text.match(/(?<![\w.-])(?:VI?\.[A-EÇ](?:\.\d+)?|VII(?: \(2\) 2)?\.\d+|Ek-\d(?: \d+(?:\.\d+)*)?)/g) ?? [];
}
