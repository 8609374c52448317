import { completeTckn, completeVkn } from '../../core/nationalId';
import { draw } from './draw';

/** Whose number it is; numbers of two owners never meet. `stranger`: an intermediary İŞKUR does not know; `kin`: a household head outside e-METİP. */
export const owners = { agent: 0, worker: 1, child: 2, stranger: 3, kin: 4 } as const;
export type Owner = keyof typeof owners;

export const slots = 8;

/**
 * The nine digits before the check digits run over `low + 8·x + owner`. `prime` is the largest prime below the count of x,
 * less a few spare places, so that x = index·a + b (mod prime) takes every value once: unique, scattered, no table.
 */
export const spaces = {
  tckn: { low: 100_000_000, prime: 111_249_973 },
  ykn: { low: 990_000_000, prime: 1_249_943 },
  vkn: { low: 100_000_000, prime: 112_499_977 },
} as const;

/** The nine digits at a place x of an owner's space. */
export function nineAt(kind: keyof typeof spaces, owner: Owner, x: number): number {
  const { low, prime } = spaces[kind];
  const nine = low + slots * x + owners[owner];
  // 111111111 … would become a dummy number; the spare places above the prime stand in for them.
  return nine % 111_111_111 === 0 ? low + slots * (prime + nine / 111_111_111) + owners[owner] : nine;
}

function nineDigits(kind: keyof typeof spaces, seed: number, owner: Owner, index: number): string {
  const { prime } = spaces[kind];
  const salt = 10 + owners[owner];
  const a = 1 + (draw(seed, salt, 1) % (prime - 1));
  const b = draw(seed, salt, 2) % prime;
  return String(nineAt(kind, owner, (index * a + b) % prime));
}

/** A citizen's T.C. kimlik no. index: 0 to 10 million. */
export function tckn(seed: number, owner: Owner, index: number): string {
  return completeTckn(nineDigits('tckn', seed, owner, index));
}

/** A foreigner's number, beginning 99. index: 0 to 1.2 million. */
export function ykn(seed: number, owner: Owner, index: number): string {
  return completeTckn(nineDigits('ykn', seed, owner, index));
}

/** A legal person's tax number. index: 0 to 10 million. */
export function vkn(seed: number, owner: Owner, index: number): string {
  return completeVkn(nineDigits('vkn', seed, owner, index));
}
