import type { Population } from './types';

/**
 * Households are cut out of blocks of twelve ordinals, so that a member finds its head by arithmetic alone.
 * Each block's first household has at least four members, so that its fourth, at `linkedPosition`, is always a child.
 */
export const blockSize = 12;
export const linkedPosition = 3;

const patterns = [
  [6, 4, 2],
  [5, 4, 3],
  [7, 5],
  [4, 4, 3, 1],
  [8, 4],
  [5, 5, 1, 1],
  [4, 3, 2, 2, 1],
  [9, 3],
];

/** For each pattern and place in the block: the place of the household's head. */
const heads = patterns.map((sizes) => {
  const out = new Uint8Array(blockSize);
  let from = 0;
  for (const size of sizes) {
    out.fill(from, from, from + size);
    from += size;
  }
  return out;
});

/** The ordinal of the household's head; `drawn` is the block's own number. */
export function headOf(ordinal: number, drawn: number): number {
  const place = ordinal % blockSize;
  const pattern = heads[drawn % heads.length] as Uint8Array;
  return ordinal - place + (pattern[place] as number);
}

/** One block in sixteen is foreign; its families then have a dense index of their own, as foreigners' numbers are few. */
export function foreignIndex(ordinal: number): number | undefined {
  const block = Math.floor(ordinal / blockSize);
  return block % 16 === 5 ? (block >>> 4) * blockSize + (ordinal % blockSize) : undefined;
}

/**
 * The worker ordinal of a child whom e-METİP holds too, in a travelling household: one child in five,
 * as long as there are households for them.
 */
export function linkedWorker({ sizes }: Population, ordinal: number): number | undefined {
  if (ordinal % 5 !== 1) return undefined;
  const block = Math.floor(ordinal / 5);
  return block < Math.floor(sizes.workers / blockSize) ? block * blockSize + linkedPosition : undefined;
}
