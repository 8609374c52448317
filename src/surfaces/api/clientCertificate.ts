import { createHash } from 'node:crypto';
import type { TLSSocket } from 'node:tls';
import type { FastifyRequest } from 'fastify';
import { KopruError } from '../../core/errors';

/** How a server asks its clients for certificates. */
export interface ClientTls {
  /** Whether nobody is served without one. */
  required: boolean;
  /** PEM of the authorities whose certificates are accepted. */
  authorities: string;
}

/**
 * With which certificate a request came: its SHA-256, none (also where the server asks for none), or one that is refused, since
 * no accepted authority signed it or it is not valid now. Whose it is, only the register knows.
 */
export function clientCertificate({ raw }: Pick<FastifyRequest, 'raw'>): { fingerprint: Buffer } | 'none' | 'refused' {
  const socket = raw.socket as TLSSocket;
  // The certificate first: where there is none, `authorized` says nothing.
  const certificate = socket.getPeerX509Certificate();
  if (!certificate) return 'none';
  return socket.authorized ? { fingerprint: createHash('sha256').update(certificate.raw).digest() } : 'refused';
}

/**
 * Serves nobody with a refused certificate, and where one is required nobody without. The reason, one of OpenSSL's codes, is logged.
 * @throws KopruError `certificate-required`, `certificate-refused`
 */
export function requireClientCertificate(request: FastifyRequest, { required }: ClientTls): void {
  const came = clientCertificate(request);
  if (came === 'refused') {
    const reason = String((request.raw.socket as TLSSocket).authorizationError);
    request.log.warn({ code: 'certificate-refused', reason }, 'a client certificate was refused');
    throw new KopruError('certificate-refused', 'The client certificate was signed by no accepted authority, or is not valid now.', {
      hint: 'Use the institution’s own valid certificate, with the certificates between it and its authority.',
    });
  }
  if (came === 'none' && required) {
    request.log.warn({ code: 'certificate-required' }, 'a client came without a certificate');
    throw new KopruError('certificate-required', 'This broker is reached with a client certificate, and the connection came without one.', {
      hint: 'Connect with the certificate that is registered for your institution.',
    });
  }
}
