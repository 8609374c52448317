import { type Counting, rangesOf } from '../../intake/parts';
import { answerPlan, openPage, type SourceConfig } from '../../sources';
import type { Envelope, Share } from '../../sources/page';
import type { Broker } from '../broker';
import { livePulls } from '../upkeep/processes';
import type { Workspace } from './workspace';

/** Below this, a part costs more than it brings. */
const usualPart = 50_000;

/**
 * The shares in which a source is read: as configured, else ranges of pages where paging counts them, the source is big,
 * more than one worker could take part, and no pace is set that several workers would break. Undefined: as a whole.
 */
export async function planShares(broker: Broker, space: Workspace, signal: AbortSignal): Promise<Share[] | undefined> {
  const { config } = space;
  if (config.kind === 'query' || config.split?.by === 'never') return undefined;
  if (config.split?.by === 'query') {
    const { parameter, values } = config.split;
    return values.map((value) => ({ query: { [parameter]: value } }));
  }
  const counting = countingOf(config);
  const asked = config.split?.records;
  if (!counting) return undefined;
  if (asked === undefined && (config.limits.requestsPerSecond !== undefined || (await livePulls(broker.db)) < 2)) return undefined;
  const first = await firstPage(space, signal);
  return first && rangesOf(counting, first, asked ?? usualPart);
}

/** Whether the parts are ranges of one listing, each of which tells the total of the whole. */
export function inRanges(config: SourceConfig): boolean {
  return config.kind === 'listing' && config.split?.by !== 'query';
}

function countingOf(config: SourceConfig): Counting | undefined {
  if (config.kind !== 'listing') return undefined;
  const { paging } = config;
  if (paging.style === 'page') return { style: 'page', first: paging.firstPage };
  return paging.style === 'offset' ? { style: 'offset' } : undefined;
}

/** What the first page says of the whole; its records are read again with the first part. */
async function firstPage({ pages, config }: Workspace, signal: AbortSignal): Promise<Envelope | undefined> {
  const plan = answerPlan(config);
  const look = pages.pages(undefined, async (raw) => ({ envelope: openPage(raw, plan).envelope }), signal);
  for await (const { result } of look) return result.envelope;
  return undefined;
}
