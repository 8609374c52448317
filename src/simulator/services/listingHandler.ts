import { deliver } from '../faults/answers';
import type { FaultBook } from '../faults/book';
import { contradicting, spoilRow, viewOf } from '../faults/list';
import type { ListFault } from '../faults/orders';
import type { DatasetId } from '../population/types';
import type { World } from '../state/world';
import { basePaths, paths } from './addresses';
import type { Answer } from './answer';
import type { Listing, Place, Row } from './listing';
import { type PreparedPages, preparedPages } from './prepared';
import { send } from './send';
import type { Handler } from './server';

export interface ListingHandler extends Handler {
  prepared: PreparedPages | undefined;
}

/**
 * Serves one dataset as its agency would. cap: the most records on a page, whatever is asked.
 * With a folder, pages of that size are answered from what was prepared in it.
 */
export function listingHandler<D extends DatasetId>(
  listing: Listing<D>,
  world: World,
  faults: FaultBook,
  cap: number,
  folder?: string,
): ListingHandler {
  const address = basePaths[listing.name] + paths[listing.name];
  const prepared =
    folder === undefined
      ? undefined
      : preparedPages(folder, listing.name, {
          size: cap,
          count: () => world.state(listing.dataset).order.length,
          version: () => world.version(listing.dataset),
          make: (from) => page(listing, world, { from, size: cap }, []),
        });
  return {
    prepared,
    takes: (method, path) => method === 'GET' && path === address,
    handle(req, res, url) {
      const place = listing.place(url.searchParams, cap);
      const due = faults.due(listing.name, place && Math.floor(place.from / place.size) + 1);
      for (let i = 0; i < due.days; i += 1) world.nextDay();
      const answer = () => {
        if (!listing.admits(req.headers)) return listing.refusal();
        if (!place) return listing.complaint();
        const ready = due.list.length === 0 ? prepared?.page(place.from, place.size, world.version(listing.dataset)) : undefined;
        return ready ?? page(listing, world, place, due.list);
      };
      send(req, res, deliver(due.answer, listing.charset, answer), listing.gzip);
    },
  };
}

function page<D extends DatasetId>(listing: Listing<D>, world: World, place: Place, faults: readonly ListFault[]): Answer {
  const { dataset } = listing;
  const state = world.state(dataset);
  const view = viewOf(state.order, faults);
  const end = Math.min(place.from + place.size, view.order.length);
  const rows: Row[] = [];
  for (let at = place.from; at < end; at += 1) {
    const ordinal = view.order[at] as number;
    const record = world.record(dataset, ordinal, state.revisions.get(ordinal) ?? 0);
    const row = listing.row(at < view.contradictsFrom ? record : contradicting(record));
    if (faults.length > 0) spoilRow(row, ordinal, listing.name, faults);
    rows.push(row);
  }
  return listing.page(rows, place, {
    total: view.total,
    more: end < view.order.length,
    version: world.version(dataset),
    date: world.date(),
  });
}
