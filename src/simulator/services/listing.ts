import type { IncomingHttpHeaders } from 'node:http';
import type { IsoDate } from '../../core/dates';
import type { DatasetId, Records } from '../population/types';
import type { ListingName } from './addresses';
import type { Answer } from './answer';
import type { Charset } from './charset';

/** What each listing lists. */
export const datasetOf: Record<ListingName, DatasetId> = { agents: 'iskur.agents', workers: 'emetip.workers', children: 'cts.children' };

/** One record as a service writes it. */
export type Row = Record<string, unknown>;

/** What a request asks for: `size` records from the place `from`, counted from 0. */
export interface Place {
  from: number;
  size: number;
}

/** What a page says of the whole. */
export interface Whole {
  /** How many records the service says it has. */
  total: number;
  /** Whether records follow this page. */
  more: boolean;
  version: string;
  /** The day the data are of. */
  date: IsoDate;
}

/** The habits of one service that lists a dataset. */
export interface Listing<D extends DatasetId = DatasetId> {
  name: ListingName;
  dataset: D;
  charset: Charset;
  /** Whether it compresses for those who accept it. */
  gzip: boolean;
  admits(headers: IncomingHttpHeaders): boolean;
  /** What it says to a wrong credential. */
  refusal(): Answer;
  /** The place a query string names, its size at most `cap`; undefined if it is malformed. */
  place(query: URLSearchParams, cap: number): Place | undefined;
  /** What it says to a malformed query. */
  complaint(): Answer;
  row(record: Records[D]): Row;
  page(rows: Row[], place: Place, whole: Whole): Answer;
}

/** A whole number of at least `least` out of a query string; `fallback` where it is absent, undefined where it is none. */
export function wholeNumber(query: URLSearchParams, name: string, least: number, fallback: number): number | undefined {
  const text = query.get(name);
  if (text === null) return fallback;
  return /^\d{1,9}$/.test(text) && Number(text) >= least ? Number(text) : undefined;
}

/** `dd.MM.yyyy` or `dd/MM/yyyy`; unknown parts of a partial date are zeros, no date the empty text. */
export function dayFirst(date: string | null, separator: string): string {
  if (date === null) return '';
  return `${date.slice(8, 10) || '00'}${separator}${date.slice(5, 7) || '00'}${separator}${date.slice(0, 4)}`;
}
