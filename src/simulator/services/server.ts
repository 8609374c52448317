import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { KopruError } from '../../core/errors';

export interface Handler {
  /** Whether a request is its own. */
  takes(method: string, path: string): boolean;
  handle(req: IncomingMessage, res: ServerResponse, url: URL): void | Promise<void>;
}

export interface ServerOptions {
  /** PEM texts. */
  tls: { key: string; cert: string };
  host: string;
  /** 0: any free one. */
  port: number;
}

/** Starts one agency's server over TLS 1.2 or newer. KopruError port-taken or settings-invalid. */
export function startServer(
  { tls, host, port }: ServerOptions,
  handlers: readonly Handler[],
): Promise<{ port: number; close(): Promise<void> }> {
  const server = listener(tls, (req, res) => {
    dispatch(req, res, handlers).catch((error: Error) => {
      if (res.headersSent) res.destroy();
      else plain(res, 500, `stand-in service: ${error.message}`);
    });
  });
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => reject(error.code === 'EADDRINUSE' ? taken(port) : error));
    server.listen(port, host, () => resolve({ port: (server.address() as AddressInfo).port, close: () => close(server) }));
  });
}

async function dispatch(req: IncomingMessage, res: ServerResponse, handlers: readonly Handler[]): Promise<void> {
  const url = new URL(`https://stand-in.invalid${req.url}`);
  const handler = handlers.find(({ takes }) => takes(req.method ?? '', url.pathname));
  if (handler) await handler.handle(req, res, url);
  else plain(res, 404, 'adres yok');
}

function plain(res: ServerResponse, status: number, hata: string): void {
  res.writeHead(status, { 'content-type': 'application/json; charset=utf-8' }).end(JSON.stringify({ hata }));
}

function listener(tls: ServerOptions['tls'], listen: RequestListener): Server {
  try {
    return createServer({ ...tls, minVersion: 'TLSv1.2', keepAliveTimeout: 60_000 }, listen);
  } catch (cause) {
    throw new KopruError('settings-invalid', 'The stand-in services’ certificate and key are no PEM texts that belong together.', {
      cause,
    });
  }
}

function taken(port: number): KopruError {
  return new KopruError('port-taken', `Port ${port} is in use, so a stand-in service cannot listen on it.`, {
    hint: 'Choose another port, or 0 for any free one.',
  });
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}

/** A request's body as text. Rejects with a RangeError beyond `most` bytes. */
export async function bodyText(req: IncomingMessage, most = 64 * 1024): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of req as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > most) throw new RangeError('the body is too long');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}
