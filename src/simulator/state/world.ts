import type { IsoDate } from '../../core/dates';
import { dayNumber, isoDay } from '../population/days';
import { draw } from '../population/draw';
import { firstSize, makers } from '../population/makers';
import { conflictAt, isOut } from '../population/plants';
import { type DatasetId, datasetIds, type Population, type Records } from '../population/types';
import { type DayState, dayAfter, firstDay } from './daybook';

/** The national ids by which two days differ. */
export interface Difference {
  added: string[];
  changed: string[];
  removed: string[];
}

/** Kinds of finding that can be ended and brought back by order. */
export const mendableKinds = ['identity-conflict'] as const;
export type MendableKind = (typeof mendableKinds)[number];

/** The stand-in's own truth: what its services hold, day by day. */
export interface World {
  readonly population: Population;
  /** Days since the start date. */
  day(): number;
  /** The date of a day (default: the present one). */
  date(day?: number): IsoDate;
  /** Lets a day pass in all three datasets. Returns the new day's number. */
  nextDay(): number;
  /** Has the next day end what is planted of a kind, or bring it back; later days go on from there. A restart forgets it. */
  mend(kind: MendableKind): void;
  relapse(kind: MendableKind): void;
  /** Where a dataset stands (default: on the present day). RangeError for a day that has not been. */
  state(dataset: DatasetId, day?: number): DayState;
  record<D extends DatasetId>(dataset: D, ordinal: number, revision: number): Records[D];
  /** All canonical records of a day, in the order in which they are served. */
  truth<D extends DatasetId>(dataset: D, day?: number): Generator<Records[D]>;
  /** What a reader of both days must find. A record that changed and changed back is not in it. */
  diff(dataset: DatasetId, from: number, to: number): Difference;
  /** A text that is another one whenever the data are. */
  version(dataset: DatasetId): string;
}

/** The world on `day`; equal populations and days give equal worlds. Memory: about 10 bytes a record. */
export function createWorld(population: Population, day = 0): World {
  const make = makers(population);
  const seeds = Object.fromEntries(datasetIds.map((id, i) => [id, draw(population.seed, 90, i)])) as Record<DatasetId, number>;
  const record = <D extends DatasetId>(dataset: D, ordinal: number, revision: number) => make[dataset](ordinal, revision) as Records[D];
  const reads = (dataset: DatasetId, ordinal: number, revision: number) => JSON.stringify(record(dataset, ordinal, revision));
  /** By day, whether the planted conflicts are to be out from then on. */
  const orders = new Map<number, boolean>();
  const after = (dataset: DatasetId, state: DayState) => {
    const wanted = orders.get(state.day + 1);
    const due = (ordinal: number, revision: number) => {
      const conflict = conflictAt(population, dataset, ordinal);
      return conflict !== undefined && isOut(conflict, revision) !== wanted;
    };
    const differs = (ordinal: number, a: number, b: number) => reads(dataset, ordinal, a) !== reads(dataset, ordinal, b);
    return dayAfter(state, seeds[dataset], differs, wanted === undefined ? undefined : due);
  };

  const replay = (dataset: DatasetId, to: number): DayState => {
    let state = firstDay(seeds[dataset], firstSize(population, dataset));
    while (state.day < to) state = after(dataset, state);
    return state;
  };

  let today = Object.fromEntries(datasetIds.map((id) => [id, replay(id, day)])) as Record<DatasetId, DayState>;
  const yesterday = new Map<DatasetId, DayState>();
  const fingerprint = draw(
    population.seed,
    dayNumber(population.startDate),
    Object.values(population.sizes).reduce((h, n) => draw(h, 91, n), 1),
  );

  const present = () => today['iskur.agents'].day;
  const state: World['state'] = (dataset, at = present()) => {
    if (!Number.isInteger(at) || at < 0 || at > present()) throw new RangeError(`day ${at} has not been; the present day is ${present()}`);
    if (at === present()) return today[dataset];
    const kept = yesterday.get(dataset);
    return kept?.day === at ? kept : replay(dataset, at);
  };

  const date = (at = present()) => isoDay(dayNumber(population.startDate) + at);

  return {
    population,
    day: present,
    date,
    nextDay() {
      const next = { ...today };
      for (const id of datasetIds) {
        yesterday.set(id, today[id]);
        next[id] = after(id, today[id]);
      }
      today = next;
      return present();
    },
    mend: () => void orders.set(present() + 1, false),
    relapse: () => void orders.set(present() + 1, true),
    state,
    record,
    *truth(dataset, at) {
      const { order, revisions } = state(dataset, at);
      for (const ordinal of order) yield record(dataset, ordinal, revisions.get(ordinal) ?? 0);
    },
    diff(dataset, from, to) {
      const [a, b] = [state(dataset, from), state(dataset, to)];
      const inA = presence(a);
      const inB = presence(b);
      const ids = (order: Uint32Array, keep: (ordinal: number) => boolean) =>
        Array.from(order.filter(keep), (ordinal) => record(dataset, ordinal, 0).nationalId);
      const changed = (ordinal: number) => {
        const [was, is] = [a.revisions.get(ordinal) ?? 0, b.revisions.get(ordinal) ?? 0];
        return inA[ordinal] === 1 && was !== is && reads(dataset, ordinal, was) !== reads(dataset, ordinal, is);
      };
      return {
        added: ids(b.order, (ordinal) => inA[ordinal] !== 1),
        changed: ids(b.order, changed),
        removed: ids(a.order, (ordinal) => inB[ordinal] !== 1),
      };
    },
    version: (dataset) => `${((fingerprint ^ seeds[dataset]) >>> 0).toString(36)}.${present()}`,
  };
}

function presence(state: DayState): Uint8Array {
  const out = new Uint8Array(state.next);
  for (const ordinal of state.order) out[ordinal] = 1;
  return out;
}
