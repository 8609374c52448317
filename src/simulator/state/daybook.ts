import { below, draw } from '../population/draw';

/** Where one dataset stands on one day; never altered once made. */
export interface DayState {
  day: number;
  /** Ordinals in the order in which they are served. */
  order: Uint32Array;
  /** How often a record changed since it was added, where it did. */
  revisions: ReadonlyMap<number, number>;
  /** The ordinal that the next added record gets. */
  next: number;
}

/** What one day does to a dataset, in shares of its records. */
export const daily = { changed: 0.01, added: 0.005, removed: 0.005 } as const;

const maxOrdinal = 1 << 24;

/** The place of an ordinal in the order: scattered, so that added records fall between the others and pages shift. */
function placeKey(seed: number, ordinal: number): number {
  return (draw(seed, 900, ordinal) >>> 4) * maxOrdinal + ordinal;
}

function ordered(seed: number, from: number, to: number): Float64Array {
  if (to > maxOrdinal) throw new RangeError(`the stand-in can make at most ${maxOrdinal} records of a kind`);
  const keys = new Float64Array(to - from);
  for (let i = 0; i < keys.length; i += 1) keys[i] = placeKey(seed, from + i);
  return keys.sort();
}

/** Day 0: `size` records, none changed yet. seed: one number per dataset. */
export function firstDay(seed: number, size: number): DayState {
  const keys = ordered(seed, 0, size);
  return { day: 0, order: Uint32Array.from(keys, (key) => key % maxOrdinal), revisions: new Map(), next: size };
}

/** How many records a share is; from ten records on at least one, so that a small population moves too. */
export function shareOf(share: number, size: number): number {
  return size < 10 ? 0 : Math.max(1, Math.round(share * size));
}

/** Distinct places of an order, drawn evenly. */
function places(seed: number, salt: number, count: number, size: number, taken: Set<number>): number[] {
  const out: number[] = [];
  for (let i = 0; out.length < count; i += 1) {
    const place = below(draw(seed, salt, i), size);
    if (taken.has(place)) continue;
    taken.add(place);
    out.push(place);
  }
  return out;
}

/**
 * The day after. `differs(ordinal, a, b)` says whether two revisions of a record read differently:
 * a change counts only if it can be seen. Records that are `due` are the first of those that change.
 */
export function dayAfter(
  state: DayState,
  seed: number,
  differs: (ordinal: number, a: number, b: number) => boolean,
  due?: (ordinal: number, revision: number) => boolean,
): DayState {
  const { order, next } = state;
  const day = state.day + 1;
  const size = order.length;
  const taken = new Set<number>();
  const removed = new Set(places(seed, 901 + day * 10, shareOf(daily.removed, size), size, taken));
  const changed: number[] = [];
  for (let place = 0; due && place < size; place += 1) {
    const ordinal = order[place] as number;
    if (!taken.has(place) && due(ordinal, state.revisions.get(ordinal) ?? 0)) changed.push(place);
  }
  for (const place of changed) taken.add(place);
  changed.push(...places(seed, 902 + day * 10, shareOf(daily.changed, size) - changed.length, size, taken));

  const revisions = new Map(state.revisions);
  for (const place of changed) {
    const ordinal = order[place] as number;
    const before = revisions.get(ordinal) ?? 0;
    let after = before + 1;
    while (!differs(ordinal, before, after)) after += 1;
    revisions.set(ordinal, after);
  }

  const added = ordered(seed, next, next + shareOf(daily.added, size));
  const merged = new Uint32Array(size - removed.size + added.length);
  let at = 0;
  let waiting = 0;
  for (let place = 0; place < size; place += 1) {
    const ordinal = order[place] as number;
    if (removed.has(place)) {
      revisions.delete(ordinal);
      continue;
    }
    const key = placeKey(seed, ordinal);
    while (waiting < added.length && (added[waiting] as number) < key) merged[at++] = (added[waiting++] as number) % maxOrdinal;
    merged[at++] = ordinal;
  }
  while (waiting < added.length) merged[at++] = (added[waiting++] as number) % maxOrdinal;
  return { day, order: merged, revisions, next: next + added.length };
}
