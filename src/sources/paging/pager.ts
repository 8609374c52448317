import { KopruError } from '../../core/errors';
import type { SourceRequest } from '../ask/request';
import type { Envelope, Place } from '../page';

/** One pull's way through a source's pages. It learns from each page in turn, so a pull has its own. */
export interface Pager {
  first: Place;
  request(place: Place): SourceRequest;
  /** After a page: the next place, or undefined at the end. */
  after(place: Place, envelope: Envelope, linkNext: string | undefined): Place | undefined;
  /** The place that will follow, as far as the source has said that there is more; undefined where that is not known. */
  guess(place: Place): Place | undefined;
}

/** Tells a source that gives the same page again and again, which has no end. */
export function repetitionGuard(service: string) {
  let last: Envelope | undefined;
  return (envelope: Envelope) => {
    const same = envelope.count > 0 && envelope.count === last?.count && envelope.mark !== undefined && envelope.mark === last.mark;
    last = envelope;
    if (same) {
      throw new KopruError('source-garbled', `${service} ignores paging: it gave the same page twice in a row.`, {
        severity: 'halt',
        hint: 'Check the names of the paging parameters in the sources file.',
      });
    }
  };
}
