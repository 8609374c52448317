/**
 * Groups of dimensions whose cells the system spells out together, so that counts which fit each other within and between
 * the groups are always the counts of some people. Tables whose dimensions hang together like a tree need no more than
 * themselves; where they close a ring (A×B, B×C, A×C) groups are merged until they do not (Vorob'ev 1962; Beeri, Fagin,
 * Maier and Yannakakis 1983; Dobra and Fienberg 2000). `sizeOf` tells how many cells a group has.
 */
export function blocksOf(tables: readonly (readonly string[])[], sizeOf: (dimensions: readonly string[]) => number): string[][] {
  const blocks = maximal(tables.map((dimensions) => [...new Set(dimensions)].sort()));
  const ring = core(blocks);
  if (ring.length === 0) return blocks;
  let best: { block: string[]; size: number } | undefined;
  for (const [n, one] of ring.entries()) {
    for (const other of ring.slice(n + 1)) {
      if (!one.some((id) => other.includes(id))) continue;
      const block = [...new Set([...one, ...other])].sort();
      const size = sizeOf(block);
      if (!best || size < best.size) best = { block, size };
    }
  }
  return best ? blocksOf([...blocks, best.block], sizeOf) : blocks;
}

/** Those that no other one contains, each once. */
function maximal(sets: readonly string[][]): string[][] {
  const unique = [...new Map(sets.map((set) => [set.join('\n'), set])).values()];
  return unique.filter((set) => !unique.some((other) => other !== set && set.every((id) => other.includes(id))));
}

/** What is left of the groups when leaves are taken off again and again (Graham's reduction): nothing, if they form a tree. */
function core(blocks: readonly string[][]): string[][] {
  const left = blocks.map((block) => ({ block, ids: block }));
  for (let changed = true; changed; ) {
    changed = false;
    for (const one of left) {
      const others = left.filter((other) => other !== one);
      const shared = one.ids.filter((id) => others.some(({ ids }) => ids.includes(id)));
      if (shared.length < one.ids.length) changed = true;
      one.ids = shared;
      if (others.length === 0 || others.some(({ ids }) => shared.every((id) => ids.includes(id)))) {
        left.splice(left.indexOf(one), 1);
        changed = true;
        break;
      }
    }
  }
  return left.map(({ block }) => block);
}
