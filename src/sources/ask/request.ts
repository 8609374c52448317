import type { ListingConfig, QueryConfig, SourceConfig } from '../configure/config';

/** One request as it goes out, credentials apart. */
export interface SourceRequest {
  method: 'GET' | 'POST';
  url: string;
  body?: string;
}

type Json = string | number | boolean | null | Json[] | { [name: string]: Json };

/** A listing's request with its paging parameters: in the body where there is one, else in the query string. */
export function listingRequest(config: ListingConfig, paging: Record<string, string | number>): SourceRequest {
  const { method, body } = config.request;
  if (body === undefined) return { method, url: address(config, paging) };
  return { method, url: address(config, {}), body: JSON.stringify({ ...body, ...paging }) };
}

/** The request for one id. The id stands in the body alone, never in the address. */
export function queryRequest(config: QueryConfig, id: string): SourceRequest {
  return { method: 'POST', url: address(config, {}), body: JSON.stringify(withId(config.request.body as Json, id)) };
}

/** The source's origin: where its credential may go. */
export function originOf(config: SourceConfig): string {
  return new URL(config.baseUrl).origin;
}

function address(config: SourceConfig, more: Record<string, string | number>): string {
  const url = new URL(config.baseUrl.replace(/\/+$/, '') + config.request.path);
  for (const [name, value] of Object.entries({ ...config.request.query, ...more })) url.searchParams.set(name, String(value));
  return url.href;
}

function withId(value: Json, id: string): Json {
  if (typeof value === 'string') return value.replaceAll('{id}', id);
  if (Array.isArray(value)) return value.map((v) => withId(v, id));
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([name, v]) => [name, withId(v, id)]));
}
