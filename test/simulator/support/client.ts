import type { IncomingHttpHeaders } from 'node:http';
import { request } from 'node:https';
import { gunzipSync } from 'node:zlib';

export interface Reply {
  status: number;
  headers: IncomingHttpHeaders;
  body: Buffer;
  /** How the body came, piece by piece. */
  pieces: number[];
}

export interface Ask {
  ca: string;
  method?: string;
  headers?: Record<string, string>;
  body?: string;
  signal?: AbortSignal;
}

/** One request over TLS; rejects if the connection breaks before the answer is whole. */
export function ask(url: string, { ca, method = 'GET', headers = {}, body, signal }: Ask): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const req = request(url, { ca, method, headers, agent: false, ...(signal && { signal }) }, (res) => {
      const chunks: Buffer[] = [];
      res.on('data', (chunk: Buffer) => chunks.push(chunk));
      res.on('error', reject);
      res.on('end', () =>
        resolve({ status: res.statusCode ?? 0, headers: res.headers, body: Buffer.concat(chunks), pieces: chunks.map((c) => c.length) }),
      );
    });
    req.on('error', reject);
    req.end(body);
  });
}

/** The JSON of an answer, read as its own headers say. */
export function jsonOf<T = any>({ headers, body }: Reply): T {
  const charset = /charset=(.+)$/.exec(headers['content-type'] ?? '')?.[1] ?? 'utf-8';
  const bytes = headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body;
  return JSON.parse(new TextDecoder(charset).decode(bytes)) as T;
}
