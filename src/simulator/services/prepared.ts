import { closeSync, openSync, readSync, unlinkSync, writeSync } from 'node:fs';
import path from 'node:path';
import type { Answer } from './answer';

/** A listing's pages of one day, written to a file beforehand: serving one then costs no more than reading it. */
export interface PreparedPages {
  /** Writes all pages of the present day anew. */
  prepare(): void;
  /** The prepared page that begins at this place, if it was prepared in this size for this version of the data. */
  page(from: number, size: number, version: string): Answer | undefined;
  close(): void;
}

export interface PagesToPrepare {
  size: number;
  count(): number;
  version(): string;
  make(from: number): Answer;
}

/** The file has no name any more once it is open, so nothing stays behind. */
export function preparedPages(folder: string, name: string, pages: PagesToPrepare): PreparedPages {
  const file = path.join(folder, `${name}-${process.pid}.pages`);
  const handle = openSync(file, 'w+', 0o600);
  unlinkSync(file);
  const places = new Map<number, Omit<Answer, 'body'> & { at: number; length: number }>();
  let version: string | undefined;
  return {
    prepare() {
      places.clear();
      let at = 0;
      for (let from = 0; from < pages.count(); from += pages.size) {
        const { body, ...head } = pages.make(from);
        writeSync(handle, body, 0, body.length, at);
        places.set(from, { ...head, at, length: body.length });
        at += body.length;
      }
      version = pages.version();
    },
    page(from, size, asked) {
      const place = size === pages.size && asked === version ? places.get(from) : undefined;
      if (!place) return undefined;
      const { at, length, ...head } = place;
      const body = Buffer.allocUnsafe(length);
      readSync(handle, body, 0, length, at);
      return { ...head, body };
    },
    close: () => closeSync(handle),
  };
}
