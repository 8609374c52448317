import type { AddressInfo } from 'node:net';
import { KopruError } from '../core/errors';

interface Listener {
  listen(at: { host: string; port: number }): Promise<unknown>;
  server: { address(): AddressInfo | string | null };
}

/** Lets a server listen; returns its address. `what` and `setting` are for people: "The API", "API". @throws KopruError `port-taken` */
export async function serveOn(
  server: Listener,
  host: string,
  port: number,
  { what, setting }: { what: string; setting: string },
): Promise<string> {
  try {
    await server.listen({ host, port });
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'EADDRINUSE')
      throw new KopruError('port-taken', `Port ${port} on ${host} is in use.`, {
        hint: `Set ${setting}_PORT to another one, or 0 for any.`,
      });
    throw new KopruError('port-taken', `${what} cannot listen on ${host}:${port} (${code}).`, {
      hint: `Check ${setting}_HOST and ${setting}_PORT.`,
    });
  }
  const address = server.server.address();
  const taken = typeof address === 'object' && address ? address.port : port;
  return `https://${host.includes(':') ? `[${host}]` : host}:${taken}`;
}
