import type { StandIns } from '../../src/app/standIns';

type Dataset = Parameters<StandIns['simulator']['world']['truth']>[0];
type Row = Record<string, unknown>;

/** The stand-ins' own records, by id. */
export function truthOf(standIns: StandIns, dataset: Dataset): Row[] {
  return sorted([...standIns.simulator.world.truth(dataset)] as unknown as Row[]);
}

export function sorted(rows: Row[]): Row[] {
  return [...rows].sort((a, b) => (String(a.nationalId) < String(b.nationalId) ? -1 : 1));
}
