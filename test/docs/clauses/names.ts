/** A named test: its file and its title, in which `%s` and the like stand for anything. */
export function testOf(named: string): { file: string; title: string } {
  const [file, ...title] = named.split(' › ');
  return { file: file as string, title: title.join(' › ') };
}

/** Whether a title as it ran is the named one. */
export function titled(title: string, exactly = true): RegExp {
  const text = title
    .split(/%[sijp]/)
    .map((part) => part.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&'))
    .join('.*');
  return new RegExp(exactly ? `^${text}$` : text);
}

const literal = /\(\s*(['"`])((?:(?!\1)[^\\]|\\.)*)\1,\s*(?:async\s*)?(?:\(|\w+ =>)/g;

/** Whether a test file has a test of this title: as it stands, or as a row of a table whose own words stand in the file, too. */
export function hasTest(text: string, title: string): boolean {
  const titles = [...text.matchAll(literal)].map((m) => (m[2] as string).replace(/\\(.)/g, '$1'));
  return titles.some((one) => {
    if (one === title) return true;
    const row = new RegExp(
      `^${one
        .split(/%[sijp]/)
        .map((part) => part.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&'))
        .join('(.*)')}$`,
    ).exec(title);
    return row !== null && row.length > 1 && row.slice(1).every((word) => text.includes(word));
  });
}

/** Whether a file has what `at` names after its #: an export, what SQL creates, a key of YAML; a script has itself. */
export function exports(file: string, text: string, symbol: string | undefined): boolean {
  if (symbol === undefined) return file.endsWith('.mjs');
  if (file.endsWith('.sql')) return new RegExp(`^CREATE (?:OR REPLACE )?(FUNCTION|TRIGGER|POLICY) "${symbol}"`, 'm').test(text);
  if (file.endsWith('.yaml')) return new RegExp(`^${symbol}:`, 'm').test(text);
  return new RegExp(`^export (async )?(function\\*?|const|class) ${symbol}\\b`, 'm').test(text);
}
