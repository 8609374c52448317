import os from 'node:os';
import { move, transferableSymbol, valueSymbol, workerData } from 'piscina';
import { type IntakeContext, type PageToRead, pageReader, type ReadPage } from './reader';
import { packError, type ThreadAnswer } from './threadAnswer';

// Readers may use every core; whoever waits for an answer goes first. On Linux this is the thread's own priority, elsewhere the process's.
if (process.platform === 'linux') os.setPriority(10);

const reader = pageReader(workerData as IntakeContext);

/** Reads one page in a thread; a known error crosses as data, since classes do not cross. */
export default function readInThread(page: PageToRead): unknown {
  try {
    return move(new HandedOver(reader.page(page)) as never);
  } catch (error) {
    return packError(error);
  }
}

/** An answer whose rows' memory changes hands instead of being copied. */
class HandedOver {
  constructor(private readonly page: ReadPage) {}

  get [transferableSymbol](): ArrayBufferLike[] {
    const { notes, seen, written } = this.page;
    return [notes.buffer, seen.buffer, written.buffer].filter((memory) => memory instanceof ArrayBuffer);
  }

  get [valueSymbol](): ThreadAnswer {
    return { page: this.page };
  }
}
