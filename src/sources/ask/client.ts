import http from 'node:http';
import https from 'node:https';
import axios, { type AxiosResponse } from 'axios';
import { KopruError } from '../../core/errors';
import type { SourceConfig } from '../configure/config';
import { credentialHeaders, tlsFiles } from './credentials';
import { cancelled } from './failure';
import { exchangeError } from './httpErrors';
import type { Gate } from './limits';
import { originOf, type SourceRequest } from './request';
import { longest } from './sleep';

/** An answer as it came: its bytes still compressed. */
export interface Answer {
  status: number;
  bytes: Uint8Array;
  /** The address that answered, after redirects. */
  url: string;
  header(name: string): string | undefined;
}

export interface Client {
  send(request: SourceRequest, signal: AbortSignal): Promise<Answer>;
  close(): void;
}

const maxRedirects = 3;

/** The source's HTTP client, with its credential and certificates. `gate` lets every single request through. */
export function createClient(config: SourceConfig, gate: Gate, env: NodeJS.ProcessEnv): Client {
  const origin = originOf(config);
  const place = origin + new URL(config.baseUrl).pathname.replace(/\/+$/, '') + config.request.path;
  const sockets = { keepAlive: true, maxSockets: config.limits.concurrency };
  const httpAgent = new http.Agent(sockets);
  // Said outright, so that NODE_TLS_REJECT_UNAUTHORIZED and --tls-min-v1.0 cannot weaken it.
  const httpsAgent = new https.Agent({ ...sockets, ...tlsFiles(config), minVersion: 'TLSv1.2', rejectUnauthorized: true });
  const instance = axios.create({
    httpAgent,
    httpsAgent,
    responseType: 'arraybuffer',
    decompress: false,
    maxRedirects: 0,
    maxContentLength: config.limits.maxBodyBytes,
    proxy: false,
    validateStatus: () => true,
    transformRequest: [(data) => data],
    transformResponse: [(data) => data],
    headers: {
      accept: 'application/json',
      'user-agent': 'kopru',
      ...lowerCased(config.request.headers),
      'accept-encoding': config.limits.compression === 'gzip' ? 'gzip' : 'identity',
      ...credentialHeaders(config.auth, env),
    },
  });

  const exchange = async (url: string, request: SourceRequest, signal: AbortSignal): Promise<AxiosResponse<Buffer>> => {
    const deadline = withDeadline(signal, config.limits.timeoutSeconds);
    try {
      const body = request.body === undefined ? {} : { data: Buffer.from(request.body), headers: { 'content-type': 'application/json' } };
      return await instance.request<Buffer>({ url, method: request.method, signal: deadline.signal, ...body });
    } catch (error) {
      if (signal.aborted) throw cancelled();
      if (deadline.signal.aborted) {
        throw new KopruError(
          'source-unreachable',
          `${config.service} at ${place} did not answer in full within ${config.limits.timeoutSeconds} seconds.`,
          {
            hint: 'If it is merely slow, raise limits.timeoutSeconds or lower limits.pageSize in the sources file.',
          },
        );
      }
      throw exchangeError(error, config, place);
    } finally {
      deadline.clear();
    }
  };

  const send = async (request: SourceRequest, signal: AbortSignal): Promise<Answer> => {
    let url = request.url;
    for (let redirects = 0; ; redirects += 1) {
      await gate(signal);
      const response = await exchange(url, request, signal);
      const header = (name: string) => headerText(response, name);
      const location = [301, 302, 303, 307, 308].includes(response.status) ? header('location') : undefined;
      if (location === undefined) return { status: response.status, bytes: owned(response.data), url, header };
      const target = URL.canParse(location, url) ? new URL(location, url) : undefined;
      if (target?.origin !== origin) throw redirected(config, 'redirects to another host; our credentials do not follow');
      if (request.method !== 'GET') throw redirected(config, 'redirects a POST, which is not followed');
      if (redirects === maxRedirects) throw redirected(config, `redirects more than ${maxRedirects} times`);
      target.username = '';
      target.password = '';
      url = target.href;
    }
  };

  return {
    send,
    close: () => {
      httpAgent.destroy();
      httpsAgent.destroy();
    },
  };
}

/** One signal for the whole exchange, so that an answer that drips in slowly ends as well. */
function withDeadline(outer: AbortSignal, seconds: number): { signal: AbortSignal; clear: () => void } {
  const controller = new AbortController();
  const abort = () => controller.abort();
  const timer = setTimeout(abort, Math.min(seconds * 1000, longest));
  if (outer.aborted) abort();
  outer.addEventListener('abort', abort);
  const clear = () => {
    clearTimeout(timer);
    outer.removeEventListener('abort', abort);
  };
  return { signal: controller.signal, clear };
}

/** Bytes in memory of their own: a small answer lies in a shared pool, which must not be handed to a thread. */
function owned(data: Buffer): Uint8Array {
  return data.buffer.byteLength === data.byteLength ? new Uint8Array(data.buffer) : new Uint8Array(data);
}

function headerText(response: AxiosResponse, name: string): string | undefined {
  const value: unknown = response.headers[name];
  return typeof value === 'string' ? value : Array.isArray(value) ? value.join(', ') : undefined;
}

function lowerCased(headers: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}

function redirected({ service }: SourceConfig, what: string): KopruError {
  return new KopruError('source-redirected', `${service} ${what}.`, {
    hint: 'If the service has moved, write its new address as baseUrl in the sources file.',
  });
}
