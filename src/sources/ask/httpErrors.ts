import { KopruError } from '../../core/errors';
import type { SourceConfig } from '../configure/config';

/**
 * A failed exchange in our own words. The client's error holds the request with its credential,
 * so nothing of it but its code goes on, not even as a cause.
 */
export function exchangeError(error: unknown, config: SourceConfig, place: string): KopruError {
  const { code: raw, message } = error as { code?: string; message?: string };
  const code = /^[A-Z0-9_]{2,60}$/.test(raw ?? '') ? (raw as string) : 'unknown';
  const { service, limits } = config;

  if (message?.startsWith('maxContentLength')) {
    return new KopruError('source-too-large', `${service} sent more than ${limits.maxBodyBytes} bytes in one answer.`, {
      hint: 'Lower limits.pageSize, or raise limits.maxBodyBytes in the sources file if the answer is right.',
    });
  }
  if (/ALERT.*(CERTIFICATE|UNKNOWN_CA|ACCESS_DENIED)/.test(code)) {
    return new KopruError('source-not-authorised', `${service} did not accept our client certificate (${code}).`, {
      hint: 'Check auth.certificate in the sources file, its end date, and that the agency knows it.',
    });
  }
  if (/CERT|SIGNED|SIGNATURE|ISSUER|CRL/.test(code)) {
    return new KopruError('source-unreachable', `${service} at ${place} shows a certificate that is not to be trusted (${code}).`, {
      severity: 'halt',
      hint: 'Where the agency has its own certificate authority, name its PEM file as ca in the sources file.',
    });
  }
  if (/^ERR_SSL|^EPROTO/.test(code)) {
    return new KopruError('source-unreachable', `${service} at ${place} does not speak TLS 1.2 or newer (${code}).`, {
      severity: 'halt',
      hint: 'Check the port and the scheme of baseUrl; older TLS is refused.',
    });
  }
  if (code.startsWith('HPE_')) return new KopruError('source-garbled', `${service} sent an answer that is not HTTP (${code}).`);
  if (message === 'stream has been aborted')
    return new KopruError('source-unreachable', `${service} broke off in the middle of an answer.`);
  return new KopruError('source-unreachable', `${service} at ${place} cannot be reached (${code}).`, {
    hint: 'Check baseUrl and that this machine may connect there.',
  });
}
