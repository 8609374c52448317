import { Client, type ClientConfig, type Pool } from 'pg';

/** One connection for short statements that only read. */
export interface ShortReads {
  query: Pool['query'];
  close(): Promise<void>;
}

/**
 * Sends short reading statements down one connection without waiting for each other's answers: what a request needs to know
 * wakes one server process instead of several. Nothing that writes, waits for a lock or takes long belongs here, since what
 * comes after it waits. Connects on first use, and anew after a break; what was under way then fails as on any connection.
 */
export function openShortReads(config: ClientConfig): ShortReads {
  let current: Promise<Client> | undefined;
  const forget = (connecting: Promise<Client>) => {
    if (current === connecting) current = undefined;
  };
  const connect = (): Promise<Client> => {
    const client = new Client({ ...config, pipeline: true });
    const connecting = client.connect().then(() => client);
    const gone = () => forget(connecting);
    client.on('error', gone).on('end', gone);
    connecting.catch(gone);
    return connecting;
  };
  const query = async (...asked: Parameters<Client['query']>) => {
    current ??= connect();
    const connecting = current;
    const client = await connecting;
    try {
      return await client.query(...asked);
    } catch (error) {
      // Told by the server that it ends, or by nobody: the connection breaks before its end is heard of.
      if ((error as { severity?: string }).severity !== 'ERROR') {
        forget(connecting);
        client.end().catch(() => undefined);
      }
      throw error;
    }
  };
  return {
    query: query as unknown as Pool['query'],
    close: async () => {
      await (await current?.catch(() => undefined))?.end();
    },
  };
}
