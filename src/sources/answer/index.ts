import { KopruError } from '../../core/errors';
import type { SourceConfig } from '../configure/config';
import type { Envelope, RawPage } from '../page';
import { decode, inflate } from './decode';
import { readInstant } from './instant';
import { parsePath, valueAt } from './lookup';

/** What is needed to read a source's answers; plain data, so that it can cross into a thread. */
export interface AnswerPlan {
  service: string;
  response: SourceConfig['response'];
  pages?: string | undefined;
  next?: string | undefined;
  maxInflatedBytes: number;
  /** A query answers with one record, so an object stands for a list of one and null for none. */
  single: boolean;
}

export function answerPlan(config: SourceConfig): AnswerPlan {
  const paging = config.kind === 'listing' ? config.paging : undefined;
  return {
    service: config.service,
    response: config.response,
    pages: paging?.style === 'page' ? paging.pages : undefined,
    next: paging?.style === 'cursor' ? paging.next : undefined,
    maxInflatedBytes: config.limits.maxInflatedBytes,
    single: config.kind === 'query',
  };
}

/**
 * Reads one answer: unpacked, decoded, parsed, its result code heeded, its records and what it says of itself taken out.
 * Pure and without the HTTP client, so that threads can use it.
 * @throws KopruError source-garbled, source-too-large, source-fault, source-not-found or source-not-authorised
 */
export function openPage(raw: RawPage, plan: AnswerPlan): { records: unknown[]; envelope: Envelope } {
  const { service, response } = plan;
  const body = parse(decode(inflate(raw, plan.maxInflatedBytes, service), response.encoding, service), service);
  heedCode(body, plan);
  const records = recordsIn(body, plan);
  const at = (path: string | undefined) => (path === undefined ? undefined : valueAt(body, parsePath(path)));
  const version = typeof response.version === 'object' ? raw.versionHeader : at(response.version);

  const envelope: Envelope = { count: records.length };
  const total = wholeNumber(at(response.total), 'response.total', service);
  if (total !== undefined) envelope.total = total;
  const pages = wholeNumber(at(plan.pages), 'paging.pages', service);
  if (pages !== undefined) envelope.pages = pages;
  if (typeof version === 'string' || typeof version === 'number') envelope.version = String(version);
  const time = readInstant(at(response.time), service);
  if (time !== undefined) envelope.time = time;
  const next = at(plan.next);
  if ((typeof next === 'string' && next !== '') || typeof next === 'number') envelope.next = String(next);
  const mark = markOf(records);
  if (mark !== undefined) envelope.mark = mark;
  return { records, envelope };
}

/** The parser's own message quotes the text, which may be a person's, so it goes no further. */
function parse(text: string, service: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    const what = text.trim() === '' ? 'an empty answer' : 'an answer that is not whole JSON';
    throw new KopruError('source-garbled', `${service} sent ${what}.`);
  }
}

function heedCode(body: unknown, { service, response: { code } }: AnswerPlan): void {
  if (!code) return;
  const value = valueAt(body, parsePath(code.at));
  if (value === undefined || value === null || typeof value === 'object') {
    throw new KopruError('source-garbled', `${service} sent no result code at ${code.at}.`);
  }
  const text = String(value);
  const among = (list: readonly unknown[]) => list.some((v) => String(v) === text);
  if (among(code.ok)) return;
  // A code is short; anything longer may be a message about a person.
  const shown = /^[\w.-]{1,9}$/.test(text) ? ` ${text}` : '';
  if (among(code.notAuthorised)) {
    throw new KopruError('source-not-authorised', `${service} refused our credentials (result code${shown}).`);
  }
  if (among(code.notFound)) throw new KopruError('source-not-found', `${service} found nothing (result code${shown}).`);
  throw new KopruError('source-fault', `${service} reported a fault of its own (result code${shown}).`);
}

function recordsIn(body: unknown, { service, response, single }: AnswerPlan): unknown[] {
  const found = valueAt(body, parsePath(response.records));
  if (Array.isArray(found)) return found;
  if (single && found === null) return [];
  if (single && typeof found === 'object') return [found];
  const what = found === undefined ? 'nothing' : 'something other than a list of records';
  throw new KopruError('source-garbled', `${service} sent ${what} at ${response.records}.`, {
    hint: 'Check response.records in the sources file against an answer of the service.',
  });
}

function wholeNumber(value: unknown, option: string, service: string): number | undefined {
  if (value === undefined || value === null) return undefined;
  const number = typeof value === 'string' && /^\d{1,15}$/.test(value) ? Number(value) : value;
  if (typeof number === 'number' && Number.isSafeInteger(number) && number >= 0) return number;
  throw new KopruError('source-garbled', `${service} sent no whole number where ${option} points.`);
}

/** FNV-1a over the first and last record: cheap, and far too short to stand for a person. */
function markOf(records: readonly unknown[]): number | undefined {
  if (records.length === 0) return undefined;
  try {
    const text = JSON.stringify([records[0], records.at(-1)]);
    let hash = 0x811c9dc5;
    for (let i = 0; i < text.length; i += 1) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
    return hash >>> 0;
  } catch {
    return undefined; // nested too deeply to write out; paging is then judged without it
  }
}
