import { KopruError } from '../../core/errors';
import { listingRequest } from '../ask/request';
import type { ListingConfig } from '../configure/config';
import type { Place } from '../page';
import { type Pager, repetitionGuard } from './pager';

type Paging<S> = Extract<ListingConfig['paging'], { style: S }>;

/** By page number. A server may cap the page's size below what was asked, so a short page alone ends nothing where the source says how much there is. */
export function pagePager(config: ListingConfig, paging: Paging<'page'>, from: Place | undefined): Pager {
  const guard = repetitionGuard(config.service);
  const fromStart = from === undefined || numberOf(from) === paging.firstPage;
  let size: number | undefined;
  let received = 0;
  let pages: number | undefined;
  let total: number | undefined;
  const sizeParam = paging.sizeParam === undefined ? {} : { [paging.sizeParam]: config.limits.pageSize };

  /** Whether the source has said that there are records beyond so many pages. */
  const saysMore = (done: number, records: number) => (pages !== undefined && done < pages) || (total !== undefined && records < total);

  return {
    first: { page: paging.firstPage },
    request: (place) => listingRequest(config, { [paging.pageParam]: numberOf(place), ...sizeParam }),
    after: (place, envelope) => {
      size ??= envelope.count;
      received += envelope.count;
      pages = envelope.pages ?? pages;
      total = envelope.total ?? total;
      const done = numberOf(place) - paging.firstPage + 1;
      const next = { page: numberOf(place) + 1 };
      if (envelope.count === 0) {
        if (pages !== undefined && total === undefined && done < pages) {
          throw new KopruError('source-incomplete', `${config.service} says that it has ${pages} pages, but page ${done} is empty.`);
        }
        return undefined;
      }
      if (pages === undefined && total === undefined) {
        guard(envelope);
        return envelope.count < size ? undefined : next;
      }
      return saysMore(done, fromStart ? received : done * size) ? next : undefined;
    },
    guess: (place) => {
      const done = numberOf(place) - paging.firstPage + 1;
      return size !== undefined && saysMore(done, done * size) ? { page: numberOf(place) + 1 } : undefined;
    },
  };
}

/** By offset, which goes on by what was received, not by what was asked for. */
export function offsetPager(config: ListingConfig, paging: Paging<'offset'>): Pager {
  const guard = repetitionGuard(config.service);
  let size: number | undefined;
  let total: number | undefined;

  return {
    first: { offset: 0 },
    request: (place) => listingRequest(config, { [paging.offsetParam]: numberOf(place), [paging.sizeParam]: config.limits.pageSize }),
    after: (place, envelope) => {
      const offset = numberOf(place) + envelope.count;
      total = envelope.total ?? total;
      if (envelope.count === 0) return undefined;
      if (total === undefined) guard(envelope);
      else if (offset >= total) return undefined;
      // Pages of uneven size cannot be foretold, so nothing is guessed from there on.
      size = size === undefined || size === envelope.count ? envelope.count : 0;
      return { offset };
    },
    guess: (place) => {
      if (!size || total === undefined) return undefined;
      const offset = numberOf(place) + size;
      return offset < total ? { offset } : undefined;
    },
  };
}

function numberOf(place: Place): number {
  return 'page' in place ? place.page : 'offset' in place ? place.offset : 0;
}
