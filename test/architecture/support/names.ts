/** A text in plain lower-case letters, whatever language's: `İŞKUR` and `iskur` are one. */
export function plain(text: string): string {
  return text.replace(/[ıİ]/g, 'i').normalize('NFD').replace(/\p{M}/gu, '').toLowerCase();
}

/** The words of a text, those inside identifiers too: `ISKUR_URL` and `iskurAgents2` both have the word iskur. */
export function words(text: string): Set<string> {
  // Accents go first, case stays, so that the humps can be seen.
  const letters = text.replace(/[ı]/g, 'i').replace(/[İ]/g, 'I').normalize('NFD').replace(/\p{M}/gu, '');
  return new Set((letters.match(/[A-Z]+(?![a-z])|[A-Z]?[a-z]+/g) ?? []).map((word) => word.toLowerCase()));
}

export interface Names {
  /** Single words. */
  words: readonly string[];
  /** Several words in a row, in plain letters. */
  phrases: readonly string[];
}

/** The names of those words and phrases that stand in a text. */
export function namesIn(text: string, names: Names): string[] {
  const found = words(text);
  const flat = plain(text).replace(/[^a-z0-9]+/g, ' ');
  return [...names.words.filter((word) => found.has(word)), ...names.phrases.filter((phrase) => flat.includes(phrase))];
}
