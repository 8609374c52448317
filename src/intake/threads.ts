import path from 'node:path';
import { Piscina } from 'piscina';
import { type IntakeContext, type PageToRead, pageReader, type ReadPage } from './reader';
import { type ThreadAnswer, unpack } from './threadAnswer';

export interface ReaderPool {
  read(page: PageToRead): Promise<ReadPage>;
  close(): Promise<void>;
}

/**
 * Readers of a dataset's pages in `threads` worker threads; with 0 on the calling thread.
 * `folder` is where the compiled thread file stands.
 */
export function readerPool(context: IntakeContext, options: { threads: number; folder: string }): ReaderPool {
  if (options.threads === 0) {
    const reader = pageReader(context);
    return { read: async (page) => reader.page(page), close: async () => undefined };
  }
  const pool = new Piscina<PageToRead, ThreadAnswer>({
    filename: path.join(options.folder, 'thread.js'),
    minThreads: options.threads,
    maxThreads: options.threads,
    workerData: context,
    // A page's objects die together: with room for several pages the collector has next to nothing to copy.
    resourceLimits: { maxYoungGenerationSizeMb: 48 },
    // Reading is short and the pool lives for one pull: spare the idle threads no exit in between.
    idleTimeout: 60_000,
  });
  return {
    read: async (page) => unpack(await pool.run(page)),
    close: () => pool.destroy(),
  };
}
