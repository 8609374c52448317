import { KopruError } from './errors';

/** Does at most so much at once; what comes besides waits in a line that is so long at most. */
export type Line = <T>(work: () => Promise<T>) => Promise<T>;

/** @throws KopruError `busy`, from the line, when it is full */
export function createLine(atOnce: number, mostWaiting: number): Line {
  const waiting: (() => void)[] = [];
  let working = 0;
  return async (work) => {
    if (working >= atOnce) {
      if (waiting.length >= mostWaiting)
        throw new KopruError('busy', 'Too many others are waiting for the same.', { hint: 'Ask again in a moment.' });
      // Whoever is done hands its place on, so nobody who comes meanwhile can take it.
      await new Promise<void>((begin) => waiting.push(begin));
    } else working += 1;
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next) next();
      else working -= 1;
    }
  };
}
