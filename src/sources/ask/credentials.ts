import { readFileSync } from 'node:fs';
import { validateHeaderValue } from 'node:http';
import { createSecureContext, type SecureContextOptions } from 'node:tls';
import { KopruError } from '../../core/errors';
import type { SourceConfig } from '../configure/config';
import { readSecret } from '../configure/secrets';

/**
 * The headers that carry a source's credential.
 * @throws KopruError sources-invalid where a secret is missing or cannot stand in a header
 */
export function credentialHeaders(auth: SourceConfig['auth'], env: NodeJS.ProcessEnv): Record<string, string> {
  switch (auth.type) {
    case 'basic': {
      const username = readSecret(auth.username, env);
      if (username.includes(':'))
        throw new KopruError('sources-invalid', 'the username holds a colon, which basic authentication cannot carry');
      const pair = `${username}:${readSecret(auth.password, env)}`;
      return { authorization: `Basic ${Buffer.from(pair, 'utf8').toString('base64')}` };
    }
    case 'bearer':
      return { authorization: carried('authorization', `Bearer ${readSecret(auth.token, env)}`) };
    case 'apiKey':
      return { [auth.header.toLowerCase()]: carried(auth.header, readSecret(auth.key, env)) };
    default:
      return {};
  }
}

/**
 * The certificates by which both sides know each other.
 * @throws KopruError sources-invalid where a file is missing, is no PEM, or key and certificate do not fit
 */
export function tlsFiles(config: SourceConfig): SecureContextOptions {
  const pem = (file: string) => {
    try {
      return readFileSync(file);
    } catch {
      throw new KopruError('sources-invalid', `the file ${file} cannot be read`);
    }
  };
  const files: SecureContextOptions = {};
  if (config.ca !== undefined) files.ca = pem(config.ca);
  if (config.auth.type === 'clientCertificate') {
    files.cert = pem(config.auth.certificate);
    files.key = pem(config.auth.key);
  }
  if (files.ca && !files.ca.toString().includes('-----BEGIN CERTIFICATE-----')) {
    throw new KopruError('sources-invalid', `the file ${config.ca} holds no certificate in PEM form`);
  }
  try {
    createSecureContext(files);
  } catch {
    throw new KopruError(
      'sources-invalid',
      'the certificate files cannot be used: each must be PEM, the key without a passphrase and of that certificate',
    );
  }
  return files;
}

function carried(name: string, value: string): string {
  try {
    validateHeaderValue(name, value);
    return value;
  } catch {
    throw new KopruError('sources-invalid', 'the secret holds characters that a header cannot carry');
  }
}
