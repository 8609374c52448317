import { createHash } from 'node:crypto';
import { KopruError } from '../../core/errors';
import { listingRequest, originOf } from '../ask/request';
import type { ListingConfig } from '../configure/config';
import type { Envelope } from '../page';
import { type Pager, repetitionGuard } from './pager';

type Paging<S> = Extract<ListingConfig['paging'], { style: S }>;

/** A source may send empty pages on its way, but not without end. */
const maxEmptyPages = 100;

/** By a cursor in the body. */
export function cursorPager(config: ListingConfig, paging: Paging<'cursor'>): Pager {
  const watch = chainGuard(config.service, 'cursor');
  const sizeParam = paging.sizeParam === undefined ? {} : { [paging.sizeParam]: config.limits.pageSize };
  return {
    first: { start: true },
    request: (place) => listingRequest(config, { ...sizeParam, ...('cursor' in place ? { [paging.cursorParam]: place.cursor } : {}) }),
    after: (place, envelope) => {
      if (envelope.next === undefined) return undefined;
      watch('cursor' in place ? place.cursor : '', envelope.next, envelope);
      return { cursor: envelope.next };
    },
    guess: () => undefined,
  };
}

/** By the address in the Link header, which must stay with the source: our credential goes there. */
export function linkPager(config: ListingConfig, paging: Paging<'link'>): Pager {
  const origin = originOf(config);
  const watch = chainGuard(config.service, 'next link');
  const sizeParam = paging.sizeParam === undefined ? {} : { [paging.sizeParam]: config.limits.pageSize };
  return {
    first: { start: true },
    request: (place) => {
      const request = listingRequest(config, sizeParam);
      return 'link' in place ? { ...request, url: sameOrigin(place.link, origin, config).href } : request;
    },
    after: (place, envelope, linkNext) => {
      if (linkNext === undefined) return undefined;
      const target = sameOrigin(linkNext, origin, config);
      const link = target.pathname + target.search;
      watch('link' in place ? place.link : '', link, envelope);
      return { link };
    },
    guess: () => undefined,
  };
}

function sameOrigin(link: string, origin: string, config: ListingConfig): URL {
  const target = URL.canParse(link, origin) ? new URL(link, origin) : undefined;
  if (target?.origin === origin) return target;
  throw new KopruError('source-redirected', `The next page of ${config.service} lies on another host; our credentials do not follow.`, {
    hint: 'Ask the agency for links on the host of baseUrl, or write the host that it uses as baseUrl.',
  });
}

/** Tells a chain that leads back into itself or nowhere. */
function chainGuard(service: string, what: string) {
  const repeated = repetitionGuard(service);
  const seen = new Set<string>();
  let empty = 0;
  const digest = (text: string) => createHash('sha256').update(text).digest('base64');
  return (here: string, next: string, envelope: Envelope) => {
    repeated(envelope);
    seen.add(digest(here));
    if (seen.has(digest(next)))
      throw new KopruError('source-garbled', `${service} gave a ${what} that it gave before, which would never end.`);
    empty = envelope.count === 0 ? empty + 1 : 0;
    if (empty > maxEmptyPages) throw new KopruError('source-garbled', `${service} gave ${maxEmptyPages} empty pages in a row.`);
  };
}
