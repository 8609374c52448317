import { KopruError } from '../core/errors';
import { idKind } from '../core/nationalId';
import type { Ask } from './ask/exchange';
import type { Patience } from './ask/patience';
import { queryRequest } from './ask/request';
import type { QueryConfig } from './configure/config';
import type { Envelope, RawPage } from './page';
import { taskRow } from './paging/ahead';

/** What came of one id: found, not found, or refused because the query takes another kind of id. */
export type QueryAnswer<T> = { id: string; found: true; result: T } | { id: string; found: false; refused?: KopruError };

/** Reads one answer, like a listing's; it must leave no trace, as it may be called again. */
export type ReadAnswer<T> = (raw: RawPage, id: string) => Promise<T>;

export interface Query {
  /** The answers in the order of the ids, so that the last id received is the place to go on from. */
  queries<T extends { envelope: Envelope }>(
    ids: AsyncIterable<string>,
    read: ReadAnswer<T>,
    signal: AbortSignal,
  ): AsyncGenerator<QueryAnswer<T>, void, undefined>;
}

export function createQuery(config: QueryConfig, deps: { ask: Ask; patience: Patience }): Query {
  const askFor = async <T extends { envelope: Envelope }>(
    id: string,
    read: ReadAnswer<T>,
    signal: AbortSignal,
  ): Promise<QueryAnswer<T>> => {
    const refused = refusal(id, config);
    if (refused) return { id, found: false, refused };
    try {
      const result = await deps.patience(async () => read(await deps.ask(queryRequest(config, id), signal), id), signal);
      return result.envelope.count > 0 ? { id, found: true, result } : { id, found: false };
    } catch (error) {
      if (error instanceof KopruError && error.code === 'source-not-found') return { id, found: false };
      throw error;
    }
  };

  async function* queries<T extends { envelope: Envelope }>(
    ids: AsyncIterable<string>,
    read: ReadAnswer<T>,
    signal: AbortSignal,
  ): AsyncGenerator<QueryAnswer<T>, void, undefined> {
    const row = taskRow((id: string, inner) => askFor(id, read, inner), signal);
    const more = ids[Symbol.asyncIterator]();
    let ended = false;
    try {
      for (;;) {
        while (!ended && row.keys().length < config.limits.concurrency) {
          const next = await more.next();
          if (next.done) ended = true;
          else row.add(next.value);
        }
        if (row.keys().length === 0) return;
        yield await row.take();
      }
    } finally {
      await row.end();
      if (!ended) await more.return?.();
    }
  }

  return { queries };
}

/** The sentence names kinds and never the id. */
function refusal(id: string, { service, kinds }: QueryConfig): KopruError | undefined {
  const kind = idKind(id);
  if (kind && kinds.includes(kind)) return undefined;
  const what = kind ? `an id of the kind ${kind}` : 'an id that is not well formed';
  return new KopruError('source-id-refused', `${service} takes ids of the kind ${kinds.join(', ')}, and was not asked for ${what}.`);
}
