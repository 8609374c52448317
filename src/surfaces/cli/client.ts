import { readFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { request } from 'node:https';
import { type ErrorCode, errorCatalogue, KopruError } from '../../core/errors';

export interface ApiAccess {
  /** Makes a repeat of a look-up free. */
  repeatKey?: string | undefined;
  url: string;
  caFile?: string | undefined;
  tokenFile: string;
  /** The institution’s client certificate and its key, where the API asks for one. */
  certFile?: string | undefined;
  keyFile?: string | undefined;
  purpose?: string | undefined;
  case?: string | undefined;
}

/** Asks the API as a person of a party. @throws KopruError with the API's own code and sentence */
export async function askApi(access: ApiAccess, path: string, body?: object): Promise<IncomingMessage> {
  const answer = await send(access, path, body);
  if (answer.statusCode === 200 || answer.statusCode === 202) return answer;
  const text = await textOf(answer);
  let problem: { code?: string; detail?: string; hint?: string } = {};
  try {
    problem = JSON.parse(text);
  } catch {
    // Not our API's answer; told below.
  }
  const code = problem.code && problem.code in errorCatalogue ? (problem.code as ErrorCode) : 'internal';
  throw new KopruError(
    code,
    problem.detail ?? `The API answered with HTTP ${answer.statusCode}.`,
    problem.hint ? { hint: problem.hint } : {},
  );
}

export async function textOf(answer: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of answer) parts.push(part as Buffer);
  return Buffer.concat(parts).toString('utf8');
}

function send(access: ApiAccess, path: string, body?: object): Promise<IncomingMessage> {
  const token = secretIn(access.tokenFile);
  const certificate = certificateIn(access);
  const payload = body && JSON.stringify(body);
  return new Promise((resolve, reject) => {
    const req = request(new URL(path, access.url), {
      method: payload ? 'POST' : 'GET',
      ...(access.caFile ? { ca: readFileSync(access.caFile) } : {}),
      ...certificate,
      headers: {
        authorization: `Bearer ${token}`,
        ...(access.purpose ? { 'kopru-purpose': access.purpose } : {}),
        ...(access.case ? { 'kopru-case': access.case } : {}),
        ...(access.repeatKey ? { 'idempotency-key': access.repeatKey } : {}),
        ...(payload ? { 'content-type': 'application/json', 'content-length': Buffer.byteLength(payload) } : {}),
      },
    });
    req.on('response', resolve);
    req.on('error', (cause: NodeJS.ErrnoException) => {
      reject(
        new KopruError('source-unreachable', `The API at ${access.url} does not answer (${cause.code ?? 'unknown'}).`, {
          hint: 'Start it with kopru up, or name another with --url.',
          cause,
        }),
      );
    });
    req.end(payload);
  });
}

function certificateIn({ certFile, keyFile }: ApiAccess): { cert?: Buffer; key?: Buffer } {
  if (!certFile && !keyFile) return {};
  try {
    return { cert: readFileSync(certFile ?? ''), key: readFileSync(keyFile ?? '') };
  } catch {
    throw new KopruError('usage', 'The client certificate or its key cannot be read.', {
      hint: 'Name both: --certificate FILE and --certificate-key FILE.',
    });
  }
}

/** The token in a file. @throws KopruError `not-authenticated` */
export function secretIn(file: string): string {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch {
    throw new KopruError('not-authenticated', `The credential file ${file} cannot be read.`, {
      hint: 'kopru up makes them for the demo’s people, kopru token issue for real ones; --token-file names another.',
    });
  }
}
