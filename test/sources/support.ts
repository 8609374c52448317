import { mkdtempSync, rmSync } from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import type { TLSSocket } from 'node:tls';
import type { Agreement } from '../../src/agreements/language';
import { loadAgreement } from '../../src/agreements/load';
import { KopruError } from '../../src/core/errors';
import { answerPlan, createSource, type Envelope, openPage, type RawPage, type Source, type SourceDeps } from '../../src/sources';
import { type ListingConfig, listingSource, type QueryConfig, querySource, type SourceConfig } from '../../src/sources/configure/config';
import { certificates } from './certificates';

export const agreement: Agreement = loadAgreement(path.join(__dirname, '../../src/agreements/cgm-iskur-2024.yaml'));

/** A folder of this test's own, removed after it. */
export function folder(): string {
  const made = mkdtempSync(path.join(os.tmpdir(), 'kopru-sources-'));
  cleanUps.push(() => rmSync(made, { recursive: true, force: true }));
  return made;
}

const cleanUps: (() => unknown)[] = [];

/** To be called by afterEach: closes and removes what the test opened. */
export async function cleanUp(): Promise<void> {
  for (const undo of cleanUps.splice(0).reverse()) await undo();
}

export interface Seen {
  method: string;
  path: string;
  query: URLSearchParams;
  headers: http.IncomingHttpHeaders;
  body: string;
  /** The client's certificate was issued by our authority. */
  certified: boolean;
}

export interface Reply {
  status?: number;
  headers?: Record<string, string>;
  /** An object goes out as JSON. */
  body?: unknown;
}

export interface Server {
  origin: string;
  seen: Seen[];
  /** The most requests that were under way at once. */
  peak: () => number;
}

/** A service of somebody else, over TLS or in the clear on loopback. A handler that returns nothing has answered itself. */
export async function serve(
  handler: (seen: Seen, response: http.ServerResponse) => Reply | undefined | Promise<Reply | undefined>,
  { tls = false }: { tls?: boolean } = {},
): Promise<Server> {
  const seen: Seen[] = [];
  let now = 0;
  let peak = 0;
  const listener = async (request: http.IncomingMessage, response: http.ServerResponse) => {
    now += 1;
    peak = Math.max(peak, now);
    response.on('close', () => {
      now -= 1;
    });
    let body = '';
    for await (const chunk of request) body += chunk;
    const url = new URL(request.url ?? '/', 'http://x');
    const certified = (request.socket as TLSSocket).authorized === true;
    const one: Seen = {
      method: request.method ?? '',
      path: url.pathname,
      query: url.searchParams,
      headers: request.headers,
      body,
      certified,
    };
    seen.push(one);
    const reply = await handler(one, response);
    if (!reply) return;
    const bytes = Buffer.isBuffer(reply.body)
      ? reply.body
      : Buffer.from(typeof reply.body === 'string' ? reply.body : JSON.stringify(reply.body ?? {}));
    response.writeHead(reply.status ?? 200, { 'content-type': 'application/json', ...reply.headers });
    response.end(bytes);
  };
  const pem = await certificates();
  const server = tls
    ? https.createServer({ key: pem.serverKey, cert: pem.serverCert, ca: pem.ca, requestCert: true, rejectUnauthorized: false }, listener)
    : http.createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  cleanUps.push(() => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(resolve));
  });
  return { origin: `${tls ? 'https' : 'http'}://127.0.0.1:${(server.address() as AddressInfo).port}`, seen, peak: () => peak };
}

type Loose = Record<string, unknown>;
const common = (origin: string): Loose => ({ service: 'Agency', baseUrl: origin, allowHttpOnLoopback: true, fields: {} });

/** A listing's configuration as it comes out of a file, from the little that a test says. */
export function listingConfig(origin: string, more: Loose = {}): ListingConfig {
  return listingSource.parse({ kind: 'listing', ...common(origin), request: { path: '/items' }, paging: { style: 'none' }, ...more });
}

export function queryConfig(origin: string, more: Loose = {}): QueryConfig {
  return querySource.parse({
    kind: 'query',
    ...common(origin),
    request: { path: '/ask', body: { tckn: '{id}' } },
    known: [{ file: '/dev/null' }],
    ...more,
  });
}

export interface Harness {
  source: Source;
  /** Milliseconds of every wait that would have been. */
  slept: number[];
  retries: string[];
}

/** A source whose clock stands still and whose waits take no time. */
export function connect(config: SourceConfig, more: Partial<SourceDeps> = {}): Harness {
  const slept: number[] = [];
  const retries: string[] = [];
  const source = createSource('agency.records', config, {
    ledger: { take: async () => true },
    clock: () => new Date('2026-11-21T12:00:00Z'),
    sleep: async (ms) => {
      slept.push(ms);
    },
    random: () => 0.5,
    onRetry: (notice) => retries.push(notice.code),
    ...more,
  });
  cleanUps.push(() => source.close());
  return { source, slept, retries };
}

export function connectListing(config: ListingConfig, more: Partial<SourceDeps> = {}) {
  const { source, ...rest } = connect(config, more);
  if (source.kind !== 'listing') throw new Error('no listing');
  return { source, read: reader(config), ...rest };
}

export function connectQuery(config: QueryConfig, more: Partial<SourceDeps> = {}) {
  const { source, ...rest } = connect(config, more);
  if (source.kind !== 'query') throw new Error('no query');
  return { source, read: reader(config), ...rest };
}

/** What the next room does with an answer, without its threads. */
export function reader(config: SourceConfig): (raw: RawPage) => Promise<{ records: unknown[]; envelope: Envelope }> {
  const plan = answerPlan(config);
  return async (raw) => openPage(raw, plan);
}

export const never = new AbortController().signal;

/** Everything an async generator yields. */
export async function all<T>(of: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const one of of) list.push(one);
  return list;
}

/** All records of a whole pull. */
export async function pull(config: ListingConfig, more: Partial<SourceDeps> = {}): Promise<unknown[]> {
  const { source, read } = connectListing(config, more);
  return (await all(source.pages(undefined, read, never))).flatMap((page) => page.result.records);
}

export const numbers = (from: number, to: number): { n: number }[] =>
  Array.from({ length: Math.max(0, to - from) }, (_, i) => ({ n: from + i }));

/** The KopruError by which something failed. */
export async function failure(promise: Promise<unknown>): Promise<KopruError> {
  const error = await promise.then(
    () => undefined,
    (e: unknown) => e,
  );
  if (!(error instanceof KopruError)) throw new Error('it did not fail as it should', { cause: error });
  return error;
}
