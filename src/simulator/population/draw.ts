/**
 * A well-mixed unsigned 32-bit number from three others. The whole stand-in draws from it,
 * so that equal numbers give equal people on every machine, and any record can be made without its neighbours.
 */
export function draw(seed: number, salt: number, ordinal: number): number {
  let h = Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b) ^ Math.imul(salt + 1, 0xc2b2ae35);
  h = Math.imul(h ^ (h >>> 15), 0x2c1b3c6d);
  h = Math.imul(h ^ (h >>> 12) ^ ordinal, 0x297a2d39);
  h = Math.imul(h ^ (h >>> 15), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

/** A whole number from 0 to n − 1 out of a drawn number. */
export function below(drawn: number, n: number): number {
  return Math.floor((drawn / 0x1_0000_0000) * n);
}

/** One of a list, out of a drawn number. The list is not empty. */
export function pick<T>(drawn: number, list: readonly T[]): T {
  return list[below(drawn, list.length)] as T;
}

/** A list in which each value stands as often as its weight says, to pick from. */
export function weighted<T>(...pairs: readonly (readonly [T, number])[]): readonly T[] {
  return pairs.flatMap(([value, weight]) => Array<T>(weight).fill(value));
}
