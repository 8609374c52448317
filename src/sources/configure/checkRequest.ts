import { validateHeaderName, validateHeaderValue } from 'node:http';
import { KopruError } from '../../core/errors';
import { credentialHeaders, tlsFiles } from '../ask/credentials';
import type { SourceConfig } from './config';

/** Where the source stands: encrypted, and nothing in the address that does not belong there. */
export function addressProblems(where: string, source: SourceConfig): string[] {
  const problems: string[] = [];
  const url = new URL(source.baseUrl);
  const loopback = url.hostname === 'localhost' || url.hostname === '[::1]' || /^127(\.\d+){3}$/.test(url.hostname);
  if (url.protocol === 'http:') {
    if (!loopback) problems.push(`${where}.baseUrl: it must begin with https:// (http is for a service on this machine alone)`);
    else if (!source.allowHttpOnLoopback)
      problems.push(`${where}.baseUrl: it must begin with https://, or set allowHttpOnLoopback: true for a service on this machine`);
    if (source.auth.type === 'clientCertificate') problems.push(`${where}.auth: a client certificate needs https`);
  } else if (url.protocol !== 'https:') {
    problems.push(`${where}.baseUrl: it must begin with https://`);
  }
  if (url.username || url.password)
    problems.push(`${where}.baseUrl: a user name or password stands in it; it belongs under auth, in a file or environment variable`);
  if (url.search || url.hash) problems.push(`${where}.baseUrl: it ends before any ? or #; parameters belong under request.query`);
  return problems;
}

/** Whether every secret and certificate is there and can be used. */
export function credentialProblems(where: string, source: SourceConfig, env: NodeJS.ProcessEnv): string[] {
  const tried = (place: string, read: () => unknown) => {
    try {
      read();
      return [];
    } catch (error) {
      return [`${where}.${place}: ${error instanceof KopruError ? error.message : 'it cannot be used'}`];
    }
  };
  const { auth } = source;
  return [
    ...tried('auth', () => credentialHeaders(auth, env)),
    ...tried(auth.type === 'clientCertificate' ? 'auth' : 'ca', () => tlsFiles(source)),
    ...(auth.type === 'apiKey' ? tried('auth.header', () => headerName(auth.header)) : []),
  ];
}

function headerName(name: string): void {
  try {
    validateHeaderName(name);
  } catch {
    throw new KopruError('sources-invalid', 'it is not the name of a header');
  }
}

const ownHeaders = [
  'authorization',
  'proxy-authorization',
  'cookie',
  'host',
  'content-length',
  'transfer-encoding',
  'connection',
  'accept-encoding',
];

/** What is sent with every request. */
export function requestProblems(where: string, source: SourceConfig): string[] {
  const problems: string[] = [];
  const { path, headers, method, query } = source.request;
  if (/[?#]/.test(path)) problems.push(`${where}.request.path: it ends before any ? or #; parameters belong under request.query`);
  for (const [name, value] of Object.entries(headers)) {
    const place = `${where}.request.headers.${name}`;
    if (ownHeaders.includes(name.toLowerCase())) problems.push(`${place}: this header is not set here; a credential belongs under auth`);
    try {
      validateHeaderName(name);
      validateHeaderValue(name, value);
    } catch {
      problems.push(`${place}: it is not a header that can be sent`);
    }
  }
  if (method === 'GET' && 'body' in source.request && source.request.body)
    problems.push(`${where}.request.body: a GET has no body; set method: POST`);
  const outside = JSON.stringify([path, headers, query, source.baseUrl]);
  if (outside.includes('{id}'))
    problems.push(`${where}.request: "{id}" may stand in the body alone, since addresses and headers are logged on the way`);
  return problems;
}
