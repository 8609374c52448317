import { asRange } from '../../../core/addresses';
import { type IsoDate, parseDate } from '../../../core/dates';
import { idKind, isDummyId } from '../../../core/nationalId';
import { provinces } from '../../../core/provinces';
import { type Role, roleLabels, roles } from '../person';
import { folded } from './columns';
import type { Reason } from './reasons';
import type { Cell } from './sheet';

/** Why a cell cannot stand; never what it holds. */
export class Wrong {
  constructor(readonly reason: Reason) {}
}

/** Reads a cell that is not empty. */
type Reader<T> = (text: string, cell: Cell) => T | Wrong;

const lineOf =
  (pattern: RegExp, most: number, reason: Reason): Reader<string> =>
  (text) => {
    const line = text.normalize('NFC').replace(/\s+/g, ' ');
    return line.length <= most && pattern.test(line) ? line : new Wrong(reason);
  };

/** Letters, with the signs that names and titles have; a text that a spreadsheet would calculate begins otherwise. */
export const nameOf = lineOf(/^\p{L}[\p{L}\p{M}.'’ -]* [\p{L}\p{M}.'’ -]*\p{L}[\p{L}\p{M}.]*$/u, 120, 'name-malformed');
export const wordsOf = lineOf(/^[\p{L}\p{N}][^\p{C}<>=]*$/u, 200, 'text-malformed');
export const emailOf = lineOf(/^[\w.+-]{1,64}@[a-z0-9-]+(?:\.[a-z0-9-]+)+$/i, 254, 'email-malformed');

export const nationalIdOf: Reader<string> = (text) => {
  const kind = idKind(text);
  if (kind === undefined) return new Wrong('id-malformed');
  if (kind !== 'tckn') return new Wrong('id-other-kind');
  return isDummyId(text) ? new Wrong('id-of-nobody') : text;
};

const provinceByName = new Map(Object.entries(provinces).map(([plate, name]) => [folded(name), plate]));
const centre = folded('Merkez');

/** A plate code or a name; undefined at the centre, which may be written out. */
export const provinceOf: Reader<string | undefined> = (text) => {
  if (/^\d{1,2}$/.test(text)) {
    const plate = text.padStart(2, '0');
    return Object.hasOwn(provinces, plate) ? plate : new Wrong('plate-unknown');
  }
  return folded(text) === centre ? undefined : (provinceByName.get(folded(text)) ?? new Wrong('province-unknown'));
};

const roleByWord = new Map(roles.flatMap((role) => [role, roleLabels[role]].map((word) => [folded(word), role] as const)));

const listOf = (text: string) => text.split(/[,;\n]/).flatMap((part) => part.trim() || []);

/** In the order of `roles`, each once. */
export const rolesOf: Reader<Role[]> = (text) => {
  const named = listOf(text).map((word) => roleByWord.get(folded(word)));
  if (named.length === 0 || named.includes(undefined)) return new Wrong('role-unknown');
  return roles.filter((role) => named.includes(role));
};

/** Wider than these a range restricts nobody (policy on V.Ç.6). */
const widest = (range: string) => (range.includes(':') ? 16 : 8);

/** Single addresses and ranges, in one writing and order. */
export const addressesOf: Reader<string[]> = (text) => {
  const ranges = listOf(text).map(asRange);
  const known = ranges.filter((range) => range !== undefined);
  if (known.length < ranges.length) return new Wrong('address-malformed');
  if (known.some((range) => Number(range.split('/')[1]) < widest(range))) return new Wrong('address-too-wide');
  return [...new Set(known)].sort();
};

const firstDay = Date.UTC(1899, 11, 30);
const dayMillis = 86_400_000;

/** Of a spreadsheet that counts days, the number; else one of two writings. */
export const dateOf =
  (offset: number): Reader<IsoDate> =>
  (text, cell) => {
    const written =
      typeof cell === 'number' && Number.isInteger(cell)
        ? new Date(firstDay + Math.min(Math.max(cell + offset, 0), 200_000) * dayMillis).toISOString().slice(0, 10)
        : text.replace(/T00:00:00(?:\.0+)?Z?$/, '');
    return parseDate(written, 'dd.MM.yyyy') ?? parseDate(written, 'yyyy-MM-dd') ?? new Wrong('day-malformed');
  };

export const versionOf: Reader<number> = (text) => (/^[1-9]\d{0,3}$/.test(text) ? Number(text) : new Wrong('version-malformed'));
