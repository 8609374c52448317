import { bulkhead } from 'cockatiel';
import { KopruError } from '../core/errors';
import type { Ask } from './ask/exchange';
import type { Patience } from './ask/patience';
import type { ListingConfig } from './configure/config';
import type { Envelope, Place, RawPage, Share } from './page';
import { createPager, placeFits } from './paging';
import { taskRow } from './paging/ahead';

/** One page of a pull: where it stood, where the next stands (undefined at the end), and what reading it gave. */
export interface ListedPage<T> {
  place: Place;
  next: Place | undefined;
  result: T;
}

/**
 * Reads one answer; usually openPage and more, in a thread. It may be called again for a page that is asked for again,
 * and for a page that is never yielded, so it must leave no trace. A KopruError `source-…` of severity retry has the page asked for anew.
 */
export type ReadPage<T> = (raw: RawPage, place: Place) => Promise<T>;

export interface Listing {
  /** The pages in order, from the beginning or from a kept place. Some are read ahead while the caller works. */
  pages<T extends { envelope: Envelope }>(
    from: Place | undefined,
    read: ReadPage<T>,
    signal: AbortSignal,
    share?: Share,
  ): AsyncGenerator<ListedPage<T>, void, undefined>;
  /** Whether a kept place can still be gone on from; if not, the pull begins anew. */
  placeFits(place: Place): boolean;
}

/** Pages that have arrived and are being read, beyond those that are being asked for: readers never wait for the source. */
const pagesInHand = 3;

export function createListing(config: ListingConfig, deps: { ask: Ask; patience: Patience }): Listing {
  const requests = bulkhead(config.limits.concurrency, Number.POSITIVE_INFINITY);

  async function* pages<T extends { envelope: Envelope }>(
    from: Place | undefined,
    read: ReadPage<T>,
    signal: AbortSignal,
    share: Share = {},
  ): AsyncGenerator<ListedPage<T>, void, undefined> {
    const begin = from ?? share.from;
    if (begin && !placeFits(config, begin)) {
      throw new KopruError('source-changing', `The paging of ${config.service} was configured anew since this pull began.`, {
        hint: 'Start the pull anew.',
      });
    }
    const pager = createPager(shareOf(config, share), begin);
    const within = (place: Place | undefined) => (place && share.to && reaches(place, share.to) ? undefined : place);
    // Places asked for whose answers have not come yet; what is guessed never goes further, so that a wrong guess costs little.
    let awaited = 0;
    const row = taskRow((place: Place, inner) => {
      awaited += 1;
      let waits = true;
      const arrived = () => {
        if (waits) awaited -= 1;
        waits = false;
      };
      return deps
        .patience(async () => {
          const raw = await requests.execute(() => deps.ask(pager.request(place), inner));
          arrived();
          return { result: await read(raw, place), linkNext: raw.linkNext };
        }, inner)
        .finally(arrived);
    }, signal);

    const lookAhead = (place: Place) => {
      // What was foretold wrongly goes; a later one may still be right.
      while (row.keys().length > 0 && JSON.stringify(row.keys()[0]) !== JSON.stringify(place)) row.drop();
      if (row.keys().length === 0) row.add(place);
      while (awaited < config.limits.concurrency && row.keys().length < config.limits.concurrency + pagesInHand) {
        const guess = within(pager.guess(row.keys().at(-1) as Place));
        if (!guess) break;
        row.add(guess);
      }
    };

    try {
      let place: Place | undefined = begin ?? pager.first;
      lookAhead(place);
      while (place) {
        const { result, linkNext } = await row.take();
        const next = within(pager.after(place, result.envelope, linkNext));
        if (next) lookAhead(next);
        else row.clear();
        yield { place, next, result };
        place = next;
      }
    } finally {
      await row.end();
    }
  }

  return { pages, placeFits: (place) => placeFits(config, place) };
}

function shareOf(config: ListingConfig, { query }: Share): ListingConfig {
  if (!query) return config;
  const { request } = config;
  return request.body
    ? { ...config, request: { ...request, body: { ...request.body, ...query } } }
    : { ...config, request: { ...request, query: { ...request.query, ...query } } };
}

/** Whether a counted place lies at another one or beyond it. */
function reaches(place: Place, to: Place): boolean {
  if ('page' in place && 'page' in to) return place.page >= to.page;
  return 'offset' in place && 'offset' in to && place.offset >= to.offset;
}
