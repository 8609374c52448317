/** What the database tells (prisma/migrations): a bare word, or a word with the number of a row. */
export interface Messages {
  heard(message: string): void;
  on(word: string, act: (row: string) => void): void;
}

export function createMessages(): Messages {
  const acts = new Map<string, ((row: string) => void)[]>();
  return {
    heard: (message) => {
      const [word = '', row = ''] = message.split(':', 2);
      for (const act of acts.get(word) ?? []) act(row);
    },
    on: (word, act) => void acts.set(word, [...(acts.get(word) ?? []), act]),
  };
}

export interface Waiting {
  /** Done when the row was told of, or after so long. */
  told(row: string, millis: number): Promise<void>;
  tell(row: string): void;
}

/** Callers that wait for rows to be told of. */
export function createWaiting(): Waiting {
  const waiting = new Map<string, Set<() => void>>();
  return {
    told: (row, millis) =>
      new Promise((resolve) => {
        const all = waiting.get(row) ?? new Set();
        const done = () => {
          clearTimeout(timer);
          all.delete(done);
          if (all.size === 0) waiting.delete(row);
          resolve();
        };
        const timer = setTimeout(done, Math.max(0, millis));
        waiting.set(row, all.add(done));
      }),
    tell: (row) => {
      for (const done of [...(waiting.get(row) ?? [])]) done();
    },
  };
}
