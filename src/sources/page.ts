/** What a source hands on: the bytes of one answer, with what is needed to read them elsewhere (in a thread). */
export interface RawPage {
  bytes: Uint8Array;
  /** `gzip`, `deflate`, `br` or undefined, as the answer said. */
  contentEncoding?: string;
  /** The value of the configured version header, where there is one. */
  versionHeader?: string;
  /** The address in `Link: …; rel="next"`, where there is one. */
  linkNext?: string;
}

/** What a page says of itself and of the whole; small enough to cross threads. */
export interface Envelope {
  count: number;
  total?: number;
  version?: string;
  /** ISO instant of the source's data, where the answer gives it. */
  time?: string;
  pages?: number;
  next?: string;
  /** A short checksum of the first and last record, by which a source that ignores paging is noticed; never stored. */
  mark?: number;
}

/** Where a pull stands; plain JSON, so that a checkpoint can keep it. */
export type Place = { page: number } | { offset: number } | { cursor: string } | { link: string } | { start: true };

/** A share of a listing that is read on its own; plain JSON. Without anything it is the whole. */
export interface Share {
  /** Parameters that select it. */
  query?: Record<string, string>;
  /** Where it begins and, for a range of pages or records, where the next share does. */
  from?: Place;
  to?: Place;
}
