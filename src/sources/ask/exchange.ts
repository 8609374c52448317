import type { Clock } from '../../core/clock';
import type { SourceConfig } from '../configure/config';
import type { RawPage } from '../page';
import { nextLink } from '../paging/link';
import type { Client } from './client';
import { statusFailure } from './meanings';
import type { SourceRequest } from './request';
import { retryAfterSeconds } from './retryAfter';

/** One attempt at one request: sent, and its HTTP meaning heeded. What is in the body is read later, perhaps in a thread. */
export type Ask = (request: SourceRequest, signal: AbortSignal) => Promise<RawPage>;

export function createAsk(config: SourceConfig, client: Client, clock: Clock): Ask {
  const { version } = config.response;
  const versionHeader = typeof version === 'object' ? version.header.toLowerCase() : undefined;
  const byLink = config.kind === 'listing' && config.paging.style === 'link';

  return async (request, signal) => {
    const answer = await client.send(request, signal);
    const raw: RawPage = { bytes: answer.bytes };
    const contentEncoding = answer.header('content-encoding');
    if (contentEncoding !== undefined) raw.contentEncoding = contentEncoding;
    const failure = statusFailure(answer.status, raw, config, retryAfterSeconds(answer.header('retry-after'), clock()));
    if (failure) throw failure;

    const stated = versionHeader === undefined ? undefined : answer.header(versionHeader);
    if (stated !== undefined) raw.versionHeader = stated;
    const link = byLink ? nextLink(answer.header('link')) : undefined;
    // An address that cannot be read is handed on as it is; the listing refuses it.
    if (link !== undefined) raw.linkNext = URL.canParse(link, answer.url) ? new URL(link, answer.url).href : link;
    return raw;
  };
}
