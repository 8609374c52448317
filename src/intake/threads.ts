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
 * `folder` is where the compiled thread file stands, `pageSize` how many records a page mostly has, `turn` keeps pages apart while somebody waits.
 */
export function readerPool(
  context: IntakeContext,
  options: { threads: number; folder: string; pageSize: number; turn: () => Promise<() => void> },
): ReaderPool {
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
    resourceLimits: { maxYoungGenerationSizeMb: 64 },
    // Reading is short and the pool lives for one pull: spare the idle threads no exit in between.
    idleTimeout: 60_000,
  });
  const memories = rowMemories(options.pageSize);
  let closed: Promise<void> | undefined;
  return {
    read: async (page) => {
      const endTurn = await options.turn();
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
      } finally {
        endTurn();
      }
    },
    close: () => {
      closed ??= pool.destroy();
      return closed;
    },
  };
}

/** Memory for the rows of one record, with room to spare; pages with more get memory of their own. */
const writtenBytes = 640;
const seenBytes = 24;
const noteBytes = 32;

/** Row memory that is used again and again: new memory for each page would keep the collector busy. */
function rowMemories(pageSize: number): { take(): RowMemory; giveBack(memory: RowMemory): void } {
  const free: RowMemory[] = [];
  const room = (bytes: number) => new SharedArrayBuffer(4096 + pageSize * bytes);
  return {
    take: () => free.pop() ?? { notes: room(noteBytes), seen: room(seenBytes), written: room(writtenBytes) },
    giveBack: (memory) => void free.push(memory),
  };
}
