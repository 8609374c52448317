import { createWorld, type DatasetId, datasetIds } from '../../src/simulator';
import type { Population } from '../../src/simulator/population/types';

const population: Population = { seed: 3, sizes: { agents: 1_000, workers: 3_000, children: 2_000 }, startDate: '2026-08-15' };

/** One day's records by id, as texts. */
function readingOf(world: ReturnType<typeof createWorld>, dataset: DatasetId, day?: number): Map<string, string> {
  return new Map([...world.truth(dataset, day)].map((record) => [record.nationalId, JSON.stringify(record)]));
}

/** What differs between two readings, found without the world's help. */
function recount(a: Map<string, string>, b: Map<string, string>) {
  return {
    added: [...b.keys()].filter((id) => !a.has(id)).sort(),
    changed: [...b.keys()].filter((id) => a.has(id) && a.get(id) !== b.get(id)).sort(),
    removed: [...a.keys()].filter((id) => !b.has(id)).sort(),
  };
}

const sorted = ({ added, changed, removed }: ReturnType<ReturnType<typeof createWorld>['diff']>) => ({
  added: added.sort(),
  changed: changed.sort(),
  removed: removed.sort(),
});

describe.each(datasetIds)('%s from day to day', (dataset) => {
  const world = createWorld(population);
  const readings = [readingOf(world, dataset)];
  const orders = [Array.from(world.state(dataset).order)];
  for (let day = 1; day <= 4; day += 1) {
    world.nextDay();
    readings.push(readingOf(world, dataset));
    orders.push(Array.from(world.state(dataset).order));
  }

  it('changes 1%, adds 0.5%, removes 0.5%, every day', () => {
    for (let day = 1; day <= 4; day += 1) {
      const [a, b] = [readings[day - 1], readings[day]] as [Map<string, string>, Map<string, string>];
      const found = recount(a, b);
      expect([found.changed.length, found.added.length, found.removed.length]).toEqual(
        [0.01, 0.005, 0.005].map((share) => Math.round(share * a.size)),
      );
    }
  });

  it('says exactly what differs between any two days', () => {
    for (const [from, to] of [
      [0, 1],
      [1, 2],
      [0, 4],
      [2, 4],
      [3, 3],
      [4, 1],
    ] as const) {
      expect(sorted(world.diff(dataset, from, to))).toEqual(
        recount(readings[from] as Map<string, string>, readings[to] as Map<string, string>),
      );
    }
  });

  it('keeps the days that have been', () => {
    for (let day = 0; day <= 4; day += 1) expect(readingOf(world, dataset, day)).toEqual(readings[day]);
  });

  it('puts the added among the others, so that pages shift', () => {
    const [before, after] = [orders[0], orders[1]] as [number[], number[]];
    const old = new Set(before);
    const places = after.flatMap((ordinal, place) => (old.has(ordinal) ? [] : [place]));
    expect(Math.min(...places)).toBeLessThan(after.length / 2);
    expect(places.filter((place) => place >= after.length - places.length).length).toBeLessThan(places.length);
    const still = new Set(after);
    expect(after.filter((ordinal) => old.has(ordinal))).toEqual(before.filter((ordinal) => still.has(ordinal)));
  });

  it('goes on from a day as if it had lived through it', () => {
    const later = createWorld(population, 4);
    expect(later.day()).toBe(4);
    expect(readingOf(later, dataset)).toEqual(readings[4]);
    expect(later.version(dataset)).toBe(world.version(dataset));
    later.nextDay();
    expect(recount(readings[4] as Map<string, string>, readingOf(later, dataset)).changed).toHaveLength(
      Math.round(0.01 * (readings[4]?.size ?? 0)),
    );
  });
});

it('does not call changed what changed and changed back', () => {
  const world = createWorld(population, 80);
  const [before, after] = [readingOf(world, 'cts.children', 0), readingOf(world, 'cts.children')];
  const { order, revisions } = world.state('cts.children');
  const back = [...order].filter((ordinal) => {
    const { nationalId } = world.record('cts.children', ordinal, 0);
    return revisions.has(ordinal) && before.get(nationalId) === after.get(nationalId);
  });
  expect(back.length).toBeGreaterThan(0);
  expect(sorted(world.diff('cts.children', 0, 80))).toEqual(recount(before, after));
});

it('has a version that changes with the data, and differs with what they are drawn from', () => {
  const world = createWorld(population);
  const others = [population, { ...population, seed: 4 }, { ...population, sizes: { ...population.sizes, agents: 999 } }].map((p) =>
    createWorld(p),
  );
  const before = world.version('iskur.agents');
  expect(others.map((other) => other.version('iskur.agents') === before)).toEqual([true, false, false]);
  world.nextDay();
  expect(world.version('iskur.agents')).not.toBe(before);
});

it('refuses days that have not been', () => {
  const world = createWorld(population, 1);
  for (const day of [2, -1, 0.5]) expect(() => world.state('iskur.agents', day)).toThrow(RangeError);
  expect(() => world.diff('iskur.agents', 0, 2)).toThrow(RangeError);
});

it('lets its date pass with its days', () => {
  const world = createWorld(population, 20);
  expect([world.date(0), world.date(), world.date(3)]).toEqual(['2026-08-15', '2026-09-04', '2026-08-18']);
});

it('moves even where a share is less than one record, and not where there is next to nothing', () => {
  const world = createWorld({ ...population, sizes: { agents: 20, workers: 3, children: 0 } }, 1);
  const { added, changed, removed } = world.diff('iskur.agents', 0, 1);
  expect([added.length, changed.length, removed.length]).toEqual([1, 1, 1]);
  expect(world.diff('emetip.workers', 0, 1)).toEqual({ added: [], changed: [], removed: [] });
  expect([...world.truth('cts.children')]).toEqual([]);
});
