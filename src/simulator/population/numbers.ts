import { foreignIndex } from './households';
import { tckn, vkn, ykn } from './ids';
import { agentAtWork, dummyAgent, dummyWorker } from './plants';
import type { Population } from './types';

export function workerId(seed: number, ordinal: number): string {
  const foreign = foreignIndex(ordinal);
  return dummyWorker(ordinal) ?? (foreign === undefined ? tckn(seed, 'worker', ordinal) : ykn(seed, 'worker', foreign));
}

/** An agent's number. Legal persons, one in fourteen, have a tax number instead. */
export function agentId(seed: number, ordinal: number): string {
  const worker = agentAtWork(ordinal);
  if (worker !== undefined) return workerId(seed, worker);
  return isLegal(ordinal) ? vkn(seed, 'agent', ordinal) : (dummyAgent(ordinal) ?? tckn(seed, 'agent', ordinal));
}

export function isLegal(ordinal: number): boolean {
  return ordinal % 14 === 3;
}

/** How unevenly families spread over agents: 1 would be evenly. */
const crowding = 1.25;

/** Which agent a family works through: a few have many families. `drawn` is the family's number. */
export function agentOfFamily(drawn: number, agents: number): number {
  return Math.floor((drawn / 0x1_0000_0000) ** crowding * agents);
}

/** About how many workers choose an agent by the rule above. */
export function expectedWorkers({ sizes }: Population, ordinal: number): number {
  const place = Math.min(ordinal, Math.max(sizes.agents, 1) - 1);
  const upTo = (count: number) => (count / Math.max(sizes.agents, 1)) ** (1 / crowding);
  return sizes.workers * (upTo(place + 1) - upTo(place));
}
