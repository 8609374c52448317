import { setTimeout as pause } from 'node:timers/promises';
import { Client } from 'pg';

const channel = 'kopru';
const againMillis = 500;

export interface Listening {
  /** Whether messages arrive at present. */
  live(): boolean;
  close(): Promise<void>;
}

/**
 * Hears what the database's triggers tell (prisma/migrations), on a connection of its own that is made anew when it is lost.
 * `connected` runs on each new connection before messages are heard. What is told meanwhile is lost, so a sweep must find it.
 */
export async function listen(
  url: string,
  options: { heard(message: string): void; connected?(client: Client): Promise<unknown> },
): Promise<Listening> {
  let live: Client | undefined;
  const ending = new AbortController();

  const connect = async (): Promise<{ client: Client; gone: Promise<void> }> => {
    const client = new Client({ connectionString: url, application_name: 'kopru listen', keepAlive: true });
    const gone = new Promise<void>((resolve) => client.once('end', () => resolve()));
    client.on('error', () => undefined);
    client.on('notification', ({ payload }) => payload !== undefined && options.heard(payload));
    try {
      await client.connect();
      await options.connected?.(client);
      await client.query(`listen ${channel}`);
    } catch (error) {
      await client.end().catch(() => undefined);
      throw error;
    }
    if (ending.signal.aborted) await client.end().catch(() => undefined);
    else live = client;
    return { client, gone };
  };

  const keepOn = async (first: Promise<void>): Promise<void> => {
    for (let gone = first; !ending.signal.aborted; ) {
      await gone;
      live = undefined;
      await pause(againMillis, undefined, { signal: ending.signal, ref: false }).catch(() => undefined);
      if (ending.signal.aborted) return;
      gone = connect()
        .then((made) => made.gone)
        .catch(() => undefined);
    }
  };

  const kept = keepOn((await connect()).gone);
  return {
    live: () => live !== undefined,
    close: async () => {
      ending.abort();
      await live?.end().catch(() => undefined);
      await kept;
    },
  };
}
