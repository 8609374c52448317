/**
 * The articles that the signed 2024 text has, read off it by hand. Its last part has no Roman number of its own:
 * it stands after VII as "2. YÜRÜRLÜK", so it is cited as VII (2).
 */
const structure: Record<string, number> = {
  I: 0,
  II: 0,
  III: 0,
  IV: 7,
  'V.A': 1,
  'V.B': 1,
  'V.C': 1,
  'V.Ç': 10,
  'V.D': 1,
  'V.E': 4,
  'VI.A': 2,
  VII: 4,
  'VII (2) 2': 3,
  'Ek-1': 0,
  'Ek-2': 0,
  'Ek-2 1': 4,
  'Ek-2 2': 1,
  'Ek-2 2.1': 4,
  'Ek-2 3': 3,
  'Ek-2 3.1': 5,
  'Ek-2 4': 2,
  'Ek-2 4.1': 3,
  'Ek-2 5': 3,
  'Ek-2 6': 3,
  'Ek-2 7': 2,
  'Ek-2 8': 0,
  'Ek-2 9': 0,
  'Ek-2 10': 2,
  'Ek-2 11': 0,
  'Ek-3': 0,
};

/** Each article with its paragraphs: `V.Ç` and `V.Ç.1` to `V.Ç.10`. */
export const articles: ReadonlySet<string> = new Set(
  Object.entries(structure).flatMap(([article, paragraphs]) => [
    article,
    ...Array.from({ length: paragraphs }, (_, i) => `${article}.${i + 1}`),
  ]),
);

/** The single articles of a citation such as `VI.A.1–2, Ek-1`. */
export function cited(citation: string): string[] {
  return citation.split(', ').flatMap((one) => {
    const range = /^(.+\.)(\d+)–(\d+)$/.exec(one);
    if (!range) return [one];
    const [from, to] = [Number(range[2]), Number(range[3])];
    return Array.from({ length: Math.max(1, to - from + 1) }, (_, i) => `${range[1]}${from + i}`);
  });
}

/** Whether a citation is `policy`, or cites only articles that exist. */
export function exists(citation: string): boolean {
  return citation === 'policy' || cited(citation).every((one) => articles.has(one));
}
