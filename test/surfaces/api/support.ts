import { readFileSync } from 'node:fs';
import type { IncomingHttpHeaders } from 'node:http';
import { Agent, request } from 'node:https';
import path from 'node:path';
import tls from 'node:tls';
import type { FastifyInstance } from 'fastify';
import { createShelf } from '../../../src/publication/public/shelf';
import { type ApiDeps, apiServer } from '../../../src/surfaces/api/server';
import { askerOf } from '../../support/asker';
import { logged } from '../../support/audit';
import type { TestBroker } from '../../support/broker';
import { somebody } from '../../support/people';
import { truthOf } from '../../support/truth';

export interface Answer {
  status: number;
  headers: IncomingHttpHeaders;
  /** What came after the body. */
  trailers: NodeJS.Dict<string>;
  text: string;
  json: any;
}

export interface Ask {
  as?: string;
  /** Sent as it is instead of a party's token. */
  authorization?: string;
  /** What the query states; something that is allowed if left out, nothing if null. */
  purpose?: string | null;
  case?: string | null;
  method?: string;
  headers?: Record<string, string>;
  /** An object is sent as JSON, anything else as it is. */
  body?: object | string | Buffer;
}

export interface Api {
  url: string;
  ca: string;
  token(party: string): string;
  ask(where: string, options?: Ask): Promise<Answer>;
  /** Sends bytes over a TLS connection of its own; everything that came back when the server hung up. */
  raw(bytes: string | Buffer): Promise<string>;
}

/** The broker's API on a real socket, with a token for each party. */
export async function servedApi(broker: TestBroker): Promise<Api> {
  const url = await broker.app.api(broker.tls);
  const tokens: Record<string, string> = {};
  for (const party of Object.keys(broker.app.agreement.parties)) tokens[party] = (await somebody(broker.app.broker, party)).token;
  return apiAt(url, broker.tls.ca, tokens);
}

/** A server like the broker's own, with some of its parts exchanged. */
export async function serverWith(broker: TestBroker, api: Api, changes: Partial<ApiDeps>): Promise<{ server: FastifyInstance; api: Api }> {
  const { app, tls: own } = broker;
  const deps: ApiDeps = {
    door: app.door,
    agreement: app.agreement,
    broker: app.broker,
    publication: app.publication,
    shelf: createShelf(app.publication),
    log: app.log,
    clock: app.clock,
    lookupWaitMillis: 5_000,
    whoIs: async () => askerOf('cgm'),
    runs: async () => [],
    ready: async () => undefined,
  };
  const server = await apiServer({ ...deps, ...changes }, own);
  await server.listen({ host: '127.0.0.1', port: 0 });
  const { port } = server.server.address() as { port: number };
  return { server, api: apiAt(`https://127.0.0.1:${port}`, own.ca, { cgm: api.token('cgm'), iskur: api.token('iskur') }) };
}

export function apiAt(url: string, ca: string, tokens: Record<string, string>): Api {
  const agent = new Agent({ ca, keepAlive: false });
  const token = (party: string) => tokens[party] as string;
  return {
    url,
    ca,
    token,
    ask: (where, options = {}) => ask(new URL(where, url), agent, { ...options, headers: headersOf(options, token) }),
    raw: (bytes) => raw(url, ca, bytes),
  };
}

export function headersOf(
  { as, authorization, purpose = 'child-labour', case: of = 'T-1', headers, body }: Ask,
  token: (party: string) => string,
): Record<string, string> {
  const isJson = typeof body === 'object' && !Buffer.isBuffer(body);
  return {
    ...(authorization ? { authorization } : as ? { authorization: `Bearer ${token(as)}` } : {}),
    ...(purpose === null ? {} : { 'kopru-purpose': purpose }),
    ...(of === null ? {} : { 'kopru-case': of }),
    ...(isJson ? { 'content-type': 'application/json' } : {}),
    ...headers,
  };
}

function ask(url: URL, agent: Agent, { method, headers, body }: Ask): Promise<Answer> {
  const payload = body === undefined || typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body);
  return new Promise((resolve, reject) => {
    const req = request(url, { agent, method: method ?? (payload === undefined ? 'GET' : 'POST'), headers: headers ?? {} }, (answer) => {
      const parts: Buffer[] = [];
      answer.on('data', (part) => parts.push(part));
      answer.on('error', reject);
      answer.on('end', () => {
        const text = Buffer.concat(parts).toString('utf8');
        resolve({ status: answer.statusCode as number, headers: answer.headers, trailers: answer.trailers, text, json: jsonIn(text) });
      });
    });
    req.on('error', reject);
    req.end(payload);
  });
}

function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

export function connected(url: string, ca: string, options: tls.ConnectionOptions = {}): Promise<tls.TLSSocket> {
  return new Promise((resolve, reject) => {
    const socket = tls.connect({ host: new URL(url).hostname, port: Number(new URL(url).port), ca, ...options }, () => resolve(socket));
    socket.on('error', reject);
  });
}

async function raw(url: string, ca: string, bytes: string | Buffer): Promise<string> {
  const socket = await connected(url, ca);
  return new Promise((resolve) => {
    const parts: Buffer[] = [];
    socket.on('data', (part) => parts.push(part));
    socket.removeAllListeners('error').on('error', () => undefined);
    socket.on('close', () => resolve(Buffer.concat(parts).toString('latin1')));
    socket.write(bytes);
  });
}

/** The parts of an HTTP answer as it came over the wire. */
export function parsed(answer: string): { status: number; headers: string; json: any; rest: string } {
  const head = answer.indexOf('\r\n\r\n');
  const headers = answer.slice(0, head);
  const length = Number(/content-length: (\d+)/i.exec(headers)?.[1] ?? 0);
  const body = answer.slice(head + 4, head + 4 + length);
  return { status: Number(/^HTTP\/1\.1 (\d+)/.exec(headers)?.[1]), headers, json: jsonIn(body), rest: answer.slice(head + 4 + length) };
}

/** What any refusal looks like, whatever the request was. */
export function expectProblem(answer: Pick<Answer, 'status' | 'headers' | 'text' | 'json'>, status: number, code: string): void {
  expect({ status: answer.status, code: answer.json?.code }).toEqual({ status, code });
  expect(answer.headers['content-type']).toMatch(/^application\/problem\+json/);
  expect(answer.json).toEqual({
    type: `urn:kopru:problem:${code}`,
    title: expect.any(String),
    status,
    detail: expect.any(String),
    code,
    instance: `urn:uuid:${answer.headers['request-id']}`,
    ...(answer.json.hint === undefined ? {} : { hint: expect.any(String) }),
    ...(answer.json.mistakes === undefined ? {} : { mistakes: expect.any(Array) }),
  });
  expect(answer.text).not.toMatch(/node_modules|\.(ts|js):\d|\n\s+at |Prisma|FST_|select |insert /);
}

/** What the broker wrote into its log. */
export function logOf(broker: TestBroker): string {
  return readFileSync(path.join(broker.folder, 'logs', 'kopru.log'), 'utf8');
}

/** What a request left in the audit log. */
export function loggedFor(broker: TestBroker, answer: Pick<Answer, 'headers'>) {
  return logged(broker.database.db, { requestId: String(answer.headers['request-id']) });
}

/** Closes the broker; fails if its log, at debug level, holds anything of a person, a credential or an address that was asked for. */
export async function closeClean(broker: TestBroker): Promise<void> {
  const log = logOf(broker);
  const people = (['iskur.agents', 'emetip.workers', 'cts.children'] as const).flatMap((dataset) => truthOf(broker.standIns, dataset));
  await broker.close();
  expect(log).toMatch(/"route":"[^"]+".*"status":\d+.*"answered"/);
  const numbers = people.map((p) => (p.phone as { e164?: string } | null)?.e164?.slice(3)).filter((number) => number !== undefined);
  const texts = [...people.flatMap((p) => [String(p.nationalId), String(p.fullName)]), ...numbers];
  expect(texts.filter((text) => log.includes(text))).toEqual([]);
  expect(log).not.toMatch(/incoming request|\d{10}|kopru_|Bearer|\/v1\/datasets\/[^:]|[?&](after|fields|limit)=|zzmark/);
}
