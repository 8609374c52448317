import path from 'node:path';
import { Piscina } from 'piscina';
import { type IntakeContext, type PageToRead, pageReader, type ReadPage, type RowMemory } from './reader';
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
    resourceLimits: { maxYoungGenerationSizeMb: 52 },
    // Reading is short and the pool lives for one pull: spare the idle threads no exit in between.
    idleTimeout: 60_000,
  });
  const memories = rowMemories();
  return {
    read: async (page) => {
      const memory = memories.take();
      const bytes = page.bytes.buffer;
      // The page goes over without a copy where it has memory of its own.
      const own = bytes instanceof ArrayBuffer && bytes.byteLength === page.bytes.byteLength ? [bytes] : [];
      try {
        const read = unpack(await pool.run({ ...page, memory }, { transferList: own }));
        return { ...read, release: () => memories.giveBack(memory) };
      } catch (error) {
        memories.giveBack(memory);
        throw error;
      }
    },
    close: () => pool.destroy(),
  };
}

/** Memory for the rows of a page of a thousand records or somewhat more; larger ones get memory of their own. */
const noteBytes = 32 * 1024;
const seenBytes = 32 * 1024;
const writtenBytes = 640 * 1024;

/** Row memory that is used again and again: new memory for each page would keep the collector busy. */
function rowMemories(): { take(): RowMemory; giveBack(memory: RowMemory): void } {
  const free: RowMemory[] = [];
  return {
    take: () =>
      free.pop() ?? {
        notes: new SharedArrayBuffer(noteBytes),
        seen: new SharedArrayBuffer(seenBytes),
        written: new SharedArrayBuffer(writtenBytes),
      },
    giveBack: (memory) => void free.push(memory),
  };
}
