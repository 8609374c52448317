import { upperTr } from '../../core/text';
import { draw, pick } from './draw';
import { type Culture, nameLists } from './nameLists';

export const sexes = ['KADIN', 'ERKEK'] as const;
export type Sex = (typeof sexes)[number];

/** A person’s name. The surname is given, as a household shares it. */
export function fullName(culture: Culture, sex: Sex, surname: string, seed: number, salt: number, ordinal: number): string {
  const lists = nameLists[culture];
  const given = sex === 'KADIN' ? lists.female : lists.male;
  const way = draw(seed, salt, ordinal);
  const first = pick(draw(seed, salt + 1, ordinal), given);
  const second = way % 9 === 0 ? pick(draw(seed, salt + 2, ordinal), given) : first;
  const names = second === first ? first : `${first} ${second}`;
  // Some women keep their own surname before the family's.
  if (culture === 'turkish' && sex === 'KADIN' && way % 17 === 3) {
    return `${names} ${pick(draw(seed, salt + 3, ordinal), lists.surnames)} ${surname}`;
  }
  return `${names} ${surname}`;
}

export function surnameOf(culture: Culture, seed: number, salt: number, ordinal: number): string {
  return pick(draw(seed, salt, ordinal), nameLists[culture].surnames);
}

const uppers = new Map<string, string>();

/** Turkish upper case of a name's words, each word cased once: the locale's casing is slow. */
export function upperName(name: string): string {
  let out = '';
  for (const word of name.split(' ')) {
    let upper = uppers.get(word);
    if (upper === undefined) {
      upper = upperTr(word);
      uppers.set(word, upper);
    }
    out = out === '' ? upper : `${out} ${upper}`;
  }
  return out;
}

/** A name in upper case as a register without Turkish letters writes it; where that is the same, without its last letter. */
export function misspelt(name: string): string {
  const flat = name.normalize('NFD').replace(/\p{M}/gu, '');
  return flat === name ? name.slice(0, -1) : flat;
}
