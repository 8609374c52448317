import { agentMaker } from './agents';
import { childMaker } from './children';
import type { DatasetId, Maker, Population } from './types';
import { workerMaker } from './workers';

/** What makes each dataset's records. */
export type Makers = { [D in DatasetId]: Maker<D> };

export function makers(population: Population): Makers {
  return { 'iskur.agents': agentMaker(population), 'emetip.workers': workerMaker(population), 'cts.children': childMaker(population) };
}

/** How many records a dataset has on day 0. */
export function firstSize({ sizes }: Population, dataset: DatasetId): number {
  return { 'iskur.agents': sizes.agents, 'emetip.workers': sizes.workers, 'cts.children': sizes.children }[dataset];
}
