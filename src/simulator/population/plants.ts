import { blockSize, linkedWorker } from './households';
import type { DatasetId, Population } from './types';

/** What is planted by ordinal for a reconciliation to find, where chance alone brings none or too few. */

/** Numbers that pass the checksum and stand for nobody; one of each dataset bears one itself. */
export const dummies = {
  agent: '44444444440',
  headOfHousehold: '11111111110',
  foreigner: '99999999990',
  child: '33333333330',
  namedAsAgent: '55555555550',
  namedAsHead: '66666666660',
} as const;

export const dummyAgent = (ordinal: number) => (ordinal === 23 ? dummies.agent : undefined);
export const dummyChild = (ordinal: number) => (ordinal === 33 ? dummies.child : undefined);

/** Ordinal 84 heads a block's first household; 254 is a member of a foreign one. */
export function dummyWorker(ordinal: number): string | undefined {
  if (ordinal === 7 * blockSize) return dummies.headOfHousehold;
  return ordinal === 21 * blockSize + 2 ? dummies.foreigner : undefined;
}

/** Of 512 children that e-METİP does not hold, one has a head who is nobody. */
export const hasDummyHead = (ordinal: number) => ordinal % 512 === 77;

/** Of 512 blocks' first families, `family` being the head's ordinal, one names nobody as its intermediary and one a foreigner. */
export function oddAgent(family: number): 'dummy' | 'foreign' | undefined {
  if (family % blockSize !== 0) return undefined;
  const block = (family / blockSize) % 512;
  return block === 9 ? 'dummy' : block === 14 ? 'foreign' : undefined;
}

/** The worker ordinal of an intermediary who is at work too: one intermediary in two hundred. */
export function agentAtWork(ordinal: number): number | undefined {
  return ordinal % 200 === 30 ? (10 + 16 * Math.floor(ordinal / 200)) * blockSize : undefined;
}

/** An identity that two datasets tell differently. Each change of the record mends it or brings it back; one that sleeps begins mended. */
export interface Conflict {
  by: 'name' | 'birthYear';
  sleeps: boolean;
}

const ofChildren: Readonly<Record<number, Conflict>> = {
  4: { by: 'name', sleeps: false },
  8: { by: 'birthYear', sleeps: false },
  12: { by: 'name', sleeps: true },
  16: { by: 'birthYear', sleeps: true },
};

/** The conflict that an intermediary's or a child's record may have with the same person's in e-METİP. */
export function conflictAt(population: Population, dataset: DatasetId, ordinal: number): Conflict | undefined {
  if (dataset === 'iskur.agents' && agentAtWork(ordinal) !== undefined) return { by: 'name', sleeps: ordinal % 400 !== 30 };
  const linked = dataset === 'cts.children' ? linkedWorker(population, ordinal) : undefined;
  return linked === undefined ? undefined : ofChildren[Math.floor(linked / blockSize) % 128];
}

export function isOut(conflict: Conflict, revision: number): boolean {
  return (revision % 2 === 1) === conflict.sleeps;
}
