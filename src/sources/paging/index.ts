import { listingRequest } from '../ask/request';
import type { ListingConfig } from '../configure/config';
import type { Place } from '../page';
import { cursorPager, linkPager } from './chains';
import { offsetPager, pagePager } from './counted';
import type { Pager } from './pager';

/** A pager for a pull that begins anew, or at `from`. */
export function createPager(config: ListingConfig, from: Place | undefined): Pager {
  const { paging } = config;
  switch (paging.style) {
    case 'none':
      return { first: { start: true }, request: () => listingRequest(config, {}), after: () => undefined, guess: () => undefined };
    case 'page':
      return pagePager(config, paging, from);
    case 'offset':
      return offsetPager(config, paging);
    case 'cursor':
      return cursorPager(config, paging);
    case 'link':
      return linkPager(config, paging);
  }
}

/** Whether a kept place belongs to the configured paging style; after a change of style it does not, and a pull begins anew. */
export function placeFits(config: ListingConfig, place: Place): boolean {
  const names = { none: ['start'], page: ['page'], offset: ['offset'], cursor: ['start', 'cursor'], link: ['start', 'link'] };
  return names[config.paging.style].some((name) => name in place);
}
