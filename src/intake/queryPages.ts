import { CopyRows } from '../infra/copy';
import type { Envelope, Place, RawPage } from '../sources/page';
import type { Pages } from './pull';
import type { ReadPage } from './reader';
import { noteKept } from './rows';
import { emptyStats } from './stats';

/** An id to ask for, with its keyed index in hex: the order of asking, and what a checkpoint may keep. */
export interface KnownId {
  id: string;
  index: string;
}

/** A query-only source: answers in the order of the ids. */
interface Queries {
  queries<T extends { envelope: Envelope }>(
    ids: AsyncIterable<string>,
    read: (raw: RawPage, id: string) => Promise<T>,
    signal: AbortSignal,
  ): AsyncIterable<{ id: string; found: boolean; result?: T; refused?: unknown }>;
}

/**
 * A query-only source seen as pages of one answer each, so that it is pulled like a listing and resumed over days.
 * `known` yields ids by index, after a given one. An id that the query does not take keeps its last version.
 */
export function queryPages(source: Queries, known: (after: string | undefined) => AsyncIterable<KnownId>, fields: number): Pages {
  return {
    async *pages<T extends { envelope: Envelope }>(
      from: Place | undefined,
      read: (raw: RawPage, place: Place) => Promise<T>,
      signal: AbortSignal,
    ) {
      const asked: string[] = [];
      async function* ids() {
        for await (const { id, index } of known(from && 'cursor' in from ? from.cursor : undefined)) {
          asked.push(index);
          yield id;
        }
      }
      let place: Place = from ?? { start: true };
      const answers = source.queries<T>(ids(), (raw, id) => read({ ...raw, askedId: id } as RawPage, place), signal);
      for await (const answer of answers) {
        const index = asked.shift() as string;
        place = { cursor: index };
        const result = answer.result ?? (withoutRecord(fields, answer.refused ? index : undefined) as unknown as T);
        yield { place, next: place, result };
      }
      if (!signal.aborted) yield { place, next: undefined, result: withoutRecord(fields) as unknown as T };
    },
  };
}

const nothing = new Uint8Array(0);

/** A page for an id without an answer; with `keep`, one that leaves the record's last version in place. */
function withoutRecord(fields: number, keep?: string): ReadPage {
  const notes = new CopyRows(64);
  const stats = emptyStats(fields);
  if (keep !== undefined) {
    noteKept(notes, Buffer.from(keep, 'hex'));
    stats.refused = 1;
  }
  return { envelope: { count: 0 }, notes: notes.take(), seen: nothing, written: nothing, stats };
}
