export async function* nothing(): AsyncGenerator<never, void> {}

/**
 * What has its first part already. Whoever stops early ends the rest, too: also before the first part was taken, where a
 * generator of its own would not have begun and would hear nothing of it.
 */
export function goingOn<T>(first: IteratorResult<T, void>, rest: AsyncGenerator<T, void>): AsyncIterableIterator<T, void> {
  let waiting: IteratorResult<T, void> | undefined = first;
  return {
    next: async () => {
      const now = waiting ?? (await rest.next());
      waiting = undefined;
      return now;
    },
    return: () => {
      waiting = undefined;
      return rest.return();
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}
